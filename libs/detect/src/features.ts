import { QUANTITY_PARTS } from './shelf-state.js';
import { FRACTION_PARTS, usualOutPlace, WEEK_DAYS, weekPlace } from './shelf-memory.js';
import {
  SUM_EXPECTED,
  SUM_EXPECTED_STORES,
  SUM_OUT,
  SUM_PROPENSITY,
  SUM_SCORE,
  SUM_SOLD_STORES,
  SUM_STORES,
  SUM_UNITS,
} from './sibling-sums.js';
import type { Seen } from './tree-tick.js';

/**
 * What the trees are shown of a shelf at the end of an hour, in this order; "expected" units are those of the demand
 * model, "evidence" is -log P(nothing sold), "out" the filter's P(out). The second ensemble sees all of them, the
 * first those before `score`. A model file names the list it was grown on; another one is refused.
 */
export const FEATURES = [
  ...['hour', 'weekday', 'age_days', 'profile', 'rate', 'expected', 'traffic', 'zero_chance'],
  ...[
    'units',
    'last_units',
    'units_max',
    'sold_today',
    'usual_day',
    'sold_share',
    'recent_units',
    'recent_expected',
  ],
  ...['morning_ratio', 'spread', 'sale_hours', 'first_sale', 'last_sale_yesterday', 'last_sale_usual'],
  ...[
    'past_last_sale',
    'silent_hours',
    'expected_since',
    'evidence_since',
    'own_evidence_since',
    'usual_zero',
  ],
  ...['zero_gap', 'gap_usual', 'gap_max', 'evidence_to_gap'],
  ...['out', 'out_before', 'out_two_before', 'out_prior', 'out_plain', 'hazard_before', 'out_usual'],
  ...['out_usual_next', 'out_at_close', 'out_at_open', 'out_max', 'propensity', 'hours_since_restock'],
  ...['empty_yesterday', 'empty_usual', 'day_before', 'day_before_2', 'day_before_7', 'days_max', 'days_min'],
  ...['days_rank', 'day_max', 'sold_deviation', 'sold_minus_day_before', 'sold_to_cap', 'cap_weight'],
  ...['store_out', 'store_propensity', 'city_stores', 'city_out', 'city_out_change', 'city_traffic'],
  ...['city_sale_ratio', 'every_out', 'every_traffic', 'every_propensity'],
  ...['score', 'score_before', 'score_two_before', 'score_filter', 'score_max', 'score_at_close'],
  ...['store_score', 'city_score'],
] as const;

export const FEATURE_COUNT = FEATURES.length;
/** The first ensemble sees features before this one. */
export const FIRST_FEATURES = FEATURES.indexOf('score');

/** Puts a shelf's features into `rows` from `start` on: all but those that the first score makes. */
export function writeFeatures(seen: Seen, row: number, rows: Float32Array, start: number): void {
  let end = writeDemand(seen, row, rows, start);
  end = writeSales(seen, row, rows, end);
  end = writeFilter(seen, row, rows, end);
  end = writeDays(seen, row, rows, end);
  writeOthers(seen, row, rows, end);
}

/** The hour, and what was expected of it. */
function writeDemand({ memory, work, at }: Seen, row: number, rows: Float32Array, start: number): number {
  let end = start;
  rows[end++] = at.hour;
  rows[end++] = at.weekday;
  rows[end++] = memory.ageDays[row];
  rows[end++] = work.profile[row];
  rows[end++] = work.rate[row];
  rows[end++] = work.base[row];
  rows[end++] = work.base[row] > 0 ? work.expected[row] / work.base[row] : 1;
  rows[end++] = work.zero[row];
  return end;
}

/** What was sold when, and the silence since. */
function writeSales(
  { columns, memory, work, at }: Seen,
  row: number,
  rows: Float32Array,
  start: number,
): number {
  const soldToday = columns.daySold[row] / QUANTITY_PARTS;
  const usualDay = columns.dayUsual[row];
  const usualZero = memory.usualZero[row * 24 + at.hour] / FRACTION_PARTS;
  let end = start;
  rows[end++] = work.units[row];
  rows[end++] = memory.lastUnits[row];
  rows[end++] = memory.unitsMax[row];
  rows[end++] = soldToday;
  rows[end++] = usualDay;
  rows[end++] = soldToday / Math.max(1, usualDay);
  rows[end++] = memory.recentUnits[row];
  rows[end++] = memory.recentExpected[row];
  rows[end++] = (memory.morningUnits[row] + 1) / (memory.morningExpected[row] + 1);
  rows[end++] = memory.spread[row];
  rows[end++] = memory.saleHours[row];
  rows[end++] = memory.firstSale[row];
  rows[end++] = memory.lastSaleYesterday[row];
  rows[end++] = memory.lastSaleUsual[row];
  rows[end++] = at.hour - memory.lastSaleUsual[row];
  rows[end++] = memory.silentHours[row];
  rows[end++] = columns.expectedSince[row];
  rows[end++] = memory.gapNow[row];
  rows[end++] = memory.ownGapNow[row];
  rows[end++] = usualZero;
  rows[end++] = usualZero - work.zero[row];
  rows[end++] = memory.gapUsual[row];
  rows[end++] = memory.gapMax[row];
  rows[end++] = memory.gapNow[row] / (memory.gapMax[row] + 0.2);
  return end;
}

/** What the filter says and said. */
function writeFilter(
  { columns, memory, work, at, model }: Seen,
  row: number,
  rows: Float32Array,
  start: number,
) {
  const nextHour = Math.min(model.file.open_hours[1] - 1, at.hour + 1);
  let end = start;
  rows[end++] = work.posterior[row];
  rows[end++] = memory.out1[row];
  rows[end++] = memory.out2[row];
  rows[end++] = columns.prior.at(row);
  rows[end++] = work.plain[row];
  rows[end++] = model.hazard[memory.lastCell[row]];
  rows[end++] = memory.usualOut[usualOutPlace(row, at.hour)] / FRACTION_PARTS;
  rows[end++] = memory.usualOut[usualOutPlace(row, nextHour)] / FRACTION_PARTS;
  rows[end++] = memory.outAtClose[row];
  rows[end++] = memory.outAtOpen[row];
  rows[end++] = memory.outMax[row];
  rows[end++] = columns.propensity[row];
  rows[end++] = memory.hoursSinceRestock[row];
  rows[end++] = memory.emptyAtYesterday[row];
  rows[end++] = memory.emptyUsual[row];
  return end;
}

/** Totals of the last week, and today among them. */
function writeDays({ columns, memory, store }: Seen, row: number, rows: Float32Array, start: number): number {
  const soldToday = columns.daySold[row] / QUANTITY_PARTS;
  const usualDay = columns.dayUsual[row];
  const days = memory.dayUnits;
  const week = row * WEEK_DAYS;
  let max = days[week];
  let min = max;
  let rank = 0;
  for (let day = week; day < week + WEEK_DAYS; day++) {
    const units = days[day];
    if (units > max) max = units;
    if (units < min) min = units;
    if (units <= soldToday) rank++;
  }
  const dayBefore = days[week + weekPlace(store.day - 1)];
  const cap = (memory.capUnits[row] + 0.5 * usualDay) / (memory.capWeight[row] + 0.5);
  let end = start;
  rows[end++] = dayBefore;
  rows[end++] = days[week + weekPlace(store.day - 2)];
  rows[end++] = days[week + weekPlace(store.day - 7)];
  rows[end++] = max;
  rows[end++] = min;
  rows[end++] = rank;
  rows[end++] = memory.dayMax[row];
  rows[end++] = (soldToday - usualDay) / Math.sqrt(memory.dayVariance[row] + 1);
  rows[end++] = soldToday - dayBefore;
  rows[end++] = soldToday / Math.max(1, cap);
  rows[end++] = memory.capWeight[row];
  return end;
}

/**
 * The store's other shelves in this hour, and what other stores said an hour ago, this one left out where it was among
 * them; NaN where there is none.
 */
function writeOthers(seen: Seen, row: number, rows: Float32Array, start: number): void {
  const { siblings, memory, columns, work, store } = seen;
  const { sums } = siblings;
  const own = seen.shared ? 1 : 0;
  const city = memory.cityRow[row] > 0 ? siblings.slot(memory.cityRow[row] - 1, seen.hourNumber - 1) : -1;
  const older = memory.cityRow[row] > 0 ? siblings.slot(memory.cityRow[row] - 1, seen.hourNumber - 3) : -1;
  const every = memory.everyRow[row] > 0 ? siblings.slot(memory.everyRow[row] - 1, seen.hourNumber - 1) : -1;
  const others = city < 0 ? 0 : sums[city + SUM_STORES] - own;
  const shelves = store.shelves.count - 1;
  let end = start;
  rows[end++] = shelves > 0 ? (work.outSum - work.posterior[row]) / shelves : NaN;
  rows[end++] = shelves > 0 ? (work.propensitySum - columns.propensity[row]) / shelves : NaN;
  rows[end++] = city < 0 ? NaN : sums[city + SUM_STORES];
  rows[end++] = others > 0 ? (sums[city + SUM_OUT] - own * memory.out1[row]) / others : NaN;
  rows[end++] =
    others > 0 && older >= 0
      ? sums[city + SUM_OUT] / sums[city + SUM_STORES] - sums[older + SUM_OUT] / sums[older + SUM_STORES]
      : NaN;
  rows[end++] =
    others > 0 ? (sums[city + SUM_UNITS] + 10) / (Math.max(0, sums[city + SUM_EXPECTED]) + 10) : NaN;
  rows[end++] =
    others > 0 ? (sums[city + SUM_SOLD_STORES] + 2) / (sums[city + SUM_EXPECTED_STORES] + 2) : NaN;
  const elsewhere = every < 0 ? 0 : sums[every + SUM_STORES] - own;
  rows[end++] = elsewhere > 0 ? (sums[every + SUM_OUT] - own * memory.out1[row]) / elsewhere : NaN;
  rows[end++] =
    elsewhere > 0 ? (sums[every + SUM_UNITS] + 10) / (Math.max(0, sums[every + SUM_EXPECTED]) + 10) : NaN;
  rows[end++] =
    elsewhere > 0 ? (sums[every + SUM_PROPENSITY] - own * columns.propensity[row]) / elsewhere : NaN;
}

/** The features that the first score makes, behind those of `writeFeatures`. */
export function writeScoreFeatures(seen: Seen, row: number, rows: Float32Array, start: number): void {
  const { memory, work, store, siblings } = seen;
  let end = start + FIRST_FEATURES;
  rows[end++] = work.score[row];
  rows[end++] = memory.score1[row];
  rows[end++] = memory.score2[row];
  rows[end++] = work.scoreFilter[row];
  rows[end++] = memory.scoreMax[row];
  rows[end++] = memory.scoreAtClose[row];
  const others = store.shelves.count - 1;
  rows[end++] = others > 0 ? (work.scoreSum - work.score[row]) / others : NaN;
  const city = memory.cityRow[row] > 0 ? siblings.slot(memory.cityRow[row] - 1, seen.hourNumber - 1) : -1;
  const own = seen.shared ? 1 : 0;
  const stores = city < 0 ? 0 : siblings.sums[city + SUM_STORES] - own;
  rows[end++] = stores > 0 ? (siblings.sums[city + SUM_SCORE] - own * memory.score1[row]) / stores : NaN;
}
