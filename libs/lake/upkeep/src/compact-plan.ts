import type { AddFile, TableSnapshot } from '@gondola/lake-delta';
import { dateOf } from './lake-table.js';
import { isInDates, type DateRange } from './upkeep-deps.js';

/** Files of one date that become one. */
export interface Bin {
  readonly partitionValues: AddFile['partitionValues'];
  /** Oldest first. A single one only to put its rows in order. */
  readonly files: readonly AddFile[];
}

export type ZOrder = readonly [string, string];

export interface BinLimits {
  /** Bytes that a file should have. */
  readonly targetBytes: number;
  readonly dates: DateRange;
  /** Two columns by which rows are put in Z-order; null keeps their order. */
  readonly zOrder: ZOrder | null;
}

/** A file from this share of the target on is large enough to be left alone. */
const LARGE_SHARE = 0.75;

/** Names the columns by which the rows of a file are in Z-order, so that it is not put in order again. */
const Z_ORDER_TAG = 'gondola.zOrder';

export const zOrderTags = (zOrder: ZOrder): Readonly<Record<string, string>> => ({
  [Z_ORDER_TAG]: zOrder.join(),
});

/**
 * Neighbours in the order of the log are put together, because that is the order in which rows came: positions and times
 * stay in long runs, by which readers skip. A file that is large already is written anew only for an order that it is not
 * in yet: a second run finds nothing to do.
 */
export function planBins(
  { files }: TableSnapshot,
  dateColumn: string,
  { targetBytes, dates, zOrder }: BinLimits,
): readonly Bin[] {
  const byDate = new Map<string | null, AddFile[]>();
  for (const file of files) {
    const date = dateOf(file, dateColumn);
    if (!isInDates(date, dates)) continue;
    if (file.size >= LARGE_SHARE * targetBytes && isInOrder(file, zOrder)) continue;
    const same = byDate.get(date);
    if (same) same.push(file);
    else byDate.set(date, [file]);
  }
  return [...byDate.values()]
    .flatMap((same) => binsOf(same, targetBytes))
    .filter(({ files: bin }) => bin.length > 1 || !isInOrder(bin[0], zOrder));
}

const isInOrder = ({ tags }: AddFile, zOrder: ZOrder | null): boolean =>
  zOrder === null || tags?.[Z_ORDER_TAG] === zOrder.join();

function binsOf(files: readonly AddFile[], targetBytes: number): Bin[] {
  const bins: AddFile[][] = [];
  let bytes = Infinity;
  for (const file of files) {
    if (bytes + file.size > targetBytes) {
      bins.push([]);
      bytes = 0;
    }
    bins.at(-1)?.push(file);
    bytes += file.size;
  }
  return bins.map((bin) => ({ partitionValues: bin[0].partitionValues, files: bin }));
}
