import type { ShelfEvents } from '@gondola/events';
import type { EngineCopy } from './engine-copy.js';
import type { Model } from './model.js';
import { startShelf } from './shelf-state.js';
import type { EngineNames } from './snapshot.js';
import type { StorePlaces } from './store-places.js';
import { createStore, type StoreState } from './store-state.js';

/** Events looked up at once: their shelves' records fit the nearest cache. */
export const ROWS_AT_ONCE = 256;

/** A shelf that is spoken of, and what of it may change if it is known. */
export interface MetShelf {
  readonly itemId: string;
  readonly category: string | null;
  readonly atMs: number;
  readonly part: 'record' | 'all';
}

/** How stores and shelves that were not known begin. */
interface Beginning {
  readonly model: Model;
  /** Whether shelves have the memory that trees read. */
  readonly remembers: boolean;
}

/** The stores and shelves of an engine, found by their ids. */
export class KnownStores {
  readonly byId = new Map<string, StoreState>();
  private last: StoreState | null = null;
  private readonly rows = new Int32Array(ROWS_AT_ONCE);
  private readonly items = new Int32Array(ROWS_AT_ONCE);
  private readonly found = new Array<StoreState | null>(ROWS_AT_ONCE).fill(null);
  /** Of no use but that what was read cannot be left out. */
  private touched = 0;

  constructor(
    private readonly names: EngineNames,
    private readonly places: StorePlaces,
    private readonly categoryOf: ((itemId: string) => string | null | undefined) | undefined,
    private readonly beginning: () => Beginning,
  ) {}

  get size(): { stores: number; shelves: number } {
    let shelves = 0;
    for (const store of this.byId.values()) shelves += store.shelves.count;
    return { stores: this.byId.size, shelves };
  }

  /** The store, a new one where it was not known. */
  storeOf(storeId: string, atMs: number): StoreState {
    if (storeId === this.last?.storeId) return this.last;
    let store = this.byId.get(storeId);
    if (!store) {
      const { model, remembers } = this.beginning();
      const [city, openHours] = [this.places.cityOf(storeId), model.file.open_hours];
      store = createStore(storeId, this.places.clockOf(storeId), atMs, { city, remembers, openHours });
      this.byId.set(storeId, store);
    }
    this.last = store;
    return store;
  }

  /**
   * Finds the shelves of some events before the first of them is applied; a row that a shelf has stays its row. Nothing is
   * changed and each step is done for all of them before the next, without a choice in between, so that the processor
   * waits for the memory of many shelves at once: waiting is most of what an event costs when shelves are many.
   */
  findRows({ store, item }: ShelfEvents, from: number, end: number): void {
    const { rows, items, found, byId, names } = this;
    const count = end - from;
    let [lastId, last]: [string, StoreState | null] = ['', null];
    for (let at = 0; at < count; at++) {
      const storeId = store[from + at];
      if (storeId !== lastId) [lastId, last] = [storeId, byId.get(storeId) ?? null];
      found[at] = last;
      items[at] = last ? names.items.find(item[from + at]) : 0;
    }
    for (let at = 0; at < count; at++) rows[at] = found[at]?.shelves.likelyRow(items[at]) ?? -1;
    for (let at = 0; at < count; at++) this.touched += found[at]?.shelves.touch(rows[at]) ?? 0;
    for (let at = 0; at < count; at++) {
      const [known, number] = [found[at], items[at]];
      rows[at] = known && number > 0 ? known.shelves.rowOf(number) : -1;
    }
  }

  /** Row of the shelf of the event so many events after the first, -1 when it was not known then. */
  foundRow(offset: number): number {
    return this.rows[offset];
  }

  /** Row of the item's shelf, -1 when it has none. */
  rowOf(store: StoreState, itemId: string): number {
    const item = this.names.items.find(itemId);
    return item === 0 ? -1 : store.shelves.rowOf(item);
  }

  /** Row of a shelf that may change now, a new one where it was not known. `found`: its row if that was found before, else -1. */
  meet(store: StoreState, found: number, met: MetShelf, copying: EngineCopy | null): number {
    const { shelves } = store;
    const known = found < 0 ? this.rowOf(store, met.itemId) : found;
    const row = known < 0 ? shelves.add(this.names.items.idOf(met.itemId)) : known;
    const { columns } = shelves;
    if (known < 0) {
      const { shape, exposure } = this.beginning().model.file.rate;
      startShelf(columns, row, { shape, exposure, atMs: met.atMs });
    } else copying?.touchRow(store, row, met.part);
    if (columns.category.at(row) === 0) columns.category.set(row, this.categoryId(met));
    return row;
  }

  private categoryId({ itemId, category }: MetShelf): number {
    return this.names.categories.idOf(category ?? this.categoryOf?.(itemId) ?? null);
  }
}
