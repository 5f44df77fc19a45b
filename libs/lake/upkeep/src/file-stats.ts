import type { AddFile } from '@gondola/lake-delta';

/** What the log says of a data file, numbers as the text they stand in the log in: positions may need all 63 bits. */
export interface FileStats {
  /** Null when the writer did not say. */
  readonly rows: number | null;
  readonly min: Readonly<Record<string, string>>;
  readonly max: Readonly<Record<string, string>>;
}

export function fileStatsOf({ stats }: AddFile): FileStats {
  if (stats === '') return { rows: null, min: {}, max: {} };
  const exact = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value;
  const { numRecords, minValues, maxValues } = JSON.parse(stats, exact) as {
    numRecords?: string;
    minValues?: Record<string, string>;
    maxValues?: Record<string, string>;
  };
  return {
    rows: numRecords === undefined ? null : Number(numRecords),
    min: minValues ?? {},
    max: maxValues ?? {},
  };
}

/** Whether a file may hold a value from `from` to before `to`; one without bounds may hold anything. */
export function mayHold(file: AddFile, column: string, from: bigint, to: bigint): boolean {
  const { min, max } = fileStatsOf(file);
  const isBelow = column in max && BigInt(max[column]) < from;
  const isAbove = column in min && BigInt(min[column]) >= to;
  return !isBelow && !isAbove;
}
