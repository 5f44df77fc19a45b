import type { AddFile, TableSnapshot } from '@gondola/lake-delta';
import { fileStatsOf } from './file-stats.js';
import { dateOf } from './lake-table.js';
import { isInDates, type DateRange } from './upkeep-deps.js';

/** Small files of one date that become one. */
export interface Bin {
  readonly partitionValues: AddFile['partitionValues'];
  /** At least two, oldest first. */
  readonly files: readonly AddFile[];
}

export interface BinLimits {
  /** Bytes that a file should have. */
  readonly targetBytes: number;
  readonly dates: DateRange;
}

/** A file from this share of the target on is large enough to be left alone. */
const LARGE_SHARE = 0.75;

/**
 * A bin is held decoded while it is written, some 300 bytes a row, and so is a file when it is read back: rows that
 * compress well must not make that unbounded. As many as the encoder puts into one row group.
 */
const BIN_ROWS_MAX = 1_048_576;

/**
 * Neighbours in the order of the log are put together, because that is the order in which rows came: positions and times
 * stay in long runs, by which readers skip.
 */
export function planBins(
  { files }: TableSnapshot,
  dateColumn: string,
  { targetBytes, dates }: BinLimits,
): readonly Bin[] {
  const byDate = new Map<string | null, AddFile[]>();
  for (const file of files) {
    const date = dateOf(file, dateColumn);
    if (!isInDates(date, dates) || file.size >= LARGE_SHARE * targetBytes) continue;
    const same = byDate.get(date);
    if (same) same.push(file);
    else byDate.set(date, [file]);
  }
  return [...byDate.values()].flatMap((small) => binsOf(small, targetBytes));
}

function binsOf(files: readonly AddFile[], targetBytes: number): Bin[] {
  const bins: AddFile[][] = [];
  let bytes = Infinity;
  let rows = 0;
  for (const file of files) {
    const fileRows = fileStatsOf(file).rows ?? 0;
    if (bytes + file.size > targetBytes || rows + fileRows > BIN_ROWS_MAX) {
      bins.push([]);
      bytes = 0;
      rows = 0;
    }
    bins.at(-1)?.push(file);
    bytes += file.size;
    rows += fileRows;
  }
  return bins
    .filter((bin) => bin.length > 1)
    .map((bin) => ({ partitionValues: bin[0].partitionValues, files: bin }));
}
