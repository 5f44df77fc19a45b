import { inTurns } from '@gondola/stream';
import type { SignalStore } from '../signals/signal-store.js';
import { Tally, tallyOf } from './views.js';

export interface OpenEverywhere {
  readonly total: Tally;
  readonly byStore: ReadonlyMap<string, Tally>;
}

/** Stores and open shelves that are counted before others have their turn: up to some ten milliseconds. */
const COUNTED_AT_ONCE = 1_000;
/** What took so long to count is kept so many times as long, so that counting is a tenth of the thread: each board asks. */
const TIMES_KEPT = 10;
/** Later, or when so many signals came meanwhile, it is too old however long it took. */
const KEPT_MS_MAX = 1_000;
const SIGNALS_MAX = 1_000;

interface Kept {
  readonly all: Promise<OpenEverywhere>;
  readonly life: Life;
  readonly sequence: number;
}

/** How long it is kept, in real time: for ever while it is counted. */
interface Life {
  untilMs: number;
}

/** Sums of what is open now: of a store, and of all of them for all who ask at about the same time. */
export class OpenNow {
  private kept: Kept | null = null;

  constructor(
    private readonly store: SignalStore,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  ofStore(storeId: string): Tally {
    return tallyOf(this.store.open(storeId));
  }

  /** Of each store, as all who ask at about the same time are told; of one that is new since then, of now. */
  async tallies(): Promise<(storeId: string) => Tally> {
    const { byStore } = await this.everywhere();
    return (storeId) => byStore.get(storeId) ?? this.ofStore(storeId);
  }

  everywhere(): Promise<OpenEverywhere> {
    const { lastSequence: sequence } = this.store;
    const { kept } = this;
    if (kept && this.nowMs() < kept.life.untilMs && sequence - kept.sequence < SIGNALS_MAX) return kept.all;
    const life = { untilMs: Infinity };
    const all = inTurns(this.count(life));
    this.kept = { all, life, sequence };
    return all;
  }

  private *count(life: Life): Generator<void, OpenEverywhere, void> {
    const total = new Tally();
    const byStore = new Map<string, Tally>();
    /** Without others' turns. */
    let tookMs = 0;
    let beganMs = this.nowMs();
    let counted = 0;
    for (const storeId of this.store.lastAtMsByStore.keys()) {
      const tally = this.ofStore(storeId);
      byStore.set(storeId, tally);
      total.addAll(tally);
      counted += 1 + tally.openTotal;
      if (counted < COUNTED_AT_ONCE) continue;
      counted = 0;
      tookMs += this.nowMs() - beganMs;
      yield;
      beganMs = this.nowMs();
    }
    tookMs += this.nowMs() - beganMs;
    life.untilMs = this.nowMs() + Math.min(KEPT_MS_MAX, TIMES_KEPT * tookMs);
    return { total, byStore };
  }
}
