import type { ColumnSummary } from '@gondola/stream';
import type { AddFile } from './actions.js';
import { statsOf } from './stats.js';

const DAY_MS = 86_400_000;
const NULL_PARTITION = '__HIVE_DEFAULT_PARTITION__';
/** What Hive and Spark escape in the name of a partition's folder. */
const ESCAPED = /[\u0000-\u001f\u007f"#%'*/:=?\\{[\]^]/g;

/** Days since 1970 -> `2024-03-28`, as partition values and statistics write dates. */
export function isoDate(days: number): string {
  return new Date(days * DAY_MS).toISOString().slice(0, 10);
}

/** Where a data file goes, relative to its table: `event_date=2024-03-28/part-1.zstd.parquet`. */
export function dataFilePath(partitionValues: Readonly<Record<string, string | null>>, name: string): string {
  const folders = Object.entries(partitionValues).map(
    ([column, value]) =>
      `${escapeName(column)}=${value === null || value === '' ? NULL_PARTITION : escapeName(value)}`,
  );
  return [...folders, name].join('/');
}

/** What the add action of an encoded file needs to know of it. */
export interface DataFile {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
}

/** The add action of an encoded file. Columns named in `partitionValues` are left out of the statistics. */
export function addFileOf(
  path: string,
  { bytes, rows, columns }: DataFile,
  partitionValues: Readonly<Record<string, string | null>>,
  nowMs: number,
): AddFile {
  return {
    path,
    partitionValues,
    size: bytes.length,
    modificationTime: nowMs,
    dataChange: true,
    stats: statsOf(rows, columns, new Set(Object.keys(partitionValues))),
  };
}

function escapeName(text: string): string {
  return text.replace(
    ESCAPED,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
