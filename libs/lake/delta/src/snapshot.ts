import { GondolaError, type ObjectStore } from '@gondola/stream';
import type { AddFile } from './actions.js';
import { loadCheckpoint, type CheckpointReader } from './checkpoint.js';
import {
  commitPath,
  listLogSegment,
  listVersions,
  LogFileGoneError,
  readCommit,
  readCommits,
} from './log-segment.js';
import {
  applyActions,
  applyCommit,
  emptyState,
  snapshotOf,
  type LogState,
  type TableSnapshot,
} from './log-state.js';
import { requireEnvironmentOf } from './environment.js';
import { requireReadable } from './protocol.js';

/** Times that a log is listed anew because another process cleaned what the last listing showed. */
const LISTINGS_MAX = 3;

/**
 * The table as it stands now or stood at `version`; null when there is none. Throws `environment_mismatch` when it is not of the
 * environment in whose folder it lies, `input_invalid` when there is no such version yet, `position_gap` when it was cleaned
 * away, `lake_corrupt` naming the file that cannot be read.
 */
export async function readSnapshot(
  store: ObjectStore,
  table: string,
  readCheckpoint?: CheckpointReader,
  { version }: { readonly version?: number } = {},
): Promise<TableSnapshot | null> {
  const state = await loadState(store, table, readCheckpoint, version);
  return state && snapshotOf(state);
}

/** What one version brought. */
export interface TableChanges {
  readonly version: number;
  readonly added: readonly AddFile[];
  /** Rows were taken out of the table, not only moved. */
  readonly hasRemoved: boolean;
}

/**
 * What was added after `version` (-1: from the beginning), for readers that tail. Files that only rearrange rows
 * (compaction) are left out. Throws `position_gap` when those versions were cleaned away: read a snapshot instead.
 */
export async function changesSince(
  store: ObjectStore,
  table: string,
  version: number,
): Promise<TableChanges[]> {
  const changes: TableChanges[] = [];
  for (let next = version + 1; ; next++) {
    const commit = await readCommit(store, table, next);
    if (!commit) break;
    if (commit.protocol) requireReadable(table, commit.protocol);
    changes.push({
      version: next,
      added: commit.adds.filter((file) => file.dataChange),
      hasRemoved: commit.removes.some((file) => file.dataChange),
    });
  }
  if (changes.length === 0 && (await isCleaned(store, table, version))) {
    throw new GondolaError(
      'position_gap',
      `${table}: the log no longer holds what came after version ${version}`,
      false,
    );
  }
  return changes;
}

/** A log is cleaned from its beginning: if the version we stand on is gone, later ones may be gone too. */
async function isCleaned(store: ObjectStore, table: string, version: number): Promise<boolean> {
  if (version >= 0) return (await store.get(commitPath(table, version))) === null;
  const { commits, checkpoints } = await listVersions(store, table);
  return commits[0] !== 0 && commits.length + checkpoints.length > 0;
}

/** Replays the log from its newest checkpoint, up to `version` or to its end. Null when there is no table. */
export async function loadState(
  store: ObjectStore,
  table: string,
  readCheckpoint?: CheckpointReader,
  version?: number,
): Promise<LogState | null> {
  for (let listing = 1; ; listing++) {
    try {
      return await replay(store, table, readCheckpoint, version);
    } catch (error) {
      if (!(error instanceof LogFileGoneError) || listing === LISTINGS_MAX) throw error;
    }
  }
}

async function replay(
  store: ObjectStore,
  table: string,
  readCheckpoint?: CheckpointReader,
  until?: number,
): Promise<LogState | null> {
  const segment = await listLogSegment(store, table, { useCheckpoint: readCheckpoint !== undefined, until });
  if (!segment) return null;
  const state = emptyState();
  if (segment.checkpoint && readCheckpoint) {
    const commit = await loadCheckpoint(store, segment.checkpoint, readCheckpoint);
    applyActions(state, commit, segment.checkpoint.version);
    if (commit.protocol) requireReadable(table, commit.protocol);
  }
  for await (const { version, commit } of readCommits(store, table, segment.commits)) {
    if (commit.protocol) requireReadable(table, commit.protocol);
    applyActions(state, commit, version);
  }
  const { protocol, metadata } = state;
  if (!protocol || !metadata) {
    const lacking = protocol ? 'metaData' : 'protocol';
    throw new GondolaError('lake_corrupt', `${table}: its log has no ${lacking} action`, false);
  }
  requireEnvironmentOf(table, metadata);
  if (until !== undefined && state.version !== until) {
    const message = `${table} has no version ${until}: the newest is ${state.version}`;
    throw new GondolaError('input_invalid', message, false);
  }
  return { ...state, protocol, metadata };
}

/** Takes in versions that others committed. Returns the number of new versions. */
export async function refreshState(
  store: ObjectStore,
  table: string,
  state: LogState,
  readCheckpoint?: CheckpointReader,
): Promise<number> {
  const before = state.version;
  for (;;) {
    const version = state.version + 1;
    const commit = await readCommit(store, table, version);
    if (!commit) break;
    if (commit.protocol) requireReadable(table, commit.protocol);
    applyCommit(state, commit, version);
  }
  // Another process may clean meanwhile. It goes upwards, so if the version we came from is there still, what came after
  // it was there too, and the next one is free. Otherwise start over from a checkpoint.
  if ((await store.get(commitPath(table, before))) === null)
    await reloadState(store, table, state, before, readCheckpoint);
  return state.version - before;
}

/** What came after version `sure` may be a commit that landed where the log was cleaned, and count for nothing. */
async function reloadState(
  store: ObjectStore,
  table: string,
  state: LogState,
  sure: number,
  readCheckpoint?: CheckpointReader,
): Promise<void> {
  const before = state.version;
  const loaded = await loadState(store, table, readCheckpoint);
  if (loaded?.metadata.id !== state.metadata.id || loaded.version < before) {
    throw new GondolaError(
      'lake_corrupt',
      `${commitPath(table, before)} is gone: the table was deleted or replaced while this process held it open`,
      false,
    );
  }
  // Another caller in this process was faster.
  if (loaded.version < state.version) return;
  // Own commits stay known by their ids, which checkpoints do not hold.
  const known = [...state.commitIds].filter(([, version]) => version <= sure);
  const commitIds = new Map([...known, ...loaded.commitIds]);
  Object.assign(state, loaded, { commitIds });
}
