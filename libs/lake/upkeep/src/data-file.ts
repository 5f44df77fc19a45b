import { randomUUID } from 'node:crypto';
import { addFileOf, dataFilePath, readDataFile, type AddFile } from '@gondola/lake-delta';
import {
  BLOOM_FILTERS_PROPERTY,
  openParquet,
  type ParquetRows,
  type TableStream,
} from '@gondola/lake-parquet';
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

/** Where files are, and the keys of those whose columns are encrypted: what writes them has both. */
export type FileDeps = Pick<UpkeepDeps, 'store' | 'encoder'>;

/**
 * Columns of one data file, part by part: what is held is one of them and the file as it is stored. The date, which is in
 * the file's name only, is filled in; a nullable column that the file is older than is null. Throws `lake_corrupt` naming
 * a file that is gone or holds other rows than the log says.
 */
export async function* readTables(
  deps: FileDeps,
  table: string,
  file: AddFile,
  columns: readonly ColumnSpec[],
): AsyncGenerator<ColumnTable> {
  const { parts } = await open(deps, table, file);
  for (const part of parts) yield tableOf(part, table, file, columns);
}

async function open({ store, encoder }: FileDeps, table: string, file: AddFile) {
  const opened = await openParquet(await readDataFile(store, table, file), encoder.keyring);
  const { rows: logged } = fileStatsOf(file);
  const { rows } = opened.whole;
  if (logged === null || logged === rows) return opened;
  throw new GondolaError(
    'lake_corrupt',
    `${table}/${file.path} holds ${rows} rows, the log says ${logged}`,
    false,
  );
}

/** One column after the other: in the reader's form a column takes several times the memory of its packed form. */
async function tableOf(
  from: ParquetRows,
  table: string,
  file: AddFile,
  specs: readonly ColumnSpec[],
): Promise<ColumnTable> {
  const { rows } = from;
  const columns: Column[] = [];
  for (const spec of specs) {
    const isStored = !(spec.name in file.partitionValues);
    const read = isStored ? await from.read(spec.name) : null;
    if (isStored && !read && !spec.nullable)
      throw new GondolaError('lake_corrupt', `${table}/${file.path} has no column ${spec.name}`, false);
    const values = read ? packed(spec, read as ColumnValues) : missingValues(file, spec, rows);
    columns.push({ spec, values });
  }
  return { rows, columns };
}

function missingValues(file: AddFile, { name }: ColumnSpec, rows: number): ColumnValues {
  const date = file.partitionValues[name];
  return date ? new Int32Array(rows).fill(Date.parse(date) / DAY_MS) : new Array<null>(rows).fill(null);
}

/** Writes rows, without their date, as a data file of that date. It is in no table until it is committed. */
export async function writeDataFile(
  { store, encoder, clock }: UpkeepDeps,
  { path: table, delta, dateColumn }: LakeTable,
  partitionValues: AddFile['partitionValues'],
  tables: TableStream,
  bytesAbout?: number,
): Promise<AddFile> {
  const named = delta.snapshot().metadata.configuration[BLOOM_FILTERS_PROPERTY];
  const bloomFilters = named ? named.split(',') : [];
  const fieldIds = delta.fieldIds();
  const file = await encoder.encode(withoutColumn(tables, dateColumn), {
    fieldIds,
    bloomFilters,
    bytesAbout,
  });
  const path = dataFilePath(partitionValues, `part-${randomUUID()}.zstd.parquet`);
  await store.put(`${table}/${path}`, file.bytes);
  return addFileOf(path, file, partitionValues, clock.nowMs());
}

async function* withoutColumn(tables: TableStream, name: string): AsyncGenerator<ColumnTable> {
  for await (const { rows, columns } of tables)
    yield { rows, columns: columns.filter(({ spec }) => spec.name !== name) };
}

/** Files that were written and then not committed: nobody else knows their names. */
export async function dropDataFiles(
  store: ObjectStore,
  table: string,
  files: readonly AddFile[],
): Promise<void> {
  for (const { path } of files) await store.delete(`${table}/${path}`);
}
