import { ColumnLayout } from './columns.js';
import { memoryLayout, startMemory, type ShelfMemory } from './shelf-memory.js';

/** Hours of sales kept a shelf, to be shown with a signal. */
export const HISTORY_HOURS = 24;
/** Parts of a unit in which history is kept: 4,095 units an hour fit 16 bits. */
export const HISTORY_PARTS = 16;
/** Quantities are counted in thousandths, so that sums do not depend on the order of events. */
export const QUANTITY_PARTS = 1000;

/** Bits of `flags`: what this tick has seen of a shelf besides sales. */
export const FLAG_RECEIPT = 1;
export const FLAG_LEFT = 2;
/** Somebody looked, and nothing was sold since: what the hour sold before says nothing any more. */
export const FLAG_COUNTED = 4;

/** Columns for so many shelves. A literal, not a loop: events touch these, and V8 keeps literals fast. */
function columnsFor(capacity: number) {
  return {
    /** Engine-wide numbers of item, category and currency. */
    item: new Int32Array(capacity),
    category: new Uint16Array(capacity),
    currency: new Uint16Array(capacity),
    /** Gamma belief of units per normal hour. */
    rateShape: new Float64Array(capacity),
    rateExposure: new Float64Array(capacity),
    /** P(out) for the running tick, before its evidence. */
    prior: new Float64Array(capacity),
    /** Usual posterior at 21 h: how often it is out at close. */
    propensity: new Float64Array(capacity),
    /** Usual units a day, -1 before the first day ended. */
    dayUsual: new Float64Array(capacity),
    /** Thousandths sold: today up to the last tick, in the running tick, in the one after. */
    daySold: new Float64Array(capacity),
    tickSold: new Int32Array(capacity),
    nextSold: new Int32Array(capacity),
    /** Thousandths on hand by the record, NaN when none is known, and when it was last set. */
    record: new Float64Array(capacity),
    recordSetMs: new Float64Array(capacity),
    /** When the present silence began: last sale or first sight. */
    silentSinceMs: new Float64Array(capacity),
    unitPrice: new Float64Array(capacity),
    /** Expected units of the last tick, and summed since the last sale: all, and weighted by P(out). */
    demand: new Float32Array(capacity),
    expectedSince: new Float32Array(capacity),
    lostSince: new Float32Array(capacity),
    /** Log-odds since the last sale: from the sale itself, from hours without one, from the ledger. */
    saleEvidence: new Float32Array(capacity),
    zeroEvidence: new Float32Array(capacity),
    ledgerEvidence: new Float32Array(capacity),
    flags: new Uint8Array(capacity),
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
  private slots = new Int32Array(8);

  constructor(remembers: boolean) {
    this.memory = remembers ? memoryLayout.make(0) : null;
  }

  /** Row of the item, -1 when the store has no such shelf yet. */
  rowOf(item: number): number {
    const mask = this.slots.length - 1;
    for (let slot = hashOf(item) & mask; ; slot = (slot + 1) & mask) {
      const row = this.slots[slot] - 1;
      if (row < 0 || this.columns.item[row] === item) return row;
    }
  }

  /** Adds an empty row for an item that has none. All columns but `item` are 0, the memory is that of a new shelf. */
  add(item: number): number {
    if (this.count === this.capacity) this.grow(Math.ceil(this.capacity * 1.25) + 16);
    const row = this.count++;
    this.columns.item[row] = item;
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
  get byteLength(): number {
    return layout.byteLength(this.count) + (this.memory ? memoryLayout.byteLength(this.count) : 0);
  }

  /** Bytes held for each shelf that fits, its place in the index among them. */
  get bytesPerShelf(): number {
    const used = layout.byteLength(1) + (this.memory ? memoryLayout.byteLength(1) : 0);
    return used + this.slots.byteLength / Math.max(1, this.count);
  }

  write(target: Uint8Array, start: number): number {
    const end = layout.write(this.columns, this.count, target, start);
    return this.memory ? memoryLayout.write(this.memory, this.count, target, end) : end;
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
    if (this.memory) this.memory = memoryLayout.grown(this.memory, this.count, capacity);
    this.capacity = capacity;
  }

  private index(slots: number): void {
    this.slots = new Int32Array(slots);
    for (let row = 0; row < this.count; row++) this.place(row);
  }

  private place(row: number): void {
    const mask = this.slots.length - 1;
    let slot = hashOf(this.columns.item[row]) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = row + 1;
  }
}

function hashOf(item: number): number {
  const mixed = Math.imul(item, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
