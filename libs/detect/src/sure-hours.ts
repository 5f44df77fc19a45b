import { FLAGS_SURE, type ShelfColumns } from './shelf-state.js';

const SHIFT = 3;
/** More hours in a row are not told apart. */
export const SURE_HOURS_MAX = FLAGS_SURE >> SHIFT;

/**
 * Counts the ends of hours in a row at which a shelf was believed to be empty, this one included, and returns how many they are. Once
 * is often chance: of signals by sales alone that the next hour's sale ends one in five was right.
 */
export function countSure({ flags }: ShelfColumns, row: number, isSure: boolean): number {
  const set = flags.at(row);
  const hours = isSure ? Math.min(SURE_HOURS_MAX, ((set & FLAGS_SURE) >> SHIFT) + 1) : 0;
  const next = (set & ~FLAGS_SURE) | (hours << SHIFT);
  if (next !== set) flags.set(row, next);
  return hours;
}
