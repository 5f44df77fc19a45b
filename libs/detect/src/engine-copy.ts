import { writeNames, writeShared, writeStore, type EngineNames, type EngineState } from './snapshot.js';
import type { StoreState } from './store-state.js';

/** Names written at once: a catalog of a million must not hold up events. */
const NAMES_AT_ONCE = 20_000;

/**
 * The state of an engine as it was when the copy began, made while the engine goes on: what stores share is copied at
 * once, a store before it changes (`touch`) or when its turn comes (`next`). Names are only ever added to, so those that
 * were there then are written last.
 */
export class EngineCopy {
  private readonly ready: Uint8Array[];
  private readonly waiting: Set<StoreState>;
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

  /** The store is about to change. */
  touch(store: StoreState): void {
    if (this.waiting.delete(store)) this.ready.push(writeStore(store));
  }

  /** The next section, null when all were given: about a store's worth of work. */
  next(): Uint8Array | null {
    const done = this.ready.shift();
    if (done) return done;
    for (const store of this.waiting) {
      this.waiting.delete(store);
      return writeStore(store);
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
    this.onEnd();
  }
}
