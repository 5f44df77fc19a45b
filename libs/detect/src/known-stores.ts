import type { EngineCopy } from './engine-copy.js';
import { EngineMemory } from './engine-memory.js';
import type { Model } from './model.js';
import { startShelf } from './shelf-state.js';
import type { EngineNames } from './snapshot.js';
import type { StorePlaces } from './store-places.js';
import { createStore, type StoreState } from './store-state.js';

/** A shelf that is spoken of, and what of it may change if it is known. */
export interface MetShelf {
  readonly itemId: string;
  /** The item's number if it was looked up before, else 0. */
  readonly item: number;
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
  /** By their numbers in `home`, and those by id. */
  readonly byNumber: StoreState[] = [];
  readonly numbers = new Map<string, number>();
  /** Where what events meet of all of them is. */
  readonly home = new EngineMemory();
  private last: StoreState | null = null;

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
      const [city, givenHours] = [this.places.cityOf(storeId), this.places.hoursOf(storeId)];
      const begin = { city, givenHours, remembers, openHours: model.file.open_hours, home: this.home };
      store = createStore(storeId, this.places.clockOf(storeId), atMs, begin);
      this.add(store);
    }
    this.last = store;
    return store;
  }

  /** Bytes of state that each shelf needs. */
  get bytesPerShelf(): number {
    let bytes = 0;
    for (const { shelves, orders } of this.byId.values())
      bytes += shelves.bytesPerShelf * shelves.count + orders.heldBytes;
    return bytes / Math.max(1, this.size.shelves);
  }

  add(store: StoreState): void {
    this.byId.set(store.storeId, store);
    this.numbers.set(store.storeId, store.shelves.store);
    this.byNumber[store.shelves.store] = store;
  }

  /** Row of the item's shelf, -1 when it has none. */
  rowOf(store: StoreState, itemId: string): number {
    const item = this.names.items.find(itemId);
    return item === 0 ? -1 : store.shelves.rowOf(item);
  }

  /** Row of a shelf that may change now, a new one where it was not known. `found`: its row if that was found before, else -1. */
  meet(store: StoreState, found: number, met: MetShelf, copying: EngineCopy | null): number {
    const { shelves } = store;
    // What has no number yet has no shelf: it gets both.
    const item = found >= 0 || met.item > 0 ? met.item : this.names.items.idOf(met.itemId);
    const known = found < 0 ? shelves.rowOf(item) : found;
    const row = known < 0 ? shelves.add(item) : known;
    const { columns } = shelves;
    if (known < 0) {
      const { shape, exposure } = this.beginning().model.file.rate;
      startShelf(columns, row, { shape, exposure, atMs: met.atMs });
    } else copying?.touchRow(store, row, met.part);
    if (columns.category.at(row) === 0) columns.category.set(row, this.categoryId(met));
    return row;
  }

  /** Whether a shelf without a category has none after an event that names this one. */
  staysUnsorted(category: string | null): boolean {
    return category === null && this.categoryOf === undefined;
  }

  private categoryId({ itemId, category }: MetShelf): number {
    return this.names.categories.idOf(category ?? this.categoryOf?.(itemId) ?? null);
  }
}
