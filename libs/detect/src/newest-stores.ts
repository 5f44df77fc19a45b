import { QUARTER_MS } from './local-time.js';

/** The store with the newest event time, and the newest of all others. Null before there is one. */
export interface NewestState {
  readonly storeId: string | null;
  readonly newestMs: number | null;
  readonly agreedMs: number | null;
}

/**
 * How far event time is by at least two stores of a partition: one store whose clock is wrong moves no other. O(1) an event.
 */
export class NewestStores {
  private storeId: string | null = null;
  private newestMs = -Infinity;
  private agreedMs = -Infinity;
  /** When stores that lag behind are looked for again. */
  nextSweepMs = -Infinity;

  constructor(private readonly lagMsMax: number) {}

  /** Whether `see` of this event will ask for nothing, for sure. */
  staysCalm(storeId: string, atMs: number): boolean {
    return atMs - this.lagMsMax < this.nextSweepMs || storeId === this.storeId;
  }

  /** An event of a store; returns the time up to which stores that lag behind are to be moved now, null when they are not. */
  see(storeId: string, atMs: number): number | null {
    const agreedMs = this.agree(storeId, atMs);
    if (agreedMs === null) return null;
    const lagMs = agreedMs - this.lagMsMax;
    if (lagMs < this.nextSweepMs) return null;
    // Hours end on quarters of an hour in every time zone, so nothing can fall due before the next quarter.
    this.nextSweepMs = (Math.floor(lagMs / QUARTER_MS) + 1) * QUARTER_MS;
    return lagMs;
  }

  /** The time that two stores have reached when this event moved it, else null. */
  private agree(storeId: string, atMs: number): number | null {
    // The newest of all is no older than that of the others.
    if (atMs <= this.agreedMs) return null;
    if (storeId === this.storeId) {
      if (atMs > this.newestMs) this.newestMs = atMs;
      return null;
    }
    if (atMs <= this.newestMs) {
      this.agreedMs = atMs;
      return atMs;
    }
    const before = this.agreedMs;
    // The newest so far is now the newest of the others.
    this.agreedMs = this.newestMs;
    this.newestMs = atMs;
    this.storeId = storeId;
    return this.agreedMs > before ? this.agreedMs : null;
  }

  /** What two stores have reached, or the only one; minus infinity before the first event. */
  get reachedMs(): number {
    return this.agreedMs === -Infinity ? this.newestMs : this.agreedMs;
  }

  get state(): NewestState {
    // Infinity is null in JSON.
    const finite = (ms: number) => (ms === -Infinity ? null : ms);
    return { storeId: this.storeId, newestMs: finite(this.newestMs), agreedMs: finite(this.agreedMs) };
  }

  set state({ storeId, newestMs, agreedMs }: NewestState) {
    this.storeId = storeId;
    this.newestMs = newestMs ?? -Infinity;
    this.agreedMs = agreedMs ?? -Infinity;
  }
}
