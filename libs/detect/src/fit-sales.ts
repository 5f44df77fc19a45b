import type { ShelfEvents } from '@gondola/events';
import { localClock, localHourAt, HOUR_MS } from './local-time.js';
import { modelOf, type Model, type ModelFile } from './model.js';
import type { IsotonicFit } from './isotonic.js';

/** Weight of the mean of all categories in a category's profile, in units. */
const PROFILE_SHRINK = 2000;
/** Units from which on a profile is worth more than the one there was; below, they are mixed. */
const PROFILE_UNITS = 20_000;
const DAYS_OF_WEEK = 7;
const DIGITS = 6;

/** What a shelf sold, for the prior of a shelf's rate. */
interface ShelfSales {
  units: number;
  readonly firstMs: number;
}

/** Sales of many shelves by local hour, category and day of the week: what a lake says without anybody's look. */
export class SalesTables {
  private readonly units = new Map<string, Float64Array>();
  private readonly dayUnits = new Float64Array(DAYS_OF_WEEK);
  private readonly days = Array.from({ length: DAYS_OF_WEEK }, () => new Set<number>());
  private readonly shelves = new Map<string, ShelfSales>();
  private lastMs = -Infinity;

  constructor(private readonly timeZoneOf: (storeId: string) => string) {}

  add(events: ShelfEvents): void {
    for (let row = 0; row < events.rows; row++) {
      const units = events.quantity[row];
      const atMs = events.eventTimeMs[row];
      if (events.effect[row] !== 'sale' || !(units > 0)) continue;
      const { hour, weekday, day } = localHourAt(localClock(this.timeZoneOf(events.store[row])), atMs);
      const category = events.category[row] ?? '';
      let hours = this.units.get(category);
      if (!hours) this.units.set(category, (hours = new Float64Array(24)));
      hours[hour] += units;
      this.dayUnits[weekday] += units;
      this.days[weekday].add(day);
      this.lastMs = Math.max(this.lastMs, atMs);
      const key = `${events.store[row]}\n${events.item[row]}`;
      const shelf = this.shelves.get(key);
      if (shelf) shelf.units += units;
      else this.shelves.set(key, { units, firstMs: atMs });
    }
  }

  get totalUnits(): number {
    return this.dayUnits.reduce((sum, units) => sum + units, 0);
  }

  get shelfCount(): number {
    return this.shelves.size;
  }

  /** The parts of a model that sales alone say; they lean on `base` as far as there are few. */
  over(base: ModelFile): Pick<ModelFile, 'profile' | 'day_of_week' | 'rate'> {
    const trust = this.totalUnits / (this.totalUnits + PROFILE_UNITS);
    const mixed = (own: number, other: number) => round(trust * own + (1 - trust) * other);
    const all = new Float64Array(24);
    for (const hours of this.units.values()) hours.forEach((units, hour) => (all[hour] += units));
    const baseShare = normalised(Float64Array.from(base.profile.global));
    const global = [...normalised(all)].map((own, hour) => mixed(own, baseShare[hour]));
    const categories = [...this.units].filter(([category]) => category !== '').sort(byName);
    const byCategory = categories.map(([category, hours]) => {
      const sum = hours.reduce((total, units) => total + units, 0);
      const shrunk = hours.map(
        (units, hour) => (24 * units + PROFILE_SHRINK * global[hour]) / (sum + PROFILE_SHRINK),
      );
      return [category, [...shrunk].map(round)] as const;
    });
    return {
      profile: { global, by_category: Object.fromEntries(byCategory) },
      day_of_week: this.dayOfWeek().map((own, day) => mixed(own, base.day_of_week[day])),
      rate: { ...base.rate, ...this.ratePrior(base.rate) },
    };
  }

  private dayOfWeek(): number[] {
    const means = this.days.map((days, weekday) => this.dayUnits[weekday] / Math.max(1, days.size));
    const seen = means.filter((_, weekday) => this.days[weekday].size > 0);
    const mean = seen.reduce((sum, one) => sum + one, 0) / Math.max(1, seen.length);
    return means.map((one, weekday) => (this.days[weekday].size > 0 && mean > 0 ? one / mean : 1));
  }

  /** Gamma of units a mean hour over shelves that were seen for a day at least. */
  private ratePrior(base: ModelFile['rate']): { shape: number; exposure: number } {
    const rates: number[] = [];
    for (const { units, firstMs } of this.shelves.values()) {
      const hours = (this.lastMs - firstMs) / HOUR_MS;
      if (hours >= 24) rates.push(units / hours);
    }
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length);
    const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / Math.max(1, rates.length);
    if (rates.length < 2 || !(mean > 0 && variance > 0)) return base;
    return { shape: round(mean ** 2 / variance), exposure: round(mean / variance) };
  }
}

/** The model with what sales say of its shops; hazards, restocking and the ledger stay those of `base`. */
export function refitted(
  base: Model,
  sales: SalesTables,
  { version, fittedOn, parent }: { version: string; fittedOn: ModelFile['fitted_on']; parent: string },
): Model {
  const { trees: _, sha256: __, metrics: ___, data: ____, ...file } = base.file;
  return modelOf({ ...file, ...sales.over(base.file), version, fitted_on: fittedOn, parent });
}

/** Hazards without and after a sale by hour, for a base without trees: the mean over its table's cells. */
export function plainHazardOfModel({ file }: Model): [number[], number[]] {
  if (file.trees) return file.trees.plain_hazard as [number[], number[]];
  const mean = (cells: readonly number[]) => cells.reduce((sum, one) => sum + one, 0) / cells.length;
  const bySale = (sale: number) => file.hazard.map((hour) => round(mean(hour[sale].flat())));
  return [bySale(0), bySale(1)];
}

/** `fit`'s map where it rests on enough, as a model file has it. */
export function calibrationMap(fit: IsotonicFit): ModelFile['calibration'] {
  const { x, y } = fit.breakpoints();
  return { x: x.map(round), y: y.map(round) };
}

/** So that their mean is 1. */
function normalised(hours: Float64Array): Float64Array {
  const sum = hours.reduce((total, one) => total + one, 0);
  return hours.map((one) => (sum > 0 ? (24 * one) / sum : 1));
}

const round = (value: number) => Number(value.toPrecision(DIGITS));
const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]) =>
  left < right ? -1 : 1;
