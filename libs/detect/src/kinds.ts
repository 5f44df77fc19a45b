import type { SignalKind } from '@gondola/events';

/** Kinds that say that the shelf is empty. */
export function isEmptyKind(kind: SignalKind | undefined): boolean {
  return kind === 'silent' || kind === 'phantom' || kind === 'out_of_stock';
}

/** Of an empty shelf, by its record: NaN where none is known. */
export function kindOf(record: number): SignalKind {
  if (Number.isNaN(record)) return 'silent';
  return record > 0 ? 'phantom' : 'out_of_stock';
}
