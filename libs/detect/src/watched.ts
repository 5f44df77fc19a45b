import type { StoreState } from './store-state.js';

/**
 * Never sold: nothing is known of its demand. Without stock on record and not sold for long: it is not sold here any more. A
 * record of stock that nobody buys stays a phantom until somebody looks.
 */
export function isWatched(
  { shelves: { columns } }: StoreState,
  row: number,
  { atMs, delistedMs }: { atMs: number; delistedMs: number },
): boolean {
  // Not by the rate: where it begins is the model's, and models change.
  const everSold = columns.dayUsual[row] > 0 || columns.daySold[row] > 0;
  return everSold && (columns.record.at(row) > 0 || atMs - columns.silentSinceMs.at(row) < delistedMs);
}
