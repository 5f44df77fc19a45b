import { OPEN_HOURS_MAX, WEEK_DAYS, weekPlace, type ShelfMemory } from './shelf-memory.js';
import type { Seen } from './tree-tick.js';

/** From which a status that is no more than a probability counts as out. */
const OUT = 0.5;
const STOCK_RATE = 0.3;
const HOURS_MAX = 999;
/** Statuses are shared and kept as 255ths, so that a shelf can take its own out of a sum. */
const STATUS_PARTS = 255;

/**
 * Whether each shelf was out in the hour that ended: as `statusOf` knows it, else P(out) by the filter where a record
 * speaks to it, else by the first score. What follows from it for the hours to come is kept in the shelf's memory.
 */
export function seeStatus({ store, columns, memory, work, at, model, statusOf }: Seen): void {
  const [openHour, closeHour] = model.file.open_hours;
  const open = at.hour >= openHour && at.hour < closeHour;
  const bit = open ? 1 << (at.hour - openHour) : 0;
  const day = weekPlace(at.day);
  let sum = 0;
  for (let row = 0; row < store.shelves.count; row++) {
    const known = statusOf === null ? NaN : statusOf(store.storeId, row, store.tickStartMs);
    work.statusKnown[row] = known === known ? 1 : 0;
    const believed = columns.record.at(row) >= 0 ? work.posterior[row] : work.score[row];
    const status = known === known ? known : believed;
    work.statusBefore[row] = memory.status[row] / STATUS_PARTS;
    memory.status[row] = Math.round(status * STATUS_PARTS);
    sum += status;
    keep(memory, row, { out: status > OUT, units: work.units[row], mask: row * WEEK_DAYS + day, bit });
  }
  work.statusSum = sum;
}

function keep(
  memory: ShelfMemory,
  row: number,
  { out, units, mask, bit }: { out: boolean; units: number; mask: number; bit: number },
): void {
  if (!out) {
    memory.outDays[mask] &= ~bit;
    memory.hoursSinceOut[row] = Math.min(HOURS_MAX, memory.hoursSinceOut[row] + 1);
    memory.soldSinceOut[row] += units;
    return;
  }
  memory.outDays[mask] |= bit;
  if (memory.hoursSinceOut[row] > 0) {
    const [sold, usual] = [memory.soldSinceOut[row], memory.stockUsual[row]];
    memory.stockUsual[row] = Number.isNaN(usual) ? sold : usual + STOCK_RATE * (sold - usual);
  }
  memory.hoursSinceOut[row] = memory.soldSinceOut[row] = 0;
}

/** What the shelf's status in the sums of this hour is. */
export function sharedStatus(memory: ShelfMemory, row: number): number {
  return memory.status[row] / STATUS_PARTS;
}

/** The last week of a shelf, today left out: in how many days it was out so many open hours from now, and the like. */
interface OutWeek {
  /** Days on which it was out one, three and six open hours later in the day (the last hour, where the day ends before). */
  readonly ahead: [number, number, number];
  hours: number;
  spells: number;
  firstHours: number;
}

const week: OutWeek = { ahead: [0, 0, 0], hours: 0, spells: 0, firstHours: 0 };
export const PAST_DAYS = WEEK_DAYS - 1;
const AHEAD_HOURS = [1, 3, 6] as const;
/** First hour out of a day that has none. */
const NO_HOUR = OPEN_HOURS_MAX;

/** Overwritten by the next call. `place` is the hour's among the open ones. */
export function outWeekOf(memory: ShelfMemory, row: number, day: number, place: number): OutWeek {
  week.ahead.fill(0);
  week.hours = week.spells = week.firstHours = 0;
  for (let back = 1; back <= PAST_DAYS; back++) {
    const mask = outDay(memory, row, day - back);
    week.firstHours += firstHourOf(mask);
    if (mask === 0) continue;
    for (let j = 0; j < AHEAD_HOURS.length; j++) week.ahead[j] += hourOf(mask, place + AHEAD_HOURS[j]);
    week.hours += hoursOf(mask);
    week.spells += hoursOf(mask & ~(mask << 1));
  }
  return week;
}

/** Open hours of a day in which it was out, as bits. */
export function outDay(memory: ShelfMemory, row: number, day: number): number {
  return memory.outDays[row * WEEK_DAYS + weekPlace(day)];
}

export function hourOf(mask: number, place: number): number {
  return (mask >> Math.min(OPEN_HOURS_MAX - 1, place)) & 1;
}

export function firstHourOf(mask: number): number {
  return mask === 0 ? NO_HOUR : 31 - Math.clz32(mask & -mask);
}

/** Bits set. */
export function hoursOf(mask: number): number {
  let bits = mask - ((mask >> 1) & 0x5555);
  bits = (bits & 0x3333) + ((bits >> 2) & 0x3333);
  bits = (bits + (bits >> 4)) & 0x0f0f;
  return (bits + (bits >> 8)) & 0x1f;
}
