import { Z80 } from '@gondola/kpi';
import { LossSums } from '../shelves/loss-sums.js';
import type { SignalStore } from '../signals/signal-store.js';

/** What empty shelves lose in an hour, each times P(it is empty), with an 80 % interval. */
export interface LostNow {
  readonly currency: string | null;
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
  /** The same a week earlier, null where signals of then are no longer kept. */
  readonly weekAgo: number | null;
}

/** A shelf that was empty then may have been told of so long before. */
const HISTORY_MS = 86_400_000;

/**
 * By currency, the largest first. Sales of an hour are taken as Poisson and shelves as independent: an error common to all of them is
 * not in the interval. Shelves without a price are left out, and so are those that only will run out.
 */
export function lostNow(now: LossSums, before: LossSums | null): LostNow[] {
  const currencies = new Set([...now.keys(), ...(before?.keys() ?? [])]);
  const rows = [...currencies].map((currency) => {
    const { mean, variance } = now.get(currency) ?? { mean: 0, variance: 0 };
    const half = Z80 * Math.sqrt(variance);
    return {
      ...{ currency, perHour: mean, low: Math.max(0, mean - half), high: mean + half },
      weekAgo: before && (before.get(currency)?.mean ?? 0),
    };
  });
  return rows.sort((left, right) => right.perHour - left.perHour);
}

/** Whether what is kept tells of all shelves that were open at `atMs`. */
export const reachesBackTo = ({ oldestAtMs }: SignalStore, atMs: number): boolean =>
  oldestAtMs !== null && oldestAtMs <= atMs - HISTORY_MS;

/** By store, of the newest signal of each shelf that was open at `atMs`; null where what is kept does not reach so far back. */
export function* lossesAt(
  store: SignalStore,
  atMs: number,
): Generator<void, ReadonlyMap<string, LossSums> | null, void> {
  if (!reachesBackTo(store, atMs)) return null;
  const byStore = new Map<string, LossSums>();
  for (const storeId of store.lastAtMsByStore.keys()) {
    const { signals } = store.query({ storeId }, Infinity, { atMs: atMs + 1, signalId: '' });
    const losses = new LossSums();
    const seen = new Set<string>();
    for (const signal of signals) {
      if (seen.has(signal.itemId)) continue;
      seen.add(signal.itemId);
      if (signal.kind !== 'recovered') losses.add(signal);
    }
    byStore.set(storeId, losses);
    yield;
  }
  return byStore;
}
