import { randomUUID } from 'node:crypto';
import type { AddFile } from '@gondola/lake-delta';
import { SUMS_PROPERTY } from '@gondola/lake-parquet';
import { GondolaError, SetupError, type ColumnTable } from '@gondola/stream';
import { planBins, zOrderTags, type Bin, type BinLimits, type ZOrder } from './compact-plan.js';
import { dropDataFiles, readTables, writeDataFile } from './data-file.js';
import { fileStatsOf } from './file-stats.js';
import { foldRows } from './fold-rows.js';
import { isConflict, openLakeTable, type LakeTable } from './lake-table.js';
import type { UpkeepDeps } from './upkeep-deps.js';
import { inZOrder } from './z-order.js';

export interface CompactOptions extends BinLimits {
  /** Says what would be done. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface CompactResult {
  readonly table: string;
  /** Files that others took the place of. */
  readonly filesRemoved: number;
  readonly filesAdded: number;
  readonly bytesRemoved: number;
  /** 0 in a dry run. */
  readonly bytesAdded: number;
  readonly rows: number;
  /** Bins that another process rearranged first. */
  readonly conflicts: number;
}

/**
 * Puts small files of a table together, and with `zOrder` writes those anew whose rows are not in that order, date by
 * date, each bin in a commit of its own. What is held is a row group, some parts of one, and files as they are stored. Rows, positions and what readers
 * see stay as they are; of a table of counts (`gondola.sums`) the sums do. Safe beside writers and other compactions: where another process was first, its files are left
 * alone. Old files stay until `vacuum`. Throws `table_unsupported` for a column of `zOrder` that is not there.
 */
export async function compact(
  deps: UpkeepDeps,
  path: string,
  options: CompactOptions,
): Promise<CompactResult | null> {
  const table = await openLakeTable(deps, path);
  if (!table) return null;
  requireColumns(table, options.zOrder ?? []);
  const total = { filesRemoved: 0, filesAdded: 0, bytesRemoved: 0, bytesAdded: 0, rows: 0, conflicts: 0 };
  const done = (bin: Bin, added: AddFile | null) => {
    total.filesRemoved += bin.files.length;
    total.filesAdded += 1;
    total.bytesRemoved += bin.files.reduce((sum, file) => sum + file.size, 0);
    total.bytesAdded += added?.size ?? 0;
    total.rows += bin.files.reduce((sum, file) => sum + (fileStatsOf(file).rows ?? 0), 0);
  };

  let bins = planBins(table.delta.snapshot(), table.dateColumn, options);
  while (bins.length > 0 && !options.signal.aborted) {
    const [bin, ...rest] = bins;
    bins = rest;
    deps.progress(`${path}: ${total.filesRemoved} files put together, ${bins.length + 1} bins to go`);
    if (options.dryRun) {
      done(bin, null);
      continue;
    }
    const added = await replaceBin(deps, table, bin, options.zOrder);
    if (added) {
      done(bin, added);
      continue;
    }
    total.conflicts++;
    const live = new Set((await table.delta.refresh()).files.map((file) => file.path));
    bins = rest.filter(({ files }) => files.every((file) => live.has(file.path)));
  }
  return { table: path, ...total };
}

function requireColumns({ path, columns, dateColumn }: LakeTable, names: readonly string[]): void {
  const wrong = names.find((name) => !columns.some((column) => column.name === name) || name === dateColumn);
  if (wrong === undefined) return;
  const known = columns.filter(({ name }) => name !== dateColumn).map(({ name }) => name);
  throw new SetupError(
    'table_unsupported',
    `${path} has no column ${wrong} to order by: ${known.join(', ')}`,
  );
}

/** Rows in another order may take more bytes than they did. Memory that is not written to costs nothing, copying the file does. */
const BYTES_ABOUT_SHARE = 1.5;

/** Of a table of counts, whose rows are added up instead of kept. */
function sumsOf({ delta }: LakeTable): readonly string[] {
  return delta.snapshot().metadata.configuration[SUMS_PROPERTY]?.split(',') ?? [];
}

/** Null when another process changed one of the files first. */
async function replaceBin(
  deps: UpkeepDeps,
  table: LakeTable,
  { files, partitionValues }: Bin,
  zOrder: ZOrder | null,
): Promise<AddFile | null> {
  const written: AddFile[] = [];
  try {
    let rows = 0;
    const stored = table.columns.filter(({ name }) => name !== table.dateColumn);
    async function* tables(): AsyncGenerator<ColumnTable> {
      for (const file of files)
        for await (const part of readTables(deps.store, table.path, file, stored)) {
          rows += part.rows;
          yield part;
        }
    }
    async function* folded(): AsyncGenerator<ColumnTable> {
      const one = await foldRows(tables(), sums);
      rows = one?.rows ?? 0;
      if (one) yield one;
    }
    const sums = sumsOf(table);
    const whole = sums.length > 0 ? folded() : tables();
    const ordered = zOrder ? inZOrder(whole, zOrder) : whole;
    const bytesAbout = Math.ceil(BYTES_ABOUT_SHARE * files.reduce((sum, { size }) => sum + size, 0));
    const file = await writeDataFile(deps, table, partitionValues, ordered, bytesAbout);
    written.push(zOrder ? { ...file, tags: zOrderTags(zOrder) } : file);
    requireSameRows(table, files, rows, written[0]);
    await table.delta.changeFiles({
      removes: files,
      files: written,
      dataChange: false,
      transactions: [],
      operation: 'OPTIMIZE',
      operationParameters: zOrder ? { zOrderBy: JSON.stringify(zOrder) } : {},
      id: randomUUID(),
    });
    return written[0];
  } catch (error) {
    if (!isConflict(error) && !(await isGone(table, files, error))) throw error;
    await dropDataFiles(deps.store, table.path, written);
    return null;
  }
}

function requireSameRows(
  { path }: LakeTable,
  files: readonly AddFile[],
  read: number,
  written: AddFile,
): void {
  const { rows } = fileStatsOf(written);
  if (rows === read) return;
  throw new GondolaError(
    'lake_corrupt',
    `${path}: ${rows} rows were written of ${read} in ${files.length} files`,
    false,
  );
}

/** A file that cannot be read any more because another process replaced it and vacuum was there. */
async function isGone({ delta }: LakeTable, files: readonly AddFile[], error: unknown): Promise<boolean> {
  if (!(error instanceof GondolaError) || error.code !== 'lake_corrupt') return false;
  const live = new Set((await delta.refresh()).files.map((file) => file.path));
  return files.some((file) => !live.has(file.path));
}
