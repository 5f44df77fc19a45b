import { GondolaError, type ObjectStore } from '@gondola/stream';
import {
  addOf,
  metadataOf,
  protocolOf,
  type AddFile,
  type Commit,
  type Protocol,
  type TableMetadata,
} from './actions.js';
import {
  checkpointPath,
  commitPath,
  listLogSegment,
  listVersions,
  readCommit,
  readCommits,
} from './log-segment.js';
import { requireReadable } from './protocol.js';

/** A table at one version. */
export interface TableSnapshot {
  readonly version: number;
  /** Live files, oldest first. */
  readonly files: readonly AddFile[];
  /** Application -> how far it has come. */
  readonly transactions: ReadonlyMap<string, bigint>;
  readonly metadata: TableMetadata;
}

/** Rows of a checkpoint file (`readParquet` of `@gondola/lake-parquet`): needed for tables whose log was cleaned. */
export type CheckpointReader = (bytes: Uint8Array) => Promise<readonly Record<string, unknown>[]>;

/** Own commits remembered by id, so that a repeated append is recognised; more than any caller has in flight. */
const COMMIT_IDS_MAX = 1024;

/** What replaying a log has come to. Changes in place: a commit costs its own size, not the table's. */
export interface LogState {
  version: number;
  protocol: Protocol;
  metadata: TableMetadata;
  readonly files: Map<string, AddFile>;
  readonly transactions: Map<string, bigint>;
  /** txnId -> version, of the newest commits. */
  readonly commitIds: Map<string, number>;
}

/** The table as it stands now, null when there is none. */
export async function readSnapshot(
  store: ObjectStore,
  table: string,
  readCheckpoint?: CheckpointReader,
): Promise<TableSnapshot | null> {
  const state = await loadState(store, table, readCheckpoint);
  return state && snapshotOf(state);
}

/**
 * What was added after `version` (-1: from the beginning), for readers that tail. Files that only rearrange rows
 * (compaction) are left out. Throws `position_gap` when those versions were cleaned away: read a snapshot instead.
 */
export async function changesSince(
  store: ObjectStore,
  table: string,
  version: number,
): Promise<{ version: number; added: readonly AddFile[] }[]> {
  const changes: { version: number; added: readonly AddFile[] }[] = [];
  for (let next = version + 1; ; next++) {
    const commit = await readCommit(store, table, next);
    if (!commit) break;
    if (commit.protocol) requireReadable(table, commit.protocol);
    changes.push({ version: next, added: commit.adds.filter((file) => file.dataChange) });
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

/** Replays the whole log, null when there is no table. */
export async function loadState(
  store: ObjectStore,
  table: string,
  readCheckpoint?: CheckpointReader,
): Promise<LogState | null> {
  const segment = await listLogSegment(store, table, readCheckpoint !== undefined);
  if (!segment) return null;
  const replay: Partial<Pick<LogState, 'protocol' | 'metadata'>> & Omit<LogState, 'protocol' | 'metadata'> = {
    version: -1,
    files: new Map(),
    transactions: new Map(),
    commitIds: new Map(),
  };
  if (segment.checkpoint !== null && readCheckpoint) {
    const path = checkpointPath(table, segment.checkpoint);
    const bytes = await store.get(path);
    if (!bytes) throw new GondolaError('lake_corrupt', `${path} is gone`, false);
    applyActions(replay, decodeCheckpoint(await readCheckpoint(bytes)), segment.checkpoint);
  }
  for await (const { version, commit } of readCommits(store, table, segment.commits)) {
    if (commit.protocol) requireReadable(table, commit.protocol);
    applyActions(replay, commit, version);
  }
  const { protocol, metadata } = replay;
  if (!protocol || !metadata) {
    throw new GondolaError(
      'lake_corrupt',
      `${table}: its log has no ${protocol ? 'metaData' : 'protocol'} action`,
      false,
    );
  }
  requireReadable(table, protocol);
  return { ...replay, protocol, metadata };
}

/** Takes in versions that others committed. Returns the number of new versions. */
export async function refreshState(store: ObjectStore, table: string, state: LogState): Promise<number> {
  const before = state.version;
  for (;;) {
    const version = state.version + 1;
    const commit = await readCommit(store, table, version);
    if (!commit) break;
    if (commit.protocol) requireReadable(table, commit.protocol);
    applyCommit(state, commit, version);
  }
  if (state.version === before && (await isCleaned(store, table, before))) {
    throw new GondolaError(
      'lake_corrupt',
      `${commitPath(table, before)} is gone: the table was deleted or its log cleaned while this process held it open`,
      false,
    );
  }
  return state.version - before;
}

/** Applies the next version; one that was applied already changes nothing. */
export function applyCommit(state: LogState, commit: Commit, version: number): void {
  if (version === state.version + 1) applyActions(state, commit, version);
}

export function snapshotOf({ version, files, transactions, metadata }: LogState): TableSnapshot {
  return { version, files: [...files.values()], transactions: new Map(transactions), metadata };
}

function applyActions(
  state: Omit<LogState, 'protocol' | 'metadata'> & Partial<LogState>,
  commit: Commit,
  version: number,
): void {
  state.version = version;
  if (commit.protocol) state.protocol = commit.protocol;
  if (commit.metadata) state.metadata = commit.metadata;
  for (const { appId, version: reached } of commit.transactions) state.transactions.set(appId, reached);
  for (const path of commit.removes) state.files.delete(path);
  for (const file of commit.adds) state.files.set(file.path, file);
  if (commit.txnId === null) return;
  state.commitIds.set(commit.txnId, version);
  if (state.commitIds.size <= COMMIT_IDS_MAX) return;
  for (const oldest of state.commitIds.keys()) {
    state.commitIds.delete(oldest);
    break;
  }
}

/** One row per action; a checkpoint lists live files only, its `remove` rows are for clean-up. */
function decodeCheckpoint(rows: readonly Record<string, unknown>[]): Commit {
  const present = (name: string) => rows.map((row) => row[name]).filter((action) => action != null);
  const transactions = present('txn') as { appId: string; version: bigint }[];
  const [metadata] = present('metaData');
  const [protocol] = present('protocol');
  return {
    txnId: null,
    protocol: protocol ? protocolOf(protocol) : null,
    metadata: metadata ? metadataOf(metadata) : null,
    transactions: transactions.map(({ appId, version }) => ({ appId, version })),
    adds: present('add').map(addOf),
    removes: [],
  };
}
