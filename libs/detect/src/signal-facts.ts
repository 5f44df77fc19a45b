import type { SignalKind } from '@gondola/events';
import type { CauseFacts } from './causes.js';
import { QUANTITY_PARTS } from './shelf-state.js';
import { NIL_PICK } from './sights.js';
import type { StoreState } from './store-state.js';

/** What the causes of a signal are told from. */
export function causeFactsOf(store: StoreState, row: number, kind: SignalKind, atMs: number): CauseFacts {
  const { record, silentSinceMs, dayUsual } = store.shelves.columns;
  return {
    ...{ kind, atMs, silentSinceMs: silentSinceMs.at(row), unitsPerDay: Math.max(0, dayUsual[row]) },
    record: Number.isNaN(record.at(row)) ? null : record.at(row) / QUANTITY_PARTS,
    supply: store.orders.supplyOf(row),
    nilPicks: store.sights.get(row)?.counts[NIL_PICK] ?? 0,
  };
}

/** Money, null where the price is not known. */
export const money = (amount: number): number | null => (Number.isNaN(amount) ? null : amount);
