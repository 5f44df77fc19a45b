import { openTable, positionsOfStream, readSnapshot, type TableSnapshot } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import {
  GondolaError,
  positionAt,
  type Checkpoint,
  type ObjectStore,
  type Pipeline,
  type RecordBatch,
} from '@gondola/stream';
import { openBronze, positionsOfDates, type BronzeTable } from './bronze-index.js';
import { readBronzeRecords } from './bronze-records.js';
import { listTables, openLakeTable, shapeOf, type LakeTable } from './lake-table.js';
import type { Guard } from './partition-guard.js';
import type { PositionRange, PositionRanges } from './position-range.js';
import { PositionRuns } from './position-runs.js';
import { replaceRows, type Replacement, type ReplaceResult } from './replace-rows.js';
import { createStagingStore } from './staging-store.js';
import type { DateRange, UpkeepDeps } from './upkeep-deps.js';

/** Stages and sinks as ingest has them, without bronze; the sinks write to `store`. */
export type JudgePipeline = Pick<Pipeline, 'process' | 'stages' | 'sinks'> & {
  /** Of a replay of quarantine: called when silver has what passed, before quarantine lets go of it. May be called again. */
  readonly afterSilver?: () => Promise<void>;
};

export interface RebuildOptions {
  readonly stream: string;
  /** Of bronze: the days on which records were read. */
  readonly dates: DateRange;
  readonly createPipeline: (store: ObjectStore) => JudgePipeline;
  /** Brings back rows of expired dates too, as far as bronze has their records. */
  readonly withExpired: boolean;
  /** Rows and bytes in the sinks' buffers at which they are written out. */
  readonly flush: { readonly rowsMax: number; readonly bytesMax: number };
  readonly signal: AbortSignal;
}

export interface RebuildResult {
  readonly records: number;
  /** Partition -> from the first to the last position that was judged anew. */
  readonly ranges: PositionRanges;
  /** Table -> what was replaced in it. */
  readonly tables: Readonly<Record<string, ReplaceResult>>;
}

/**
 * Judges the records of bronze anew, as the contracts are now, and puts the answers in the place of the old ones: silver
 * and quarantine, one commit per table. Safe beside the running ingest, whose records lie above: only positions that all
 * tables have are touched, and no expired dates. Rows of positions that bronze has no record of (any more) stay: there is
 * nothing to judge in their place. A data file that is gone is taken out of its table: its rows are judged
 * anew with the others. Told to stop, it changes no table. Throws `input_invalid` when the stream has no bronze.
 */
export async function rebuild(deps: UpkeepDeps, options: RebuildOptions): Promise<RebuildResult> {
  const { stream, dates } = options;
  const bronze = await openBronze(deps, stream);
  const ranges = upTo(await positionsOfDates(deps, bronze, dates), await accountedFor(deps, stream));
  const staging = createStagingStore(deps);
  const { records, positions } = await judgeAll(
    deps,
    bronze,
    ranges,
    options.createPipeline(staging),
    options,
  );
  if (options.signal.aborted) return { records, ranges, tables: {} };
  const replacement = { stream, ranges, positions, withExpired: options.withExpired };
  const tables = await publishStaged(deps, staging, await tablesOf(deps, staging), replacement);
  return { records, ranges, tables };
}

/** Puts what was staged in the place of the rows that come from these positions, table by table in the order of `paths`. */
export async function publishStaged(
  deps: UpkeepDeps,
  staging: ObjectStore,
  paths: readonly string[],
  { guard, ...replacement }: Omit<Replacement, 'files' | 'leastVersions' | 'guard'> & { guard?: Guard },
): Promise<Readonly<Record<string, ReplaceResult>>> {
  const tables: Record<string, ReplaceResult> = {};
  for (const path of paths) {
    const staged = await readSnapshot(staging, path);
    const table = (await openLakeTable(deps, path)) ?? (staged && (await createLike(deps, path, staged)));
    if (!table) continue;
    const leastVersions = eventTimesOf(replacement.stream, staged);
    const files = staged?.files ?? [];
    const kind = path.endsWith('/quarantine') ? 'quarantine' : 'silver';
    const guarded =
      guard &&
      ((transactions: ReadonlyMap<string, bigint>) => guard(kind, replacement.ranges.keys(), transactions));
    const result = await replaceRows(deps, table, { ...replacement, files, leastVersions, guard: guarded });
    if (result.rowsAdded + result.rowsRemoved + result.filesGone.length > 0) tables[path] = result;
  }
  return tables;
}

/** What quarantine, which commits last, has reached: everything before it is in all tables. */
export async function accountedFor(deps: UpkeepDeps, stream: string): Promise<Checkpoint> {
  const path = `${deps.environment}/quarantine`;
  const snapshot = await readSnapshot(deps.store, path, readCheckpoint);
  return positionsOfStream(snapshot?.transactions ?? new Map(), stream);
}

export function upTo(ranges: PositionRanges, ends: Checkpoint): PositionRanges {
  const bounded = new Map<string, PositionRange>();
  for (const [partition, { from, to }] of ranges) {
    const end = ends.get(partition) ?? 0n;
    if (from < end) bounded.set(partition, { from, to: to < end ? to : end });
  }
  return bounded;
}

export const startsOf = (ranges: PositionRanges): Checkpoint =>
  new Map([...ranges].map(([partition, { from }]) => [partition, from]));

/** Returns how many records there were, and at which positions. */
async function judgeAll(
  deps: UpkeepDeps,
  bronze: BronzeTable,
  ranges: PositionRanges,
  { stages, sinks, process: judge }: JudgePipeline,
  { stream, flush, signal }: RebuildOptions,
): Promise<{ readonly records: number; readonly positions: PositionRuns }> {
  for (const sink of sinks) await sink.assigned([...ranges.keys()]);
  for (const stage of stages) await stage.assigned?.(startsOf(ranges));
  const reached = new Map<string, bigint>();
  const commit = async () => {
    for (const sink of sinks) await sink.commit(reached);
  };
  const positions = new PositionRuns();
  let records = 0;
  for await (const batch of readBronzeRecords(deps, bronze, { stream, ranges, withValues: true })) {
    if (signal.aborted) return { records, positions };
    await judge(batch.records, batch.ingestMs);
    addPositions(positions, batch.records);
    reached.set(batch.records.partition, batch.records.nextPosition);
    records += batch.records.count;
    const buffered = sinks.map((sink) => sink.buffered());
    const rows = buffered.reduce((sum, one) => sum + one.rows, 0);
    const bytes = buffered.reduce((sum, one) => sum + one.bytes, 0);
    if (rows >= flush.rowsMax || bytes >= flush.bytesMax) await commit();
  }
  await commit();
  return { records, positions };
}

export function addPositions(positions: PositionRuns, records: RecordBatch): void {
  const { partition, count } = records;
  const [first, last] = [positionAt(records, 0), positionAt(records, count - 1)];
  if (last - first + 1n === BigInt(count)) positions.add(partition, first, last);
  else for (let index = 0; index < count; index++) positions.add(partition, positionAt(records, index));
}

/** Silver first, quarantine last, as ingest commits. */
async function tablesOf(
  { store, environment }: UpkeepDeps,
  staging: ObjectStore,
): Promise<readonly string[]> {
  const silver = await listTables(store, `${environment}/silver`);
  const staged = await listTables(staging, `${environment}/silver`);
  return [...new Set([...silver, ...staged]), `${environment}/quarantine`];
}

/** The first rows of a subject: its table is made as the sink wanted it. */
async function createLike(deps: UpkeepDeps, path: string, staged: TableSnapshot): Promise<LakeTable> {
  const { columns, dateColumn } = shapeOf(path, staged);
  const properties = staged.metadata.configuration;
  const spec = { path, columns, partitionBy: dateColumn, properties };
  await openTable(deps.store, spec, deps.clock, readCheckpoint);
  const table = await openLakeTable(deps, path);
  if (table) return table;
  throw new GondolaError('lake_corrupt', `${path} was made and is not there`, true);
}

/** How far back dedupe must read after a restart follows from the newest event: rebuilt ones count too. */
function eventTimesOf(stream: string, staged: TableSnapshot | null): ReadonlyMap<string, bigint> {
  const all = [...(staged?.transactions ?? [])];
  return new Map(all.filter(([name]) => name.startsWith(`${stream}/`) && name.endsWith('#event_time')));
}
