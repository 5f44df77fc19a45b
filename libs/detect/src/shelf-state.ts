import { ColumnLayout, type ColumnRoom } from './columns.js';
import type { SavedRows } from './saved-rows.js';
import { EngineMemory } from './engine-memory.js';
import { RecordArena, SLOT_BYTES, type Block } from './record-arena.js';
import { fileRow, rowIn, ROWS_MAX } from './shelf-index.js';
import { RECORD_DOUBLES, recordFields } from './shelf-record.js';
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

/** Bits of `noted`: the store has an open signal of the shelf, or what was seen there. */
export const NOTED_EPISODE = 1;
export const NOTED_SIGHTS = 2;

/** Columns for so many shelves, whose records have room in `block`. A literal, not a loop: V8 keeps literals fast. */
function columnsIn(
  room: ColumnRoom,
  capacity: number,
  { slab, first }: Block = new RecordArena().take(capacity),
) {
  return {
    /** What events touch, shelf by shelf; its fields stand among the columns. */
    records: slab.doubles.subarray(first * RECORD_DOUBLES, (first + capacity) * RECORD_DOUBLES),
    ...recordFields(slab, first),
    /** Gamma belief of units per normal hour. */
    rateShape: room.float64(capacity),
    rateExposure: room.float64(capacity),
    /** Usual posterior at 21 h: how often it is out at close. */
    propensity: room.float64(capacity),
    /** Usual units a day, -1 before the first day ended. */
    dayUsual: room.float64(capacity),
    /** Thousandths sold today up to the last tick. */
    daySold: room.float64(capacity),
    /** Expected units of the last tick, and summed since the last sale. */
    demand: room.float32(capacity),
    expectedSince: room.float32(capacity),
    /** Units lost since the last sale if the shelf is out now, and if it is not: see lost-units.ts. */
    lostIfOut: room.float32(capacity),
    lostIfIn: room.float32(capacity),
    /** Log-odds since the last sale: from the sale itself, from hours without one. */
    saleEvidence: room.float32(capacity),
    zeroEvidence: room.float32(capacity),
    /** Rings over the store's ticks, in parts of a unit. */
    soldRing: room.uint16(capacity * HISTORY_HOURS),
    expectedRing: room.uint16(capacity * HISTORY_HOURS),
    /** When somebody last looked, or the record began: seconds since 1970, 0 without a record. */
    lookedSeconds: room.uint32(capacity),
  };
}

export type ShelfColumns = ReturnType<typeof columnsIn>;

const layout = new ColumnLayout(columnsIn);

/** All shelves of one store as columns; a shelf is a row, found by its item's number. */
export class ShelfTable {
  count = 0;
  columns: ShelfColumns;
  /** What a tree ensemble needs to know besides; null without one. */
  memory: ShelfMemory | null;
  private block: Block;

  /** `store`: its number in the engine's memory; `shelves`: those that there is room for at once. */
  constructor(
    remembers: boolean,
    private readonly home = new EngineMemory(),
    readonly store = home.addStore(),
    shelves = 0,
  ) {
    this.block = home.arena.take(shelves);
    home.setPlace(store, this.block);
    this.columns = layout.make(this.room, this.block);
    this.memory = remembers ? memoryLayout.make(this.room) : null;
  }

  /** Shelves that there is room for. */
  private get room(): number {
    return this.block.slab.room;
  }

  /** Row of the item, -1 when the store has no such shelf yet. */
  rowOf(item: number): number {
    return rowIn(this.block, item);
  }

  /** Adds an empty row for an item that has none. All columns but `item` are 0, the memory is that of a new shelf. */
  add(item: number): number {
    if (this.count === this.room) this.grow();
    const row = this.count++;
    this.columns.item.set(row, item);
    if (this.memory) startMemory(this.memory, row);
    fileRow(this.block, item, row);
    return row;
  }

  /** Starts or drops the memory: the model that reads it came or went. */
  remember(remembers: boolean): void {
    if (remembers === (this.memory !== null)) return;
    this.memory = remembers ? memoryLayout.make(this.room) : null;
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
    return used + (this.block.slots * SLOT_BYTES) / Math.max(1, this.count);
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
    { count, remembers, home }: { count: number; remembers: boolean; home: EngineMemory },
  ): { shelves: ShelfTable; end: number } {
    const shelves = new ShelfTable(remembers, home, home.addStore(), count);
    shelves.count = count;
    let end = layout.read(shelves.columns, count, source, start);
    if (shelves.memory) end = memoryLayout.read(shelves.memory, count, source, end);
    const { item, noted } = shelves.columns;
    for (let row = 0; row < count; row++) {
      fileRow(shelves.block, item.at(row), row);
      noted.set(row, 0);
    }
    return { shelves, end };
  }

  private grow(): void {
    if (this.count === ROWS_MAX) throw new RangeError(`more than ${ROWS_MAX} shelves in a store`);
    const before = this.block;
    this.block = this.home.arena.take(Math.min(ROWS_MAX, Math.ceil(this.count * 1.5) + 16));
    const { room, block } = this;
    this.columns = layout.grown(this.columns, this.count, room, block);
    if (this.memory) this.memory = memoryLayout.grown(this.memory, this.count, room);
    for (let row = 0; row < this.count; row++) fileRow(block, this.columns.item.at(row), row);
    this.home.arena.release(before);
    this.home.setPlace(this.store, block);
  }
}

/** The store begins or ends to keep something of the shelf beside its row: a sale looks for it only then. */
export function noteShelf({ columns: { noted } }: ShelfTable, row: number, bit: number): void {
  noted.set(row, noted.at(row) | bit);
}

export function unnoteShelf({ columns: { noted } }: ShelfTable, row: number, bit: number): void {
  noted.set(row, noted.at(row) & ~bit);
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
