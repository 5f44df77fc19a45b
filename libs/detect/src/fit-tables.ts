import type { Panel } from '@gondola/events';
import type { PanelStore } from './panel.js';
import { DAY_MS } from './local-time.js';

/** Weight of the mean of all categories in a category's profile, in expected units. */
const PROFILE_SHRINK = 2000;

/** What a labelled panel says before any state is run: how demand and stock go by hour. */
export interface HourTables {
  readonly globalProfile: number[];
  readonly profiles: Map<string, number[]>;
  readonly dayOfWeek: number[];
  readonly restock: number[];
  /** P(out next hour | in stock, sold or not this hour): the mean that thin hazard cells are drawn to. */
  readonly hazardAfterSale: number[];
  readonly hazardWithoutSale: number[];
  /** Share of out hours in which something was sold all the same. */
  readonly saleWhenOut: number[];
  /** Gamma of units per normal hour over shelves: mean^2 / variance, mean / variance. */
  readonly rateShape: number;
  readonly rateExposure: number;
}

const zeros = () => new Array<number>(24).fill(0);

/** Sums over one panel's labelled hours; all but `rates` indexed by hour of day. */
class Sums {
  readonly units = new Map<number, number[]>();
  readonly expected = new Map<number, number[]>();
  readonly dayUnits = new Array<number>(7).fill(0);
  readonly dayExpected = new Array<number>(7).fill(0);
  readonly out = zeros();
  readonly soldOut = zeros();
  readonly outThen = zeros();
  readonly restocked = zeros();
  readonly inThen = [zeros(), zeros()];
  readonly ranOut = [zeros(), zeros()];
  readonly rates: number[] = [];
}

/** Learns the tables from the first `days` of the given stores. Throws when the panel has no labels. */
export function learnHourTables(panel: Panel, stores: readonly PanelStore[], days: number): HourTables {
  const { outMask } = panel;
  if (!outMask) throw new Error('the panel has no out_mask: hazards cannot be learned without labels');
  const sums = new Sums();
  for (const { first, end } of stores) {
    for (let series = first; series < end; series++) addSeries(sums, panel, outMask, series, days);
  }
  return tablesOf(sums);
}

function addSeries(sums: Sums, panel: Panel, outMask: Int32Array, series: number, days: number): void {
  const hours = days * 24;
  const unitsAt = (t: number) => panel.units[series * panel.days * 24 + t];
  const outAt = (t: number) => (outMask[series * panel.days + Math.floor(t / 24)] >> (t % 24)) & 1;
  let inHours = 0;
  let inUnits = 0;
  for (let t = 0; t < hours; t++) {
    if (outAt(t)) continue;
    inHours++;
    inUnits += unitsAt(t);
  }
  const rate = inUnits / Math.max(1, inHours);
  sums.rates.push(rate);
  const units = rowOf(sums.units, panel.category[series]);
  const expected = rowOf(sums.expected, panel.category[series]);
  const dayZero = Math.floor(panel.dayZeroMs / DAY_MS);
  for (let t = 0; t < hours; t++) {
    const hour = t % 24;
    const sold = unitsAt(t);
    const out = outAt(t);
    const next = t + 1 < hours ? outAt(t + 1) : -1;
    if (out) {
      sums.out[hour]++;
      if (sold > 0) sums.soldOut[hour]++;
      if (next >= 0) sums.outThen[hour]++;
      if (next === 0) sums.restocked[hour]++;
      continue;
    }
    const weekday = (dayZero + Math.floor(t / 24) + 3) % 7;
    units[hour] += sold;
    expected[hour] += rate;
    sums.dayUnits[weekday] += sold;
    sums.dayExpected[weekday] += rate;
    const row = sold > 0 ? 1 : 0;
    if (next >= 0) sums.inThen[row][hour]++;
    if (next === 1) sums.ranOut[row][hour]++;
  }
}

function tablesOf(sums: Sums): HourTables {
  const share = (part: number[], whole: number[]) =>
    part.map((value, hour) => value / Math.max(1, whole[hour]));
  const globalProfile = zeros().map(
    (_, hour) => columnSum(sums.units, hour) / columnSum(sums.expected, hour),
  );
  const profiles = new Map(
    [...sums.units]
      .sort(([a], [b]) => a - b)
      .map(([category, units]) => {
        const expected = rowOf(sums.expected, category);
        const shrunk = (hour: number) =>
          (units[hour] + PROFILE_SHRINK * globalProfile[hour]) / (expected[hour] + PROFILE_SHRINK);
        return [String(category), units.map((_, hour) => shrunk(hour))];
      }),
  );
  const mean = sums.rates.reduce((a, b) => a + b, 0) / sums.rates.length;
  const variance = sums.rates.reduce((a, b) => a + (b - mean) ** 2, 0) / sums.rates.length;
  return {
    globalProfile,
    profiles,
    dayOfWeek: sums.dayUnits.map((units, day) => units / sums.dayExpected[day]),
    restock: share(sums.restocked, sums.outThen),
    hazardAfterSale: share(sums.ranOut[1], sums.inThen[1]),
    hazardWithoutSale: share(sums.ranOut[0], sums.inThen[0]),
    saleWhenOut: share(sums.soldOut, sums.out),
    rateShape: mean ** 2 / variance,
    rateExposure: mean / variance,
  };
}

function rowOf(table: Map<number, number[]>, category: number): number[] {
  let row = table.get(category);
  if (!row) table.set(category, (row = zeros()));
  return row;
}

function columnSum(table: Map<number, number[]>, hour: number): number {
  let sum = 0;
  for (const row of table.values()) sum += row[hour];
  return sum;
}
