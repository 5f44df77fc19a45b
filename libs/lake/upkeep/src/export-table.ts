import { randomUUID } from 'node:crypto';
import {
  ENVIRONMENT_PROPERTY,
  EXPORTED_FROM_PROPERTY,
  openTable,
  readDataFile,
  readSnapshot,
  type AddFile,
  type DeltaTable,
} from '@gondola/lake-delta';
import { readCheckpoint, writeCheckpoint } from '@gondola/lake-parquet';
import { SetupError, type Clock, type Log, type ObjectStore } from '@gondola/stream';
import { fileStatsOf } from './file-stats.js';
import { dateOf, shapeOf } from './lake-table.js';
import { isInDates, type DateRange } from './upkeep-deps.js';

interface Place {
  readonly store: ObjectStore;
  readonly environment: string;
}

export interface ExportDeps {
  /** Nothing is written here. */
  readonly from: Place;
  readonly to: Place;
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: (text: string) => void;
}

export interface ExportOptions {
  readonly dates: DateRange;
  /** Says what would be done. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface ExportResult {
  /** Of the copy. */
  readonly table: string;
  readonly dates: number;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  readonly rowsAdded: number;
  readonly bytesAdded: number;
}

/** One date of a table: what the copy lacks and what it has too much. */
interface DatePlan {
  readonly date: string | null;
  readonly adds: readonly AddFile[];
  readonly removes: readonly AddFile[];
}

/**
 * Makes the days of a table (`silver/retail.pos.transaction`, `signals`) in the lake of another environment what they are in this
 * one: files go over as they are, a day is one version, the copy says whose it is. Run again it adds nothing; where the source was
 * compacted, rebuilt or grew, the files of the day are exchanged. One file is in memory at a time. Null: there is no such
 * table. Errors: `environment_mismatch` where the other environment has rows of its own there.
 */
export async function exportTable(
  deps: ExportDeps,
  name: string,
  { dates, dryRun, signal }: ExportOptions,
): Promise<ExportResult | null> {
  const from = { table: `${deps.from.environment}/${name}`, store: readOnly(deps.from.store) };
  const to = `${deps.to.environment}/${name}`;
  const source = await readSnapshot(from.store, from.table, readCheckpoint);
  if (!source) return null;
  const { columns, dateColumn } = shapeOf(from.table, source);
  const properties = {
    [ENVIRONMENT_PROPERTY]: deps.to.environment,
    [EXPORTED_FROM_PROPERTY]: deps.from.environment,
  };
  const spec = { path: to, columns, partitionBy: dateColumn, properties };
  const { clock, log } = deps;
  const target = dryRun
    ? null
    : await openTable(deps.to.store, spec, clock, readCheckpoint, { writeCheckpoint, log });
  const has = target?.snapshot() ?? (await readSnapshot(deps.to.store, to, readCheckpoint));
  const plans = plansOf(source.files, has?.files ?? [], dateColumn, dates);
  const result = { table: to, dates: 0, filesAdded: 0, filesRemoved: 0, rowsAdded: 0, bytesAdded: 0 };
  for (const plan of plans) {
    if (signal.aborted) break;
    deps.progress(`${to}: ${plan.date ?? 'without a date'}, ${plan.adds.length} files`);
    if (target) await copyDate(deps, from, target, { ...plan, to });
    result.dates++;
    result.filesAdded += plan.adds.length;
    result.filesRemoved += plan.removes.length;
    for (const file of plan.adds) {
      result.rowsAdded += fileStatsOf(file).rows ?? 0;
      result.bytesAdded += file.size;
    }
  }
  return result;
}

/** Files keep their names, so what is there already is told by them. */
function plansOf(
  source: readonly AddFile[],
  target: readonly AddFile[],
  dateColumn: string,
  dates: DateRange,
): readonly DatePlan[] {
  const [wanted, there] = [source, target].map((files) =>
    files.filter((file) => isInDates(dateOf(file, dateColumn), dates)),
  );
  const [wantedPaths, therePaths] = [wanted, there].map((files) => new Set(files.map(({ path }) => path)));
  const adds = wanted.filter(({ path }) => !therePaths.has(path));
  const removes = there.filter(({ path }) => !wantedPaths.has(path));
  const all = new Set([...adds, ...removes].map((file) => dateOf(file, dateColumn)));
  return [...all]
    .sort((left, right) => (left ?? '').localeCompare(right ?? ''))
    .map((date) => ({
      date,
      adds: adds.filter((file) => dateOf(file, dateColumn) === date),
      removes: removes.filter((file) => dateOf(file, dateColumn) === date),
    }));
}

async function copyDate(
  deps: ExportDeps,
  from: { readonly table: string; readonly store: ObjectStore },
  target: DeltaTable,
  { adds, removes, to }: DatePlan & { readonly to: string },
): Promise<void> {
  for (const file of adds) {
    const bytes = await readDataFile(from.store, from.table, file);
    await deps.to.store.put(`${to}/${file.path}`, bytes);
  }
  const nowMs = deps.clock.nowMs();
  await target.changeFiles({
    removes,
    files: adds.map((file) => ({ ...file, modificationTime: nowMs, dataChange: true })),
    dataChange: true,
    transactions: [],
    operation: 'EXPORT',
    operationParameters: { from: from.table },
    id: randomUUID(),
  });
}

function readOnly(store: ObjectStore): ObjectStore {
  const refuse = (): never => {
    throw new SetupError('lake_denied', `${store.address} is only read from`);
  };
  return {
    address: store.address,
    get: (path) => store.get(path),
    list: (folder, startAfter) => store.list(folder, startAfter),
    listAll: (folder) => store.listAll(folder),
    put: refuse,
    putIfAbsent: refuse,
    delete: refuse,
  };
}
