import { randomUUID } from 'node:crypto';
import { SetupError, type Clock, type ObjectStore } from '@gondola/stream';
import { encodeCommit, NOTHING, type TableMetadata } from './actions.js';
import type { CheckpointReader } from './checkpoint.js';
import {
  commitChange,
  refresh,
  tryCommit,
  type CommitTarget,
  type FileChange,
  type TableChange,
} from './committer.js';
import { requireWriter } from './environment.js';
import { commitPath } from './log-segment.js';
import { snapshotOf, type LogState, type TableSnapshot } from './log-state.js';
import { createLogUpkeep, type LogUpkeepDeps } from './log-upkeep.js';
import { PROTOCOL, requireAppendable } from './protocol.js';
import { evolveSchema, fieldIdsOf, schemaStringOf, type TableSpec } from './schema.js';
import { loadState } from './snapshot.js';

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
  /**
   * Puts files in the place of others in one atomic version, and returns its number. Others may append meanwhile; when
   * one of `removes` is no longer there as it was, throws `commit_conflict` (retriable): plan anew from a snapshot.
   * Throws `table_unsupported` when the table does not let its rows change.
   */
  changeFiles(change: FileChange): Promise<number>;
  /**
   * Numbers of the columns, for the data files: by name, and for what is inside of them by path (`headers.element.key`).
   * Columns of a table that was made without numbers have none.
   */
  fieldIds(): ReadonlyMap<string, number>;
}

/**
 * Opens the table of `spec` and evolves its schema and properties where `spec` asks for more. Null when there is none. Throws
 * `environment_mismatch`, or `table_unsupported` naming the version, feature or column that stands in the way.
 * `readCheckpoint` is needed for tables whose log was cleaned, which with `upkeep` (checkpoints and clean-up by whoever
 * commits) is every table.
 */
export async function loadTable(
  store: ObjectStore,
  spec: TableSpec,
  clock: Clock,
  readCheckpoint?: CheckpointReader,
  upkeep?: LogUpkeepDeps,
): Promise<DeltaTable | null> {
  const table = spec.path;
  const currentMs = clock.nowMs();
  const state = await loadState(store, table, readCheckpoint);
  if (!state) return null;
  const target: CommitTarget = {
    store,
    table,
    clock,
    state,
    currentMs,
    readCheckpoint,
    upkeep: upkeep && createLogUpkeep(store, table, clock, upkeep),
    requireWritable: () => requireWritable(spec, state),
  };
  await evolve(spec, target);
  return {
    snapshot: () => snapshotOf(state),
    async refresh() {
      await refresh(target);
      return snapshotOf(state);
    },
    append: (change) => commitChange(target, { ...change, removes: [], dataChange: true }),
    changeFiles: (change) => commitChange(target, change),
    fieldIds: () => fieldIdsOf(table, state.metadata.schemaString),
  };
}

/** As `loadTable`, but creates the table when there is none. */
export async function openTable(
  store: ObjectStore,
  spec: TableSpec,
  clock: Clock,
  readCheckpoint?: CheckpointReader,
  upkeep?: LogUpkeepDeps,
): Promise<DeltaTable> {
  const load = () => loadTable(store, spec, clock, readCheckpoint, upkeep);
  const found = await load();
  if (found) return found;
  // Losing this race is fine: the table is there, and whether it fits is checked when it is loaded.
  await store.putIfAbsent(commitPath(spec.path, 0), firstCommit(spec, clock.nowMs()));
  const created = await load();
  if (created) return created;
  throw new SetupError(
    'lake_denied',
    `${spec.path}: version 0 was written to ${store.address} but cannot be read`,
  );
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
  return encodeCommit(info, { ...NOTHING, protocol: PROTOCOL, metadata });
}

function partitionColumnsOf({ path, columns, partitionBy }: TableSpec): readonly string[] {
  if (partitionBy === null) return [];
  if (!columns.some(({ name }) => name === partitionBy)) {
    throw new Error(`${path}: partition column ${partitionBy} is not among its columns`);
  }
  return [partitionBy];
}

/**
 * Adds the columns and properties that the table lacks. Another version of this service may be at it too: whoever loses
 * sees what the other did and goes on.
 */
async function evolve(spec: TableSpec, target: CommitTarget): Promise<void> {
  for (;;) {
    const { metadata } = target.state;
    const schemaString = requireWritable(spec, target.state);
    const isComplete = Object.entries(spec.properties).every(
      ([name, value]) => metadata.configuration[name] === value,
    );
    if (schemaString === null && isComplete) return;
    const operation = schemaString === null ? 'SET TBLPROPERTIES' : 'UPDATE SCHEMA';
    await tryCommit(
      target,
      { operation, operationParameters: {}, txnId: randomUUID() },
      {
        metadata: {
          ...metadata,
          schemaString: schemaString ?? metadata.schemaString,
          configuration: { ...metadata.configuration, ...spec.properties },
        },
      },
    );
  }
}

/** Throws when the table does not take what `spec` writes. Returns the schema it must have first, null when it has. */
function requireWritable(spec: TableSpec, { protocol, metadata }: LogState): string | null {
  requireAppendable(spec.path, protocol, metadata);
  requireWriter(spec, metadata);
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
