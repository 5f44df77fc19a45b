import {
  saveStore,
  writeNames,
  writeShared,
  writeStore,
  type EngineNames,
  type EngineState,
  type SavedStore,
} from './snapshot.js';
import { SavedRows } from './saved-rows.js';
import type { StoreState } from './store-state.js';

/** Names written at once: a catalog of a million must not hold up events. */
const NAMES_AT_ONCE = 20_000;

/**
 * The state of an engine as it was when the copy began, made while the engine goes on: what stores share is copied at
 * once; a store when its turn comes (`next`) or before all its shelves change (`touch`). Of a shelf that an event changes
 * before that, what it was is saved: a batch of events may meet all stores, and must not wait until all are copied. Names are only ever added to, so those that
 * were there then are written last.
 */
export class EngineCopy {
  private readonly ready: Uint8Array[];
  private readonly waiting: Set<StoreState>;
  private readonly saved = new Map<StoreState, { readonly was: SavedStore; readonly rows: SavedRows }>();
  private readonly names: { key: keyof EngineNames; from: number; end: number }[];

  constructor(
    state: EngineState,
    private readonly engineNames: EngineNames,
    private readonly onEnd: () => void,
  ) {
    this.ready = [writeShared(state)];
    this.waiting = new Set(state.stores);
    const keys = ['items', 'categories', 'currencies', 'cities'] as const;
    this.names = keys.map((key) => ({ key, from: 1, end: engineNames[key].size }));
  }

  /** All of the store may change now. */
  touch(store: StoreState): void {
    if (this.waiting.delete(store)) this.ready.push(this.write(store));
  }

  /** What the store says beside its shelves may change now. */
  touchHeader(store: StoreState): void {
    if (!this.waiting.has(store) || this.saved.has(store)) return;
    this.saved.set(store, { was: saveStore(store), rows: new SavedRows(store.shelves.count) });
  }

  /** One of its shelves may, after `touchHeader`; or its record alone. */
  touchRow(store: StoreState, row: number, part: 'record' | 'all'): void {
    const rows = this.waiting.has(store) ? this.saved.get(store)?.rows : undefined;
    if (part === 'all') rows?.saveRow(store.shelves, row);
    else rows?.saveRecord(store.shelves, row);
  }

  /** The next section, null when all were given: about a store's worth of work. */
  next(): Uint8Array | null {
    const done = this.ready.shift();
    if (done) return done;
    for (const store of this.waiting) {
      this.waiting.delete(store);
      return this.write(store);
    }
    for (const names of this.names) {
      if (names.from >= names.end) continue;
      const { key, from } = names;
      names.from = Math.min(names.end, from + NAMES_AT_ONCE);
      return writeNames(key, this.engineNames[key].between(from, names.from));
    }
    this.onEnd();
    return null;
  }

  /** Gives the copy up. */
  stop(): void {
    this.ready.length = 0;
    this.waiting.clear();
    this.saved.clear();
    this.onEnd();
  }

  private write(store: StoreState): Uint8Array {
    const saved = this.saved.get(store);
    this.saved.delete(store);
    return writeStore(store, saved?.was ?? saveStore(store), saved?.rows);
  }
}
