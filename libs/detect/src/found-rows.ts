import type { ShelfEvents } from '@gondola/events';
import { FIRST, PLACE_INTS, ROOM, SLAB, SLOTS, SLOTS_AT, type EngineMemory } from './engine-memory.js';
import { KnownAs } from './known-as.js';
import type { KnownStores } from './known-stores.js';
import type { Names } from './names.js';
import { hashOf, likelyRow, rowBitsOf, slotOf } from './shelf-index.js';
import { ITEM_PLACE, RECORD_INTS } from './shelf-record.js';

/** Events looked up at once: what is read for them fits the nearest cache but one. */
export const ROWS_AT_ONCE = 256;
/** Place of the last field of a record that a sale touches. */
const SALE_INTS = 11;

/**
 * Finds the shelves of some events before the first of them is applied; a row that a shelf has stays its row. Nothing is
 * changed and each step is done for all of them before the next, without a choice that waits for what it reads, so that the processor
 * waits for the memory of many shelves at once: waiting is most of what an event costs when shelves are many.
 */
export class FoundRows {
  /** Of each event: numbers of its store and item, 0 when it is not known; row of its shelf, -1 when it was not known. */
  readonly stores = new Int32Array(ROWS_AT_ONCE);
  readonly items = new Int32Array(ROWS_AT_ONCE);
  readonly rows = new Int32Array(ROWS_AT_ONCE);
  /** Slab of its store's shelves; there, byte at which the search begins, and the likely record. */
  private readonly slabs = new Int32Array(ROWS_AT_ONCE);
  private readonly slots = new Int32Array(ROWS_AT_ONCE);
  private readonly records = new Int32Array(ROWS_AT_ONCE);
  /** Of no use but that what was read cannot be left out. */
  private touched = 0;
  private readonly home: EngineMemory;
  /** Numbers of stores and items by the number of their text. */
  private readonly storesByText: KnownAs;
  private readonly itemsByText: KnownAs;

  constructor(
    private readonly known: KnownStores,
    private readonly itemNames: Names,
  ) {
    this.home = known.home;
    this.storesByText = new KnownAs((storeId) => known.numbers.get(storeId) ?? 0);
    this.itemsByText = new KnownAs((itemId) => itemNames.find(itemId));
  }

  find(events: ShelfEvents, from: number, end: number): void {
    const count = end - from;
    const { arena } = this.home;
    if (events.numbered) this.findByText(events.numbered, from, count);
    else this.findNumbers(events, from, count);
    this.findSlots(count);
    this.touched += touchSlots(arena.bytes, this.slabs, this.slots, count);
    this.findLikely(count);
    this.touched += touchRecords(arena.ints, this.slabs, this.records, count);
    this.settle(count);
  }

  private findNumbers({ store, item }: ShelfEvents, from: number, count: number): void {
    const { stores, items, itemNames } = this;
    const { numbers } = this.known;
    let [lastId, last] = ['', 0];
    for (let at = 0; at < count; at++) {
      const storeId = store[from + at];
      if (storeId !== lastId) [lastId, last] = [storeId, numbers.get(storeId) ?? 0];
      items[at] = last === 0 ? 0 : itemNames.find(item[from + at]);
      stores[at] = last;
    }
  }

  private findByText({ store, item }: Required<ShelfEvents>['numbered'], from: number, count: number): void {
    const { stores, items, storesByText, itemsByText } = this;
    storesByText.use(store.texts);
    itemsByText.use(item.texts);
    for (let at = 0; at < count; at++) {
      const known = storesByText.of(store.numbers[from + at]);
      stores[at] = known;
      items[at] = known === 0 ? 0 : itemsByText.of(item.numbers[from + at]);
    }
  }

  private findSlots(count: number): void {
    const { stores, items, slabs, slots } = this;
    const { places } = this.home;
    for (let at = 0; at < count; at++) {
      const place = stores[at] * PLACE_INTS;
      slabs[at] = places[place + SLAB];
      slots[at] = slotOf(hashOf(items[at]), places[place + SLOTS_AT], places[place + SLOTS]);
    }
  }

  private findLikely(count: number): void {
    const { stores, items, slabs, rows, records } = this;
    const { places } = this.home;
    const { bytes } = this.home.arena;
    for (let at = 0; at < count; at++) {
      const place = stores[at] * PLACE_INTS;
      const rowBits = rowBitsOf(places[place + ROOM]);
      const hash = hashOf(items[at]);
      const row = likelyRow(bytes[slabs[at]], places[place + SLOTS_AT], places[place + SLOTS], hash, rowBits);
      rows[at] = row;
      records[at] = (places[place + FIRST] + Math.max(0, row)) * RECORD_INTS;
    }
  }

  private settle(count: number): void {
    const { stores, items, slabs, rows, records } = this;
    const { ints } = this.home.arena;
    for (let at = 0; at < count; at++) {
      if (rows[at] >= 0 && ints[slabs[at]][records[at] + ITEM_PLACE] !== items[at])
        rows[at] = this.known.byNumber[stores[at]].shelves.rowOf(items[at]);
    }
  }
}

// As little as can be done between two reads: the less, the more of them are under way at once. A function for each kind of
// memory: V8 makes one kind of access of each.

function touchSlots(
  memory: readonly Uint8Array[],
  slabs: Int32Array,
  slots: Int32Array,
  count: number,
): number {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += memory[slabs[at]][slots[at]];
  return sum;
}

/** What a sale touches may be in two lines. */
function touchRecords(
  memory: readonly Int32Array[],
  slabs: Int32Array,
  records: Int32Array,
  count: number,
): number {
  let sum = 0;
  for (let at = 0; at < count; at++) {
    const ints = memory[slabs[at]];
    const record = records[at];
    sum += ints[record] + ints[record + SALE_INTS];
  }
  return sum;
}
