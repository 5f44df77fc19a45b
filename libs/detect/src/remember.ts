import { nextPrior, PROBABILITY_MAX } from './equations.js';
import {
  FRACTION_PARTS,
  NO_HOUR,
  usualOutPlace,
  WEEK_DAYS,
  weekPlace,
  type ShelfMemory,
} from './shelf-memory.js';
import type { ShelfColumns } from './shelf-state.js';
import type { Seen } from './tree-tick.js';

/** How fast usual values follow: per hour, per hour of the same day time, per day. */
const RECENT_MEMORY = 0.7;
const GAP_RATE = 0.08;
const GAP_MEMORY = 0.99;
const SPREAD_RATE = 0.01;
const ZERO_RATE = 0.07;
const OUT_RATE = 0.1;
const CLOSE_RATE = 0.08;
const DAY_MAX_MEMORY = 0.97;
const CAP_MEMORY = 0.9;
const DAY_RATE = 0.1;
/** P(out) from which a shelf seems to be out, and below which it does not any more or was restocked. */
const SEEMS_OUT = 0.5;
const SEEMS_IN = 0.2;
const RESTOCKED = 0.1;
const CLOSE_HOUR = 21;
const MORNING_LAST_HOUR = 11;
const COUNT_MAX = 0xffff;

/** What the hour itself changes, before features are made of it. */
export function seeHour({ store, memory, work, at, model }: Seen): void {
  const [openHour] = model.file.open_hours;
  const { hour } = at;
  for (let row = 0; row < store.shelves.count; row++) {
    const units = work.units[row];
    const expected = work.expected[row];
    memory.recentUnits[row] = RECENT_MEMORY * memory.recentUnits[row] + units;
    memory.recentExpected[row] = RECENT_MEMORY * memory.recentExpected[row] + expected;
    if (hour <= MORNING_LAST_HOUR) {
      memory.morningUnits[row] += units;
      memory.morningExpected[row] += expected;
    }
    if (units > 0) {
      seeSale(memory, row, units, hour);
    } else {
      memory.silentHours[row] = Math.min(COUNT_MAX, memory.silentHours[row] + 1);
      memory.gapNow[row] -= Math.log(Math.max(work.zero[row], 1e-9));
      memory.ownGapNow[row] -= Math.log(Math.max(0.02, memory.usualZero[row * 24 + hour] / FRACTION_PARTS));
    }
    seeOut(memory, row, work.posterior[row], { hour, openHour });
  }
}

function seeSale(memory: ShelfMemory, row: number, units: number, hour: number): void {
  const gap = memory.gapNow[row];
  if (memory.saleHours[row] > 0) {
    memory.gapUsual[row] += GAP_RATE * (gap - memory.gapUsual[row]);
    memory.gapMax[row] = Math.max(memory.gapMax[row] * GAP_MEMORY, gap);
  }
  memory.saleHours[row]++;
  memory.silentHours[row] = 0;
  memory.gapNow[row] = memory.ownGapNow[row] = 0;
  memory.lastUnits[row] = units;
  memory.lastSale[row] = hour;
  if (memory.firstSale[row] === NO_HOUR) memory.firstSale[row] = hour;
  if (units > memory.unitsMax[row]) memory.unitsMax[row] = units;
}

function seeOut(
  memory: ShelfMemory,
  row: number,
  out: number,
  { hour, openHour }: { hour: number; openHour: number },
): void {
  if (memory.seemsOut[row] > 0 && out < RESTOCKED) {
    memory.seemsOut[row] = memory.hoursSinceRestock[row] = 0;
  } else {
    memory.hoursSinceRestock[row] = Math.min(COUNT_MAX, memory.hoursSinceRestock[row] + 1);
  }
  if (out > SEEMS_OUT) {
    memory.seemsOut[row] = 1;
    if (memory.emptyAt[row] === NO_HOUR && hour >= openHour) memory.emptyAt[row] = hour;
  } else if (out < SEEMS_IN) {
    memory.emptyAt[row] = NO_HOUR;
  }
  if (hour === openHour) memory.outAtOpen[row] = out;
  if (out > memory.outMax[row]) memory.outMax[row] = out;
}

/** What is kept of the hour for those to come, after its features were made. `prior` is still that of the hour. */
export function remember({ store, memory, work, at, model }: Seen): void {
  const { hour } = at;
  const restock = model.restock[hour];
  for (let row = 0; row < store.shelves.count; row++) {
    const units = work.units[row];
    const expected = work.expected[row];
    const out = work.posterior[row];
    const score = work.score[row];
    const place = row * 24 + hour;
    memory.usualZero[place] = follow(memory.usualZero[place], ZERO_RATE, units > 0 ? 0 : 1);
    if (work.open) {
      const open = usualOutPlace(row, hour);
      memory.usualOut[open] = follow(memory.usualOut[open], OUT_RATE, out);
    }
    const inStock = units > 0 ? Math.max(0.9, 1 - out) : 1 - out;
    const spread = (units - expected) ** 2 / Math.max(expected, 0.1);
    memory.spread[row] += SPREAD_RATE * inStock * (spread - memory.spread[row]);
    if (hour === CLOSE_HOUR) {
      memory.outAtClose[row] = out;
      memory.scoreAtClose[row] += CLOSE_RATE * (score - memory.scoreAtClose[row]);
    }
    const plainHazard = model.trees ? model.trees.plainHazard[units > 0 ? 1 : 0][hour] : 0;
    memory.plainPrior[row] = nextPrior(work.plain[row], restock, plainHazard);
    memory.scorePrior[row] = nextPrior(
      Math.min(PROBABILITY_MAX, score),
      restock,
      model.hazard[work.cell[row]],
    );
    memory.lastCell[row] = work.cell[row];
    memory.out2[row] = memory.out1[row];
    memory.out1[row] = out;
    memory.score2[row] = memory.score1[row];
    memory.score1[row] = score;
  }
}

function follow(parts: number, rate: number, value: number): number {
  return Math.round(parts + rate * (value * FRACTION_PARTS - parts));
}

/** Midnight: what the day that ended was like. `units` are its sales; the usual day is still that of before. */
export function rollDay(
  memory: ShelfMemory,
  columns: ShelfColumns,
  row: number,
  day: number,
  units: number,
): void {
  const usual = columns.dayUsual[row];
  if (usual >= 0) memory.dayVariance[row] += DAY_RATE * ((units - usual) ** 2 - memory.dayVariance[row]);
  memory.dayMax[row] = Math.max(memory.dayMax[row] * DAY_MAX_MEMORY, units);
  memory.dayUnits[row * WEEK_DAYS + weekPlace(day)] = units;
  const closed = memory.outAtClose[row];
  memory.capUnits[row] = CAP_MEMORY * memory.capUnits[row] + closed * units;
  memory.capWeight[row] = CAP_MEMORY * memory.capWeight[row] + closed;
  memory.emptyAtYesterday[row] = memory.emptyAt[row];
  memory.emptyUsual[row] += DAY_RATE * (memory.emptyAt[row] - memory.emptyUsual[row]);
  memory.emptyAt[row] = NO_HOUR;
  const lastSale = memory.lastSale[row];
  memory.lastSaleYesterday[row] = lastSale;
  if (lastSale > 0) memory.lastSaleUsual[row] += DAY_RATE * (lastSale - memory.lastSaleUsual[row]);
  memory.lastSale[row] = memory.saleHours[row] = 0;
  memory.firstSale[row] = NO_HOUR;
  memory.morningUnits[row] = memory.morningExpected[row] = 0;
  memory.outMax[row] = memory.unitsMax[row] = memory.scoreMax[row] = 0;
  memory.ageDays[row] = Math.min(COUNT_MAX, memory.ageDays[row] + 1);
}
