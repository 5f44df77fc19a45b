import { randomUUID } from 'node:crypto';
import { SetupError, type Clock, type ObjectStore } from '@gondola/stream';
import { encodeCommit, NOTHING, type TableMetadata } from './actions.js';
import { append, tryCommit, type CommitTarget, type TableChange } from './committer.js';
import { commitPath } from './log-segment.js';
import { PROTOCOL, requireAppendable } from './protocol.js';
import { evolveSchema, schemaStringOf, type TableSpec } from './schema.js';
import {
  loadState,
  refreshState,
  snapshotOf,
  type CheckpointReader,
  type LogState,
  type TableSnapshot,
} from './snapshot.js';

/** Every table says which environment it belongs to, so that a test process cannot write to production. */
const ENVIRONMENT_PROPERTY = 'gondola.environment';

/** A table held open by one writer. Any number of them, in any number of processes, may hold the same table. */
export interface DeltaTable {
  /** The table as this process knows it: what it committed is in, what others did since the last refresh is not. */
  snapshot(): TableSnapshot;
  /** Takes in what others committed, reading new versions only. */
  refresh(): Promise<TableSnapshot>;
  /**
   * Adds files and moves positions in one atomic version, and returns its number. Throws `FencedError` when a
   * position is not the expected one, and the store's retriable errors: then call again with the same `id`.
   */
  append(change: TableChange): Promise<number>;
}

/**
 * Opens the table of `spec`, creating it when there is none and adding the nullable columns it lacks. Throws
 * `environment_mismatch`, or `table_unsupported` naming the version, feature or column that stands in the way.
 * `readCheckpoint` is needed only for tables whose log another engine has cleaned.
 */
export async function openTable(
  store: ObjectStore,
  spec: TableSpec,
  clock: Clock,
  readCheckpoint?: CheckpointReader,
): Promise<DeltaTable> {
  const table = spec.path;
  let state = await loadState(store, table, readCheckpoint);
  if (!state) {
    // Losing this race is fine: the table is there, and whether it fits is checked below.
    await store.putIfAbsent(commitPath(table, 0), firstCommit(spec, clock.nowMs()));
    state = await loadState(store, table, readCheckpoint);
  }
  if (!state)
    throw new SetupError(
      'lake_denied',
      `${table}: version 0 was written to ${store.address} but cannot be read`,
    );

  const opened = state;
  const target: CommitTarget = {
    store,
    table,
    clock,
    state: opened,
    requireWritable: () => requireWritable(spec, opened),
  };
  await addMissingColumns(spec, target);
  return {
    snapshot: () => snapshotOf(opened),
    async refresh() {
      await refreshState(store, table, opened);
      return snapshotOf(opened);
    },
    append: (change) => append(target, change),
  };
}

function firstCommit(spec: TableSpec, nowMs: number): Uint8Array {
  const metadata: TableMetadata = {
    id: randomUUID(),
    name: null,
    description: null,
    schemaString: schemaStringOf(spec.columns),
    partitionColumns: partitionColumnsOf(spec),
    configuration: spec.properties,
    createdTime: nowMs,
  };
  const info = { timestamp: nowMs, operation: 'CREATE TABLE', operationParameters: {}, txnId: randomUUID() };
  return encodeCommit(info, { ...NOTHING, protocol: PROTOCOL, metadata }, nowMs);
}

function partitionColumnsOf({ path, columns, partitionBy }: TableSpec): readonly string[] {
  if (partitionBy === null) return [];
  if (!columns.some(({ name }) => name === partitionBy)) {
    throw new Error(`${path}: partition column ${partitionBy} is not among its columns`);
  }
  return [partitionBy];
}

/** Another version of this service may be adding columns too: whoever loses sees the other's schema and goes on. */
async function addMissingColumns(spec: TableSpec, target: CommitTarget): Promise<void> {
  for (;;) {
    const { metadata } = target.state;
    const schemaString = requireWritable(spec, target.state);
    if (schemaString === null) return;
    const info = { operation: 'ADD COLUMNS', operationParameters: {}, txnId: randomUUID() };
    await tryCommit(target, info, { metadata: { ...metadata, schemaString } });
  }
}

/** Throws when the table does not take what `spec` writes. Returns the schema it must have first, null when it has. */
function requireWritable(spec: TableSpec, { protocol, metadata }: LogState): string | null {
  requireAppendable(spec.path, protocol, metadata);
  requireEnvironment(spec, metadata);
  const wanted = partitionColumnsOf(spec).join();
  const found = metadata.partitionColumns.join();
  if (wanted !== found) {
    throw new SetupError(
      'table_unsupported',
      `${spec.path}: is partitioned by column ${found || '(none)'}, this version partitions by ${wanted || '(none)'}`,
    );
  }
  return evolveSchema(spec, metadata.schemaString);
}

function requireEnvironment({ path, properties }: TableSpec, { configuration }: TableMetadata): void {
  const wanted = properties[ENVIRONMENT_PROPERTY];
  const found = configuration[ENVIRONMENT_PROPERTY];
  if (wanted === found) return;
  throw new SetupError(
    'environment_mismatch',
    `${path} belongs to environment ${found ?? '(none)'}, this process is configured for ${wanted ?? '(none)'}`,
  );
}
