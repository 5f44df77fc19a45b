import type { Signal } from '@gondola/events';
import { inTurns } from '@gondola/stream';
import type { SignalStore } from '../signals/signal-store.js';
import { Tally } from './views.js';

type ShelfLoss = Pick<Signal, 'kind' | 'currency' | 'probability' | 'lostSalesPerHour' | 'demandPerHour'>;

/** What shelves lose in an hour, each times P(it is empty), and how far from that it may be. */
interface LossSum {
  readonly mean: number;
  readonly variance: number;
}

/**
 * By currency. Sales of an hour are taken as Poisson and shelves as independent: an error common to all of them is not in the variance.
 * Shelves without a price are left out, and so are those that only will run out.
 */
export class LossSums extends Map<string | null, LossSum> {
  add({ kind, currency, probability: p, lostSalesPerHour: loss, demandPerHour }: ShelfLoss): void {
    if (kind === 'coming' || loss === null) return;
    const price = demandPerHour > 0 ? loss / demandPerHour : 0;
    this.addSum(currency, { mean: p * loss, variance: price * p * loss + p * (1 - p) * loss ** 2 });
  }

  addAll(others: LossSums): void {
    for (const [currency, sum] of others) this.addSum(currency, sum);
  }

  private addSum(currency: string | null, { mean, variance }: LossSum): void {
    const before = this.get(currency);
    this.set(currency, {
      mean: (before?.mean ?? 0) + mean,
      variance: (before?.variance ?? 0) + variance,
    });
  }
}

/** What is open in a store, or in all of them. */
export class OpenSums {
  readonly tally = new Tally();
  readonly losses = new LossSums();

  add(signal: Signal): void {
    this.tally.add(signal);
    this.losses.add(signal);
  }

  addAll({ tally, losses }: OpenSums): void {
    this.tally.addAll(tally);
    this.losses.addAll(losses);
  }
}

export interface OpenEverywhere {
  readonly total: OpenSums;
  readonly byStore: ReadonlyMap<string, OpenSums>;
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

  ofStore(storeId: string): OpenSums {
    const sums = new OpenSums();
    for (const signal of this.store.open(storeId)) sums.add(signal);
    return sums;
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
    const total = new OpenSums();
    const byStore = new Map<string, OpenSums>();
    /** Without others' turns. */
    let tookMs = 0;
    let beganMs = this.nowMs();
    let counted = 0;
    for (const storeId of this.store.lastAtMsByStore.keys()) {
      const sums = this.ofStore(storeId);
      byStore.set(storeId, sums);
      total.addAll(sums);
      counted += 1 + sums.tally.openTotal;
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
