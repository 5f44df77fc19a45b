import type { HourPeriod, PlaceOf } from './grouping.js';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** Series of a category are numbered by it and their currency. */
const CURRENCIES_MAX = 1_024;
const NEVER = -1;

/** Lines of tills, one entry each. Money and units as they are, not as they are stored. */
export interface SalesLines {
  readonly rows: number;
  readonly storeIds: ArrayLike<unknown>;
  readonly itemIds: ArrayLike<unknown>;
  readonly categories: ArrayLike<unknown>;
  readonly currencies: ArrayLike<unknown>;
  /** +1 sold, -1 given back, 0 neither. */
  readonly signs: Int8Array;
  readonly atMs: Float64Array;
  /** Money, NaN where no price is known. */
  readonly amounts: Float64Array;
}

/** What tills say of a group of shelves in a period. */
export interface SalesMeasure {
  /** Currency -> money taken less what was given back. */
  readonly sold: ReadonlyMap<string, number>;
  /** Hours in which shelves were in range, each shelf's for itself. */
  readonly shelfHours: number;
}

interface StoreSums {
  readonly id: string;
  /** Category and currency -> money by hour, in a ring. */
  readonly sold: Map<number, Float64Array>;
  /** By item: days of its first and its last sale, NEVER without one. */
  first: Int32Array;
  last: Int32Array;
  /** Category -> shelves in range on each kept day. Made by `settle`. */
  range: Map<number, Int32Array>;
  changed: boolean;
}

export interface SalesSumsOptions {
  /** Kept, counted back from the newest sale. */
  readonly historyDays: number;
  /** A shelf is in range from its first sale until so many days after its last. */
  readonly rangeDays: number;
}

/**
 * Sales by hour, store, category and currency, and which shelves sell, from the lines of tills in any order. A request adds up
 * numbers in memory; no line is held.
 */
export class SalesSums {
  private readonly hoursKept: number;
  private readonly stores = new Map<string, StoreSums>();
  private readonly items = new Numbered();
  private readonly categories = new Numbered();
  private readonly currencies = new Numbered();
  /** By item: of its latest line that named one. */
  private readonly categoryOfItem: number[] = [];
  private readonly categoryAtMs: number[] = [];
  private newestHour = NEVER;
  /** Of `range`. */
  private firstDay = 0;

  constructor(private readonly options: SalesSumsOptions) {
    this.hoursKept = (options.historyDays + 1) * DAY_HOURS;
  }

  /** Null: nothing was ever sold. */
  get newestMs(): number | null {
    return this.newestHour === NEVER ? null : (this.newestHour + 1) * HOUR_MS;
  }

  /** It sold something, or took something back. */
  knows(storeId: string): boolean {
    return this.stores.has(storeId);
  }

  /** Null: no line of it named one. */
  categoryOf(itemId: string): string | null {
    const item = this.items.find(itemId);
    const category = item === undefined ? undefined : this.categoryOfItem[item];
    return category === undefined ? null : nameOf(this.categories.nameOf(category));
  }

  /** `settle` is to be called before anything is asked. */
  add(lines: SalesLines): void {
    for (let row = 0; row < lines.rows; row++) if (lines.signs[row] !== 0) this.addLine(lines, row);
  }

  private addLine(lines: SalesLines, row: number): void {
    const atMs = lines.atMs[row];
    const hour = Math.floor(atMs / HOUR_MS);
    if (hour > this.newestHour) this.advance(hour);
    // Older than what is kept.
    if (hour <= this.newestHour - this.hoursKept) return;
    const store = this.storeOf(String(lines.storeIds[row]));
    const item = this.items.of(String(lines.itemIds[row]));
    const category = this.categories.of(String(lines.categories[row] ?? ''));
    if (!(atMs < this.categoryAtMs[item])) {
      if (this.categoryOfItem[item] !== category) for (const one of this.stores.values()) one.changed = true;
      this.categoryOfItem[item] = category;
      this.categoryAtMs[item] = atMs;
    }
    if (lines.signs[row] > 0) sawSale(store, item, Math.floor(hour / DAY_HOURS));
    const amount = lines.amounts[row];
    if (Number.isNaN(amount)) return;
    const currency = this.currencies.of(String(lines.currencies[row] ?? ''));
    this.seriesOf(store, category * CURRENCIES_MAX + currency)[hour % this.hoursKept] +=
      lines.signs[row] * amount;
  }

  /** Counts the shelves that are in range on each day. */
  settle(): void {
    const firstDay = Math.floor(this.newestHour / DAY_HOURS) - this.options.historyDays;
    const moved = firstDay !== this.firstDay;
    this.firstDay = firstDay;
    for (const store of this.stores.values())
      if (store.changed || moved) {
        store.range = this.rangeOf(store);
        store.changed = false;
      }
  }

  /** Adds up the hours of a period by group: `placeOf` says whose a store's category is, `groupOfHour` whose an hour is, if time divides. */
  measure(period: HourPeriod, placeOf: PlaceOf, groupOfHour: Int32Array | null): SalesMeasure[] {
    const shelfHours: number[] = [];
    const sold = this.currencies.all.map((): number[] => []);
    const categoryName = (category: number) => nameOf(this.categories.nameOf(category));
    for (const store of this.stores.values()) {
      for (const [category, shelves] of store.range) {
        const place = placeOf(store.id, categoryName(category));
        if (place !== null) this.addRange(shelves, period, shelfHours, groupOfHour ?? place);
      }
      for (const [key, series] of store.sold) {
        const place = placeOf(store.id, categoryName(Math.floor(key / CURRENCIES_MAX)));
        if (place !== null) this.addSold(series, period, sold[key % CURRENCIES_MAX], groupOfHour ?? place);
      }
    }
    const groups = sold.reduce((most, { length }) => Math.max(most, length), shelfHours.length);
    return Array.from({ length: groups }, (_, group) => ({
      sold: new Map(
        sold.flatMap((sums, currency) =>
          sums[group] ? [[this.currencies.nameOf(currency), sums[group]] as const] : [],
        ),
      ),
      shelfHours: shelfHours[group] ?? 0,
    }));
  }

  private addRange(
    shelves: Int32Array,
    { fromHour, untilHour }: HourPeriod,
    sums: number[],
    groups: Int32Array | number,
  ): void {
    // Not each hour of ten years that somebody may ask for: of those that are not kept there is nothing to count.
    const keptFrom = Math.max(fromHour, this.firstDay * DAY_HOURS);
    const keptUntil = Math.min(untilHour, (this.firstDay + shelves.length) * DAY_HOURS);
    for (let hour = keptFrom, next = hour; hour < keptUntil; hour = next) {
      const day = Math.floor(hour / DAY_HOURS);
      next = typeof groups === 'number' ? Math.min((day + 1) * DAY_HOURS, keptUntil) : hour + 1;
      const count = shelves[day - this.firstDay] ?? 0;
      if (count === 0) continue;
      const group = typeof groups === 'number' ? groups : groups[hour - fromHour];
      sums[group] = (sums[group] ?? 0) + count * (next - hour);
    }
  }

  private addSold(
    series: Float64Array,
    { fromHour, untilHour }: HourPeriod,
    sums: number[],
    groups: Int32Array | number,
  ): void {
    const end = Math.min(untilHour, this.newestHour + 1);
    for (let hour = Math.max(fromHour, this.newestHour - this.hoursKept + 1); hour < end; hour++) {
      const amount = series[hour % this.hoursKept];
      if (amount === 0) continue;
      const group = typeof groups === 'number' ? groups : groups[hour - fromHour];
      sums[group] = (sums[group] ?? 0) + amount;
    }
  }

  /** Frees the places of the hours that begin. */
  private advance(hour: number): void {
    const steps = this.newestHour === NEVER ? 0 : Math.min(hour - this.newestHour, this.hoursKept);
    for (const { sold } of this.stores.values())
      for (const series of sold.values())
        for (let step = 0; step < steps; step++) series[(hour - step) % this.hoursKept] = 0;
    this.newestHour = hour;
  }

  private storeOf(id: string): StoreSums {
    const known = this.stores.get(id);
    if (known) {
      known.changed = true;
      return known;
    }
    const none = new Int32Array();
    const sums = { id, sold: new Map(), first: none, last: none, range: new Map(), changed: true };
    this.stores.set(id, sums);
    return sums;
  }

  private seriesOf({ sold }: StoreSums, key: number): Float64Array {
    let series = sold.get(key);
    if (!series) sold.set(key, (series = new Float64Array(this.hoursKept)));
    return series;
  }

  private rangeOf({ first, last }: StoreSums): Map<number, Int32Array> {
    const { historyDays, rangeDays } = this.options;
    const days = historyDays + 1 + rangeDays;
    const range = new Map<number, Int32Array>();
    for (let item = 0; item < first.length; item++) {
      const end = last[item] + rangeDays + 1 - this.firstDay;
      if (first[item] === NEVER || end <= 0) continue;
      const category = this.categoryOfItem[item];
      let changes = range.get(category);
      if (!changes) range.set(category, (changes = new Int32Array(days + 1)));
      changes[Math.max(0, first[item] - this.firstDay)]++;
      changes[Math.min(days, end)]--;
    }
    for (const changes of range.values())
      for (let day = 1; day < days; day++) changes[day] += changes[day - 1];
    return new Map([...range].map(([category, counts]) => [category, counts.subarray(0, days)]));
  }
}

function sawSale(store: StoreSums, item: number, day: number): void {
  if (item >= store.first.length) {
    store.first = grown(store.first, item);
    store.last = grown(store.last, item);
  }
  if (store.first[item] === NEVER || day < store.first[item]) store.first[item] = day;
  if (day > store.last[item]) store.last[item] = day;
}

function grown(days: Int32Array, item: number): Int32Array {
  const larger = new Int32Array(Math.max(64, 2 * item)).fill(NEVER);
  larger.set(days);
  return larger;
}

/** No category and the empty one are the same. */
const nameOf = (text: string): string | null => (text === '' ? null : text);

/** Names by number, in the order in which they came. */
class Numbered {
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];

  of(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  get all(): readonly string[] {
    return this.names;
  }

  find(name: string): number | undefined {
    return this.numbers.get(name);
  }

  nameOf(number: number): string {
    return this.names[number];
  }
}
