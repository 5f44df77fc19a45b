import { randomUUID } from 'node:crypto';
import { addFileOf, dataFilePath, readDataFile, type AddFile } from '@gondola/lake-delta';
import { BLOOM_FILTERS_PROPERTY, readParquetColumns } from '@gondola/lake-parquet';
import {
  GondolaError,
  type Column,
  type ColumnSpec,
  type ColumnTable,
  type ColumnValues,
  type ObjectStore,
} from '@gondola/stream';
import { fileStatsOf } from './file-stats.js';
import type { LakeTable } from './lake-table.js';
import { packed } from './packed-values.js';
import type { UpkeepDeps } from './upkeep-deps.js';

const DAY_MS = 86_400_000;
/** In the message of the reader. */
const NO_SUCH_COLUMN = 'column not found';

/**
 * Columns of one data file. The date, which is in the file's name only, is filled in; a nullable column that the file is
 * older than is null. Throws `lake_corrupt` naming a file that is gone or holds other rows than the log says.
 */
export async function readRows(
  store: ObjectStore,
  table: string,
  file: AddFile,
  columns: readonly ColumnSpec[],
): Promise<ColumnTable> {
  const bytes = await readDataFile(store, table, file);
  const stored = columns.filter(({ name }) => !(name in file.partitionValues));
  const read = await readPresent(bytes, stored);
  const { rows: logged } = fileStatsOf(file);
  const rows = read[0]?.values.length ?? logged ?? 0;
  if (logged !== null && logged !== rows)
    throw new GondolaError(
      'lake_corrupt',
      `${table}/${file.path} holds ${rows} rows, the log says ${logged}`,
      false,
    );
  return { rows, columns: columns.map((spec) => columnOf(spec, read, file, rows)) };
}

function columnOf(spec: ColumnSpec, read: readonly Column[], file: AddFile, rows: number): Column {
  const found = read.find((column) => column.spec === spec);
  if (found) return found;
  const date = file.partitionValues[spec.name];
  return { spec, values: date ? new Int32Array(rows).fill(Date.parse(date) / DAY_MS) : nulls(rows) };
}

const nulls = (rows: number): null[] => new Array<null>(rows).fill(null);

/** One column after the other: in the reader's form a column takes several times the memory of its packed form. */
async function readPresent(bytes: Uint8Array, columns: readonly ColumnSpec[]): Promise<readonly Column[]> {
  const present: Column[] = [];
  for (const spec of columns) {
    const values = await readColumn(bytes, spec);
    if (values) present.push({ spec, values: packed(spec, values) });
  }
  return present;
}

/** Null when the file is older than the column. */
async function readColumn(bytes: Uint8Array, { name, nullable }: ColumnSpec): Promise<ColumnValues | null> {
  try {
    return (await readParquetColumns(bytes, [name]))[name] as ColumnValues;
  } catch (error) {
    if (nullable && error instanceof Error && error.message.includes(NO_SUCH_COLUMN)) return null;
    throw error;
  }
}

/** Writes rows, without their date, as a data file of that date. It is in no table until it is committed. */
export async function writeDataFile(
  { store, encoder, clock }: UpkeepDeps,
  { path: table, delta, dateColumn }: LakeTable,
  partitionValues: AddFile['partitionValues'],
  tables: readonly ColumnTable[],
): Promise<AddFile> {
  const withoutDate = tables.map(({ rows, columns }) => ({
    rows,
    columns: columns.filter(({ spec }) => spec.name !== dateColumn),
  }));
  const named = delta.snapshot().metadata.configuration[BLOOM_FILTERS_PROPERTY];
  const bloomFilters = named ? named.split(',') : [];
  const file = await encoder.encode(withoutDate, { fieldIds: delta.fieldIds(), bloomFilters });
  const path = dataFilePath(partitionValues, `part-${randomUUID()}.zstd.parquet`);
  await store.put(`${table}/${path}`, file.bytes);
  return addFileOf(path, file, partitionValues, clock.nowMs());
}

/** Files that were written and then not committed: nobody else knows their names. */
export async function dropDataFiles(
  store: ObjectStore,
  table: string,
  files: readonly AddFile[],
): Promise<void> {
  for (const { path } of files) await store.delete(`${table}/${path}`);
}
