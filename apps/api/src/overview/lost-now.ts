import type { Signal } from '@gondola/events';
import { Z80 } from '@gondola/kpi';
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

/** What is needed of an open shelf: who keeps it keeps no signals, of which each holds a thousand others. */
export type ShelfLoss = Pick<
  Signal,
  'storeId' | 'kind' | 'currency' | 'probability' | 'lostSalesPerHour' | 'demandPerHour'
>;

/** A shelf that was empty then may have been told of so long before. */
const HISTORY_MS = 86_400_000;

/**
 * By currency, the largest first. Sales of an hour are taken as Poisson and shelves as independent: an error common to all of them is
 * not in the interval. Shelves without a price are left out, and so are those that only will run out.
 */
export function lostNow(open: Iterable<ShelfLoss>, weekAgo: readonly ShelfLoss[] | null): LostNow[] {
  const now = sumsOf(open);
  const before = weekAgo && sumsOf(weekAgo);
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

/** Of the newest signal of each shelf that was open at `atMs`, null where what is kept does not reach so far back. */
export function* openAt(
  store: SignalStore,
  atMs: number,
): Generator<void, readonly ShelfLoss[] | null, void> {
  if (!reachesBackTo(store, atMs)) return null;
  const open: ShelfLoss[] = [];
  for (const storeId of store.lastAtMsByStore.keys()) {
    const { signals } = store.query({ storeId }, Infinity, { atMs: atMs + 1, signalId: '' });
    const seen = new Set<string>();
    for (const { itemId, kind, currency, probability, lostSalesPerHour, demandPerHour } of signals) {
      if (seen.has(itemId)) continue;
      seen.add(itemId);
      if (kind === 'recovered') continue;
      open.push({ storeId, kind, currency, probability, lostSalesPerHour, demandPerHour });
    }
    yield;
  }
  return open;
}

function sumsOf(signals: Iterable<ShelfLoss>): Map<string | null, { mean: number; variance: number }> {
  const sums = new Map<string | null, { mean: number; variance: number }>();
  for (const { kind, currency, probability: p, lostSalesPerHour: loss, demandPerHour } of signals) {
    if (kind === 'coming' || loss === null) continue;
    const price = demandPerHour > 0 ? loss / demandPerHour : 0;
    const { mean, variance } = sums.get(currency) ?? { mean: 0, variance: 0 };
    sums.set(currency, {
      mean: mean + p * loss,
      variance: variance + price * p * loss + p * (1 - p) * loss ** 2,
    });
  }
  return sums;
}
