import { ColumnLayout } from './columns.js';
import type { SavedRows } from './saved-rows.js';
import { ITEM_PLACE, RECORD_DOUBLES, RECORD_INTS, recordFields } from './shelf-record.js';
import { memoryLayout, startMemory, type ShelfMemory } from './shelf-memory.js';

/** Hours of sales kept a shelf, to be shown with a signal. */
export const HISTORY_HOURS = 24;
/** Parts of a unit in which history is kept: 4,095 units an hour fit 16 bits. */
export const HISTORY_PARTS = 16;
/** Quantities are counted in thousandths, so that sums do not depend on the order of events. */
export const QUANTITY_PARTS = 1000;

/** Bits of `flags`: what this tick has seen of a shelf besides sales, but for `FLAGS_SURE`. */
export const FLAG_RECEIPT = 1;
export const FLAG_LEFT = 2;
/** Somebody looked, and nothing was sold since: what the hour sold before says nothing any more. */
export const FLAG_COUNTED = 4;
/** Two bits that ticks leave: see sure-hours.ts. */
export const FLAGS_SURE = 3 << 3;

/** Columns for so many shelves. A literal, not a loop: V8 keeps literals fast. */
function columnsFor(capacity: number) {
  const records = new Float64Array(capacity * RECORD_DOUBLES);
  return {
    /** What events touch, shelf by shelf; its fields stand among the columns. */
    records,
    ...recordFields(records),
    /** Gamma belief of units per normal hour. */
    rateShape: new Float64Array(capacity),
    rateExposure: new Float64Array(capacity),
    /** Usual posterior at 21 h: how often it is out at close. */
    propensity: new Float64Array(capacity),
    /** Usual units a day, -1 before the first day ended. */
    dayUsual: new Float64Array(capacity),
    /** Thousandths sold today up to the last tick. */
    daySold: new Float64Array(capacity),
    /** Expected units of the last tick, and summed since the last sale. */
    demand: new Float32Array(capacity),
    expectedSince: new Float32Array(capacity),
    /** Units lost since the last sale if the shelf is out now, and if it is not: see lost-units.ts. */
    lostIfOut: new Float32Array(capacity),
    lostIfIn: new Float32Array(capacity),
    /** Log-odds since the last sale: from the sale itself, from hours without one. */
    saleEvidence: new Float32Array(capacity),
    zeroEvidence: new Float32Array(capacity),
    /** Rings over the store's ticks, in parts of a unit. */
    soldRing: new Uint16Array(capacity * HISTORY_HOURS),
    expectedRing: new Uint16Array(capacity * HISTORY_HOURS),
    /** When somebody last looked, or the record began: seconds since 1970, 0 without a record. */
    lookedSeconds: new Uint32Array(capacity),
  };
}

export type ShelfColumns = ReturnType<typeof columnsFor>;

const layout = new ColumnLayout(columnsFor);

/** All shelves of one store as columns; a shelf is a row, found by its item's number. */
export class ShelfTable {
  count = 0;
  capacity = 0;
  columns: ShelfColumns = columnsFor(0);
  /** What a tree ensemble needs to know besides; null without one. */
  memory: ShelfMemory | null;
  /** Open addressing: row + 1 of an item, 0 for a free slot. */
  private slots = slotsFor(8);
  /** Item of each record, read without the way through the columns: most of the time of an event is waiting for memory. */
  private items = itemsOf(this.columns.records);

  constructor(remembers: boolean) {
    this.memory = remembers ? memoryLayout.make(0) : null;
  }

  /** Row of the item, -1 when the store has no such shelf yet. */
  rowOf(item: number): number {
    const mask = this.slots.length - 1;
    for (let slot = hashOf(item) & mask; ; slot = (slot + 1) & mask) {
      const row = this.slots[slot] - 1;
      if (row < 0 || this.items[row * RECORD_INTS + ITEM_PLACE] === item) return row;
    }
  }

  /** Row in the first place where the item may be, -1 for none. */
  likelyRow(item: number): number {
    return this.slots[hashOf(item) & (this.slots.length - 1)] - 1;
  }

  /** Reads what an event will: see `KnownStores.findRows`. */
  touch(row: number): number {
    const { recordSetMs, tickSold, category } = this.columns;
    return row < 0 ? 0 : recordSetMs.at(row) + tickSold.at(row) + category.at(row);
  }

  /** Adds an empty row for an item that has none. All columns but `item` are 0, the memory is that of a new shelf. */
  add(item: number): number {
    if (this.count === this.capacity) this.grow(Math.ceil(this.capacity * 1.5) + 16);
    const row = this.count++;
    this.columns.item.set(row, item);
    if (this.memory) startMemory(this.memory, row);
    if (this.count * 4 > this.slots.length * 3) this.index(this.slots.length * 2);
    else this.place(row);
    return row;
  }

  /** Starts or drops the memory: the model that reads it came or went. */
  remember(remembers: boolean): void {
    if (remembers === (this.memory !== null)) return;
    this.memory = remembers ? memoryLayout.make(this.capacity) : null;
    for (let row = 0; this.memory && row < this.count; row++) startMemory(this.memory, row);
  }

  /** Bytes that `write` needs. */
  byteLength(count: number): number {
    return layout.byteLength(count) + (this.memory ? memoryLayout.byteLength(count) : 0);
  }

  /** What a row is now. */
  row(row: number): readonly Uint8Array[] {
    const columns = layout.row(this.columns, row);
    return this.memory ? [columns, memoryLayout.row(this.memory, row)] : [columns];
  }

  /** Bytes held for each shelf that fits, its place in the index among them. */
  get bytesPerShelf(): number {
    const used = layout.byteLength(1) + (this.memory ? memoryLayout.byteLength(1) : 0);
    return used + this.slots.byteLength / Math.max(1, this.count);
  }

  /** Writes the first `count` rows, of which some are as `rows` has them. */
  write(target: Uint8Array, start: number, count: number, rows?: SavedRows): void {
    const end = layout.write(this.columns, count, target, start);
    if (this.memory) memoryLayout.write(this.memory, count, target, end);
    rows?.forEach(
      (row, [columns, memory]) => {
        layout.patch(columns, row, count, target, start);
        if (this.memory) memoryLayout.patch(memory, row, count, target, end);
      },
      // Records are the first column.
      (row, record) => target.set(record, start + row * record.length),
    );
  }

  static read(
    source: Uint8Array,
    start: number,
    { count, remembers }: { count: number; remembers: boolean },
  ): { shelves: ShelfTable; end: number } {
    const shelves = new ShelfTable(remembers);
    shelves.grow(count);
    shelves.count = count;
    let end = layout.read(shelves.columns, count, source, start);
    if (shelves.memory) end = memoryLayout.read(shelves.memory, count, source, end);
    let slots = 8;
    while (count * 4 > slots * 3) slots *= 2;
    shelves.index(slots);
    return { shelves, end };
  }

  private grow(capacity: number): void {
    this.columns = layout.grown(this.columns, this.count, capacity);
    this.items = itemsOf(this.columns.records);
    if (this.memory) this.memory = memoryLayout.grown(this.memory, this.count, capacity);
    this.capacity = capacity;
  }

  private index(slots: number): void {
    this.slots = slotsFor(slots);
    for (let row = 0; row < this.count; row++) this.place(row);
  }

  private place(row: number): void {
    const mask = this.slots.length - 1;
    let slot = hashOf(this.columns.item.at(row)) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = row + 1;
  }
}

/** What is believed of a shelf that nothing is known of. */
export function startShelf(
  columns: ShelfColumns,
  row: number,
  { shape, exposure, atMs }: { shape: number; exposure: number; atMs: number },
): void {
  columns.rateShape[row] = shape;
  columns.rateExposure[row] = exposure;
  columns.prior.set(row, 0.1);
  columns.propensity[row] = 0.15;
  columns.dayUsual[row] = -1;
  columns.record.set(row, NaN);
  columns.unitPrice.set(row, NaN);
  columns.recordSetMs.set(row, -Infinity);
  columns.silentSinceMs.set(row, atMs);
}

/** Rows of few shelves fit 16 bits. */
const slotsFor = (slots: number): Uint16Array | Int32Array =>
  slots <= 0x10000 ? new Uint16Array(slots) : new Int32Array(slots);

const itemsOf = ({ buffer, byteOffset, byteLength }: Float64Array) =>
  new Int32Array(buffer, byteOffset, byteLength / 4);

function hashOf(item: number): number {
  const mixed = Math.imul(item, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
