import { FEATURE_COUNT, FEATURES } from './features.js';
import { SUM_STATUS, SUM_STORES } from './sibling-sums.js';
import { firstHourOf, hourOf, hoursOf, outDay, outWeekOf, PAST_DAYS } from './status.js';
import type { Seen } from './tree-tick.js';

/**
 * What the trees of `coming` are shown behind `FEATURES`: when the shelf was out, and what it sold since, by its status where
 * that is known and by the first score where not (status.ts). A model file names the whole list.
 */
const STATUS_FEATURES = [
  ...['hours_since_out', 'sold_since_out', 'stock_usual', 'sold_to_stock', 'stock_left'],
  ...[
    'out_ahead_1',
    'out_ahead_3',
    'out_ahead_6',
    'out_ahead_yesterday',
    'out_today',
    'out_week',
    'out_spells',
  ],
  ...['first_out_yesterday', 'first_out_usual', 'store_status'],
  ...['city_status', 'city_status_change', 'every_status'],
] as const;

export const COMING_FEATURES = [...FEATURES, ...STATUS_FEATURES] as const;
/** Numbers of a row of `TickWork.features`. */
export const ROW_WIDTH = COMING_FEATURES.length;

/** Puts them behind those of `writeFeatures`, whose row begins at `start`. */
export function writeStatusFeatures(seen: Seen, row: number, rows: Float32Array, start: number): void {
  const { memory, work, store, at, model } = seen;
  const [openHour] = model.file.open_hours;
  const place = at.hour - openHour;
  const week = outWeekOf(memory, row, at.day, place);
  const yesterday = outDay(memory, row, at.day - 1);
  const sold = memory.soldSinceOut[row];
  const stock = memory.stockUsual[row];
  let end = start + FEATURE_COUNT;
  rows[end++] = memory.hoursSinceOut[row];
  rows[end++] = sold;
  rows[end++] = stock;
  rows[end++] = sold / (stock + 1);
  rows[end++] = stock - sold;
  rows[end++] = week.ahead[0];
  rows[end++] = week.ahead[1];
  rows[end++] = week.ahead[2];
  rows[end++] = hourOf(yesterday, place + 3) + hourOf(yesterday, place + 6);
  rows[end++] = hoursOf(outDay(memory, row, at.day));
  rows[end++] = week.hours;
  rows[end++] = week.spells;
  rows[end++] = firstHourOf(yesterday);
  rows[end++] = week.firstHours / PAST_DAYS;
  rows[end++] = work.statusSum / store.shelves.count;
  writeOthers(seen, row, rows, end);
}

/** What other stores were an hour ago, as in features.ts: NaN where there is none. */
function writeOthers(seen: Seen, row: number, rows: Float32Array, start: number): void {
  const { siblings, memory, work, shared, hourNumber } = seen;
  const { sums } = siblings;
  const own = shared ? 1 : 0;
  const slotOf = (known: number, hour: number) => (known > 0 ? siblings.slot(known - 1, hour) : -1);
  const city = slotOf(memory.cityRow[row], hourNumber - 1);
  const older = slotOf(memory.cityRow[row], hourNumber - 3);
  const every = slotOf(memory.everyRow[row], hourNumber - 1);
  const others = city < 0 ? 0 : sums[city + SUM_STORES] - own;
  const elsewhere = every < 0 ? 0 : sums[every + SUM_STORES] - own;
  let end = start;
  rows[end++] = others > 0 ? (sums[city + SUM_STATUS] - own * work.statusBefore[row]) / others : NaN;
  rows[end++] =
    others > 0 && older >= 0
      ? sums[city + SUM_STATUS] / sums[city + SUM_STORES] -
        sums[older + SUM_STATUS] / sums[older + SUM_STORES]
      : NaN;
  rows[end++] = elsewhere > 0 ? (sums[every + SUM_STATUS] - own * work.statusBefore[row]) / elsewhere : NaN;
}
