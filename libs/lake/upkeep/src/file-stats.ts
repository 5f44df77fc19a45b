import type { AddFile } from '@gondola/lake-delta';
import { INT64_MAX } from '@gondola/stream';
import type { PositionRange } from './position-range.js';

/** What the log says of a data file, numbers as the text they stand in the log in: positions may need all 63 bits. */
export interface FileStats {
  /** Null when the writer did not say. */
  readonly rows: number | null;
  readonly min: Readonly<Record<string, string>>;
  readonly max: Readonly<Record<string, string>>;
  readonly nulls: Readonly<Record<string, string>>;
}

export function fileStatsOf({ stats }: Pick<AddFile, 'stats'>): FileStats {
  if (stats === '') return { rows: null, min: {}, max: {}, nulls: {} };
  const exact = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value;
  const { numRecords, minValues, maxValues, nullCount } = JSON.parse(stats, exact) as {
    numRecords?: string;
    minValues?: Record<string, string>;
    maxValues?: Record<string, string>;
    nullCount?: Record<string, string>;
  };
  return {
    rows: numRecords === undefined ? null : Number(numRecords),
    min: minValues ?? {},
    max: maxValues ?? {},
    nulls: nullCount ?? {},
  };
}

/** The columns that together hold positions: what fits 64 bits, and the text of what does not. */
export interface PositionNames {
  readonly position: string;
  readonly sequence: string;
}

/** Whether a file may hold a position from `from` to before `to`; one without bounds may hold anything. */
export function mayHold(file: AddFile, names: PositionNames, { from, to }: PositionRange): boolean {
  const stats = fileStatsOf(file);
  const isAllNull = (column: string) => stats.rows !== null && stats.nulls[column] === String(stats.rows);
  const { position, sequence } = names;
  const maySmall = from <= INT64_MAX && !isAllNull(position) && isWithin(stats, position, BigInt, from, to);
  if (maySmall || to <= INT64_MAX + 1n) return maySmall;
  if (isAllNull(sequence)) return false;
  const [first, last] = [from > INT64_MAX ? from : INT64_MAX + 1n, to - 1n].map(String);
  // Only texts of one length are in the order of their numbers.
  return first.length < last.length || isWithin(stats, sequence, String, first, `${last} `);
}

/** By the bounds of the statistics; `to` is the first value beyond. */
function isWithin<T extends bigint | string>(
  { min, max }: FileStats,
  column: string,
  read: (bound: string) => T,
  from: T,
  to: T,
): boolean {
  const isBelow = column in max && read(max[column]) < from;
  const isAbove = column in min && read(min[column]) >= to;
  return !isBelow && !isAbove;
}
