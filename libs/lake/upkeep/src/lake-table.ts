import {
  ENVIRONMENT_PROPERTY,
  EXPORTED_FROM_PROPERTY,
  loadTable,
  readSnapshot,
  type AddFile,
  type DeltaTable,
  type TableSnapshot,
} from '@gondola/lake-delta';
import { readCheckpoint, writeCheckpoint } from '@gondola/lake-parquet';
import { GondolaError, SetupError, type ColumnSpec, type ObjectStore } from '@gondola/stream';
import { columnsOfSchema } from './schema-columns.js';
import type { UpkeepDeps } from './upkeep-deps.js';

/** A table of the lake, opened to be changed. */
export interface LakeTable {
  readonly path: string;
  readonly delta: DeltaTable;
  /** All of them, the date among them. */
  readonly columns: readonly ColumnSpec[];
  /** The one column by which the table is partitioned. */
  readonly dateColumn: string;
}

/** Null when there is no such table. Throws `table_unsupported` for one that is not partitioned by one date. */
export async function openLakeTable(deps: UpkeepDeps, path: string): Promise<LakeTable | null> {
  const { store, clock, environment, log } = deps;
  const snapshot = await readSnapshot(store, path, readCheckpoint);
  if (!snapshot) return null;
  const { columns, dateColumn } = shapeOf(path, snapshot);
  const origin = snapshot.metadata.configuration[EXPORTED_FROM_PROPERTY];
  // Keeping a copy in order adds nothing to it.
  const properties = {
    [ENVIRONMENT_PROPERTY]: environment,
    ...(origin === undefined ? {} : { [EXPORTED_FROM_PROPERTY]: origin }),
  };
  const spec = { path, columns, partitionBy: dateColumn, properties };
  const delta = await loadTable(store, spec, clock, readCheckpoint, { writeCheckpoint, log });
  return delta && { path, delta, columns, dateColumn };
}

/** Columns of a table and which of them is its date. */
export function shapeOf(
  path: string,
  { metadata }: TableSnapshot,
): { columns: readonly ColumnSpec[]; dateColumn: string } {
  const columns = columnsOfSchema(path, metadata.schemaString);
  const [dateColumn, ...others] = metadata.partitionColumns;
  const isDate = columns.some(({ name, type }) => name === dateColumn && type.kind === 'date');
  if (isDate && others.length === 0) return { columns, dateColumn };
  throw new SetupError(
    'table_unsupported',
    `${path} is partitioned by ${metadata.partitionColumns.join(', ') || 'nothing'}; upkeep knows tables by one date`,
  );
}

const VERSION_FILE = /^(.+)\/_delta_log\/\d{20}\.(?:json|checkpoint.*\.parquet)$/;

/** Folders of all tables below `folder`, in name order. Lists every object below it. */
export async function listTables(store: ObjectStore, folder: string): Promise<readonly string[]> {
  const tables = new Set<string>();
  for await (const { path } of store.listAll(folder)) {
    const table = tableOfLog(path);
    if (table !== null) tables.add(table);
  }
  return [...tables].sort();
}

/** Of a lake that is not where it was looked for. */
export function noTables({ store: { address }, environment }: UpkeepDeps): GondolaError {
  return new GondolaError(
    'input_invalid',
    `${address} has no tables of ${environment}: give --lake the folder or bucket that ingest writes to, and ` +
      '--environment its environment',
    false,
  );
}

/** The table to whose log an object belongs, null when it is no version of any. */
export function tableOfLog(path: string): string | null {
  return VERSION_FILE.exec(path)?.[1] ?? null;
}

export const dateOf = ({ partitionValues }: AddFile, dateColumn: string): string | null =>
  partitionValues[dateColumn] || null;

export const isConflict = (error: unknown): boolean =>
  error instanceof GondolaError && (error.code === 'commit_conflict' || error.code === 'fenced');
