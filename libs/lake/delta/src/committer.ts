import { randomUUID } from 'node:crypto';
import { FencedError, GondolaError, type Clock, type ColumnSpec, type ObjectStore } from '@gondola/stream';
import {
  encodeCommit,
  NOTHING,
  type AddFile,
  type Commit,
  type CommitInfo,
  type RemoveFile,
  type TableMetadata,
} from './actions.js';
import type { CheckpointReader } from './checkpoint.js';
import { commitPath } from './log-segment.js';
import { applyCommit, type LogState } from './log-state.js';
import { LOG_RETENTION_MS_MIN } from './log-cleanup.js';
import type { LogUpkeep } from './log-upkeep.js';
import { requireRemovable } from './protocol.js';
import { widenedSchema } from './schema.js';
import { refreshState } from './snapshot.js';

/** Moves the position that `appId` has in this table. */
export interface TransactionUpdate {
  readonly appId: string;
  /** What the table must say now; null: nothing yet. */
  readonly expected: bigint | null;
  readonly version: bigint;
}

export interface TableChange {
  readonly files: readonly AddFile[];
  readonly transactions: readonly TransactionUpdate[];
  /** What the table must say as well, and what stays as it is. */
  readonly expects?: readonly Omit<TransactionUpdate, 'version'>[];
  /** For people who read the table's history. */
  readonly operation: string;
  readonly operationParameters?: Readonly<Record<string, string>>;
  /**
   * Names this change. A caller that repeats it after a retriable error gives the same id again: if the first
   * attempt reached the log after all, it is recognised and nothing is written twice.
   */
  readonly id?: string;
}

export interface FileChange extends TableChange {
  /** Live files, as a snapshot listed them, whose place `files` take. */
  readonly removes: readonly AddFile[];
  /** False when `files` hold the very rows of `removes` (compaction): readers that tail pass over such a version. */
  readonly dataChange: boolean;
  /** Columns that get their wider type in this version. Then `removes` must be all files of the table. */
  readonly widen?: readonly ColumnSpec[];
}

/** Lost races before a commit gives up: each means that another writer got through. */
const ATTEMPTS_MAX = 10_000;

export interface CommitTarget {
  readonly store: ObjectStore;
  readonly table: string;
  readonly clock: Clock;
  readonly state: LogState;
  /** When the version after the state's was last known to be free, in milliseconds since 1970. */
  currentMs: number;
  readonly readCheckpoint?: CheckpointReader;
  readonly upkeep?: LogUpkeep;
  /**
   * Throws when the table, which others may have changed, no longer takes what we write. Returns the schema it must have
   * first, null when it has.
   */
  readonly requireWritable: () => string | null;
}

/**
 * Commits optimistically: writes the version after the one it knows, and when another writer was faster, takes in
 * what that one did and tries again. Returns the version. Throws `FencedError` when a position is not the expected,
 * and `commit_conflict` when a file to be removed is no longer there as it was, or, where types widen, one has come.
 */
export async function commitChange(target: CommitTarget, change: FileChange): Promise<number> {
  const { table, state, clock, requireWritable } = target;
  const { operation, operationParameters = {}, id = randomUUID() } = change;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    // The version after the one we know may have been taken and cleaned away while we were idle: it would look free.
    if (isStale(clock, target.currentMs)) await refresh(target);
    const done = state.commitIds.get(id);
    if (done !== undefined) return done;
    const schemaString = requireWritable();
    if (change.dataChange && change.removes.length > 0) requireRemovable(table, state.metadata);
    requireExpected(table, state, [...change.transactions, ...(change.expects ?? [])]);
    requireLive(table, state, change.removes);
    const info = { operation, operationParameters, txnId: id };
    const evolved = schemaString === null ? state.metadata : { ...state.metadata, schemaString };
    const metadata = change.widen ? widened(table, state, evolved, change, change.widen) : evolved;
    const version = await tryCommit(target, info, {
      ...actionsOf(change, clock.nowMs()),
      metadata: metadata === state.metadata ? null : metadata,
    });
    if (version !== null) return version;
  }
  throw new GondolaError(
    'lake_unavailable',
    `${table}: ${ATTEMPTS_MAX} attempts to commit lost to other writers`,
    true,
  );
}

/** One attempt at the next version. Null when it is taken or was cleaned away; what the others did is taken in then. */
export async function tryCommit(
  target: CommitTarget,
  info: Omit<CommitInfo, 'timestamp'>,
  actions: Partial<Commit>,
): Promise<number | null> {
  const { store, table, clock, state, upkeep, currentMs } = target;
  const version = state.version + 1;
  const nowMs = clock.nowMs();
  const commit = { ...NOTHING, ...actions, txnId: info.txnId };
  const bytes = encodeCommit({ timestamp: nowMs, ...info }, commit);
  const isTaken = !(await store.putIfAbsent(commitPath(table, version), bytes));
  if (!isTaken && !(await isBehindLog(target, version, currentMs))) {
    applyCommit(state, commit, version);
    target.currentMs = nowMs;
    await upkeep?.committed(state, version);
    return version;
  }
  await refresh(target);
  return null;
}

const isStale = (clock: Clock, currentMs: number): boolean =>
  clock.nowMs() - currentMs > LOG_RETENTION_MS_MIN / 2;

/**
 * Whether `version`, just written, may have landed where the log was cleaned, because this process stood still on the
 * way (a suspended machine); it is taken back then. Should it have counted after all, it is in a checkpoint, and the
 * next attempt fails on the positions or files that it moved.
 */
async function isBehindLog(
  { store, table, clock }: CommitTarget,
  version: number,
  currentMs: number,
): Promise<boolean> {
  if (!isStale(clock, currentMs) || (await store.get(commitPath(table, version - 1)))) return false;
  await store.delete(commitPath(table, version));
  return true;
}

/** Takes in what others committed. */
export async function refresh(target: CommitTarget): Promise<void> {
  const nowMs = target.clock.nowMs();
  await refreshState(target.store, target.table, target.state, target.readCheckpoint);
  target.currentMs = nowMs;
}

function actionsOf({ files, removes, dataChange, transactions }: FileChange, nowMs: number): Partial<Commit> {
  return {
    transactions: transactions.map(({ appId, version }) => ({ appId, version, lastUpdated: nowMs })),
    removes: removes.map(({ path, partitionValues, size }): RemoveFile => ({
      path,
      deletionTimestamp: nowMs,
      dataChange,
      partitionValues,
      size,
    })),
    adds: files.map((file) => ({ ...file, dataChange })),
  };
}

/** Compared for equality, not order: that is what keeps out a writer that was replaced and does not know it. */
function requireExpected(
  table: string,
  state: LogState,
  transactions: readonly Omit<TransactionUpdate, 'version'>[],
): void {
  for (const { appId, expected } of transactions) {
    const found = state.transactions.get(appId)?.version ?? null;
    if (found !== expected) throw new FencedError(table, appId, positionText(expected), positionText(found));
  }
}

const positionText = (position: bigint | null): string =>
  position === null ? 'nothing yet' : String(position);

function widened(
  table: string,
  state: LogState,
  metadata: TableMetadata,
  { removes }: FileChange,
  columns: readonly ColumnSpec[],
): TableMetadata {
  if (removes.length === state.files.size)
    return { ...metadata, schemaString: widenedSchema(table, columns, metadata.schemaString) };
  const message = `${table}: another writer added files of the narrow type before version ${state.version + 1}`;
  throw new GondolaError('commit_conflict', message, true);
}

/** What was read from these files is what the new ones hold, so they must be in the table still, and the same. */
function requireLive(table: string, state: LogState, removes: readonly AddFile[]): void {
  for (const { path, size, modificationTime } of removes) {
    const live = state.files.get(path);
    if (live?.size === size && live.modificationTime === modificationTime) continue;
    const fate = live ? 'replaced' : 'removed';
    const message = `${table}: ${path} was ${fate} by another writer before version ${state.version + 1}`;
    throw new GondolaError('commit_conflict', message, true);
  }
}
