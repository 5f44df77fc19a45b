/** Hours kept of each item: the one that is being summed and those that are read. */
const HOURS = 4;
/** What an hour keeps of the sales before it. */
const SALES_MEMORY = 0.85;

/** Places within a slot. */
export const SUM_STORES = 0;
export const SUM_OUT = 1;
export const SUM_SCORE = 2;
export const SUM_SOLD_STORES = 3;
export const SUM_EXPECTED_STORES = 4;
export const SUM_UNITS = 5;
export const SUM_EXPECTED = 6;
export const SUM_PROPENSITY = 7;
export const SUM_STATUS = 8;
export const SUM_FIELDS = 9;
const FIELDS = SUM_FIELDS;

/** All stores, as a city. */
export const EVERYWHERE = -1;

/**
 * What stores of one city say of one item, hour by hour: how many carry it, how likely it is out there, what it sold.
 * A store adds to the hour that it ends and reads hours before it, so none waits for another: what others have not
 * said yet is not in the sum, and a sum that nobody added to is missing.
 *
 * These are the stores of one engine. A service whose partitions hold parts of a city may take the sums of the others
 * from a stream (`addForeign`): what was added to an hour before it is read is used.
 */
export class SiblingSums {
  private readonly rows = new Map<number, Map<number, number>>();
  private keys: [city: number, item: number][] = [];
  private hours = new Int32Array(0);
  sums = new Float32Array(0);

  get count(): number {
    return this.keys.length;
  }

  get byteLength(): number {
    return this.hours.byteLength + this.sums.byteLength;
  }

  rowOf(city: number, item: number): number {
    let items = this.rows.get(city);
    if (!items) this.rows.set(city, (items = new Map()));
    let row = items.get(item);
    if (row === undefined) {
      row = this.keys.push([city, item]) - 1;
      items.set(item, row);
      this.ensure(row + 1);
    }
    return row;
  }

  /** Where the sums of a past hour begin in `sums`, -1 when nobody added to it. */
  slot(row: number, hour: number): number {
    const at = row * HOURS + (hour & (HOURS - 1));
    return this.hours[at] === hour ? at * FIELDS : -1;
  }

  /** The same to add to; an hour that nobody added to yet takes over what sales before it left. */
  open(row: number, hour: number): number {
    const at = row * HOURS + (hour & (HOURS - 1));
    const start = at * FIELDS;
    if (this.hours[at] === hour) return start;
    const before = this.slot(row, hour - 1);
    this.hours[at] = hour;
    this.sums.fill(0, start, start + FIELDS);
    if (before >= 0) {
      this.sums[start + SUM_UNITS] = SALES_MEMORY * this.sums[before + SUM_UNITS];
      this.sums[start + SUM_EXPECTED] = SALES_MEMORY * this.sums[before + SUM_EXPECTED];
    }
    return start;
  }

  /** Adds sums that other engines' stores made in that hour, unless it is past reading. */
  addForeign(row: number, hour: number, sums: Float32Array, from: number): void {
    const known = this.hours[row * HOURS + (hour & (HOURS - 1))];
    if (known > hour) return;
    const start = this.open(row, hour);
    for (let field = 0; field < FIELDS; field++) this.sums[start + field] += sums[from + field];
    // Hours after it have taken over what it left already.
    let left = 1;
    for (let after = hour + 1; after < hour + HOURS; after++) {
      left *= SALES_MEMORY;
      const slot = this.slot(row, after);
      if (slot < 0) continue;
      this.sums[slot + SUM_UNITS] += left * sums[from + SUM_UNITS];
      this.sums[slot + SUM_EXPECTED] += left * sums[from + SUM_EXPECTED];
    }
  }

  private ensure(rows: number): void {
    if (rows * HOURS <= this.hours.length) return;
    const capacity = Math.ceil(rows * 1.25) + 16;
    const { hours, sums } = this;
    this.hours = new Int32Array(capacity * HOURS);
    this.sums = new Float32Array(capacity * HOURS * FIELDS);
    this.hours.set(hours);
    this.sums.set(sums);
  }

  /** Keys for a snapshot's header, and the numbers behind them. */
  keysAsJson(): readonly (readonly [number, number])[] {
    return this.keys;
  }

  get writtenBytes(): number {
    return this.count * HOURS * (4 + FIELDS * 4);
  }

  write(target: Uint8Array, start: number): number {
    let end = start;
    for (const array of [this.hours, this.sums]) {
      const length = array === this.hours ? this.count * HOURS : this.count * HOURS * FIELDS;
      const bytes = new Uint8Array(array.buffer, 0, length * 4);
      target.set(bytes, end);
      end += bytes.length;
    }
    return end;
  }

  static read(
    keys: readonly (readonly [number, number])[],
    source: Uint8Array,
    start: number,
  ): { siblings: SiblingSums; end: number } {
    const siblings = new SiblingSums();
    for (const [city, item] of keys) siblings.rowOf(city, item);
    let end = start;
    for (const [array, entries] of [
      [siblings.hours, HOURS],
      [siblings.sums, HOURS * FIELDS],
    ] as const) {
      const bytes = new Uint8Array(array.buffer, 0, keys.length * entries * 4);
      bytes.set(source.subarray(end, end + bytes.length));
      end += bytes.length;
    }
    return { siblings, end };
  }
}
