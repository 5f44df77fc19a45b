import { randomUUID } from 'node:crypto';
import { wideningsOf, type AddFile, type Widening } from '@gondola/lake-delta';
import { GondolaError, plainValues, type Column, type ColumnSpec, type ColumnTable } from '@gondola/stream';
import { readTables, writeDataFile } from './data-file.js';
import { fileStatsOf } from './file-stats.js';
import { isConflict, openLakeTable, type LakeTable } from './lake-table.js';
import { packed } from './packed-values.js';
import { StagedFiles } from './staged-files.js';
import type { UpkeepDeps } from './upkeep-deps.js';

export interface WidenOptions {
  /** Says what would be done. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface WidenResult {
  readonly table: string;
  /** Empty: nothing was to do. */
  readonly columns: readonly Widening[];
  /** Files that were written anew, in a dry run those that would be. */
  readonly files: number;
  /** Of these, files that an earlier run had written. */
  readonly filesResumed: number;
  readonly rows: number;
  readonly bytesRemoved: number;
  /** 0 in a dry run. */
  readonly bytesAdded: number;
  /** Times that another writer was first and what it wrote was taken in. */
  readonly conflicts: number;
}

/**
 * Gives columns of a table the wider types that `columns` ask for: writes each file anew with them, then replaces all files
 * and the schema in one version, so that a reader of any version sees one type. Rows, positions and older versions stay.
 * Safe beside readers and writers: what was added meanwhile is taken in. Stopped or killed, the next run goes on with the
 * files that are written. Null when there is no such table.
 */
export async function widen(
  deps: UpkeepDeps,
  path: string,
  columns: readonly ColumnSpec[],
  { dryRun, signal }: WidenOptions,
): Promise<WidenResult | null> {
  const id = randomUUID();
  let staged: StagedFiles | null = null;
  let conflicts = 0;
  for (;;) {
    const table = await openLakeTable(deps, path);
    if (!table) return null;
    const snapshot = table.delta.snapshot();
    const { files, metadata } = snapshot;
    const widenings = wideningsOf(path, columns, metadata.schemaString);
    if (widenings.length === 0 || dryRun) {
      if (!dryRun) await staged?.drop(snapshot);
      return resultOf(path, widenings, widenings.length === 0 ? [] : files, [], 0, conflicts);
    }
    const wider = new Map(widenings.map(({ column }) => [column, specOf(columns, column)]));
    staged ??= await StagedFiles.open(deps, path, JSON.stringify(widenings));
    const written = await stageAll(deps, table, files, wider, staged, signal);
    if (!written) return resultOf(path, widenings, [], [], staged.resumed, conflicts);
    // It took so long that vacuum may take the first of them: those are copied.
    if (!written.every((file) => staged?.isFresh(file))) continue;
    if (await commit(table, files, written, [...wider.values()], id)) {
      await staged.drop(table.delta.snapshot());
      return resultOf(path, widenings, files, written, staged.resumed, conflicts);
    }
    conflicts++;
  }
}

/** Null when told to stop. */
async function stageAll(
  deps: UpkeepDeps,
  table: LakeTable,
  files: readonly AddFile[],
  wider: ReadonlyMap<string, ColumnSpec>,
  staged: StagedFiles,
  signal: AbortSignal,
): Promise<AddFile[] | null> {
  const written: AddFile[] = [];
  for (const file of files) {
    if (signal.aborted) return null;
    deps.progress(`${table.path}: ${written.length} of ${files.length} files written`);
    written.push(
      (await staged.find(file)) ?? (await staged.add(file, await rewrite(deps, table, file, wider))),
    );
  }
  return written;
}

async function rewrite(
  deps: UpkeepDeps,
  table: LakeTable,
  file: AddFile,
  wider: ReadonlyMap<string, ColumnSpec>,
): Promise<AddFile> {
  let rows = 0;
  const stored = table.columns.filter(({ name }) => name !== table.dateColumn);
  async function* tables(): AsyncGenerator<ColumnTable> {
    for await (const part of readTables(deps, table.path, file, stored)) {
      rows += part.rows;
      yield { ...part, columns: part.columns.map((column) => widenedColumn(column, wider)) };
    }
  }
  const added = await writeDataFile(deps, table, file.partitionValues, tables());
  if (fileStatsOf(added).rows !== rows)
    throw new GondolaError(
      'lake_corrupt',
      `${table.path}/${added.path} holds other rows than ${file.path}`,
      false,
    );
  // Rows are in the order they were in, which the tags may speak of.
  return file.tags ? { ...added, tags: file.tags } : added;
}

function widenedColumn(column: Column, wider: ReadonlyMap<string, ColumnSpec>): Column {
  const wide = wider.get(column.spec.name);
  if (!wide) return column;
  const spec = { ...column.spec, type: wide.type };
  const values = plainValues(column);
  const isInt64 = spec.type.kind === 'int64';
  return {
    spec,
    values: packed(
      spec,
      isInt64 ? values.map((value) => (value === null ? null : BigInt(value as number))) : values,
    ),
  };
}

/** False when another process was first: with files, or with the same wish. */
async function commit(
  table: LakeTable,
  removes: readonly AddFile[],
  files: readonly AddFile[],
  columns: readonly ColumnSpec[],
  id: string,
): Promise<boolean> {
  const { schemaString } = table.delta.snapshot().metadata;
  try {
    await table.delta.changeFiles({
      removes,
      files,
      dataChange: false,
      widen: columns,
      transactions: [],
      operation: 'WIDEN',
      operationParameters: { columns: JSON.stringify(columns.map(({ name }) => name)) },
      id,
    });
    return true;
  } catch (error) {
    const isOtherSchema = table.delta.snapshot().metadata.schemaString !== schemaString;
    if (!isConflict(error) && !isOtherSchema) throw error;
    return false;
  }
}

function specOf(columns: readonly ColumnSpec[], name: string): ColumnSpec {
  const spec = columns.find((column) => column.name === name);
  if (!spec) throw new RangeError(`no column ${name}`);
  return spec;
}

function resultOf(
  table: string,
  columns: readonly Widening[],
  files: readonly AddFile[],
  written: readonly AddFile[],
  filesResumed: number,
  conflicts: number,
): WidenResult {
  const bytesOf = (all: readonly AddFile[]) => all.reduce((sum, { size }) => sum + size, 0);
  return {
    table,
    columns,
    files: files.length,
    filesResumed,
    rows: files.reduce((sum, file) => sum + (fileStatsOf(file).rows ?? 0), 0),
    bytesRemoved: bytesOf(files),
    bytesAdded: bytesOf(written),
    conflicts,
  };
}
