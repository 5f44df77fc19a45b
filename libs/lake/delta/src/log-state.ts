import type { AddFile, Commit, Protocol, RemoveFile, TableMetadata, Transaction } from './actions.js';

/** A table at one version. */
export interface TableSnapshot {
  readonly version: number;
  /** Live files, oldest first. `dataChange` is false for all: their rows are in the table. */
  readonly files: readonly AddFile[];
  /** Files that are no longer live, but may still be in the store and be read by others. */
  readonly tombstones: readonly RemoveFile[];
  /** Application -> how far it has come. */
  readonly transactions: ReadonlyMap<string, bigint>;
  readonly metadata: TableMetadata;
}

/** Own commits remembered by id, so that a repeated append is recognised; more than any caller has in flight. */
const COMMIT_IDS_MAX = 1024;

/** What replaying a log has come to. Changes in place: a commit costs its own size, not the table's. */
export interface LogState {
  version: number;
  protocol: Protocol;
  metadata: TableMetadata;
  /** By path. */
  readonly files: Map<string, AddFile>;
  readonly tombstones: Map<string, RemoveFile>;
  /** By application. */
  readonly transactions: Map<string, Transaction>;
  /** txnId -> version, of the newest commits. */
  readonly commitIds: Map<string, number>;
}

/** Before the first version: not yet a table. */
export type EmptyState = Omit<LogState, 'protocol' | 'metadata'> & Partial<LogState>;

export const emptyState = (): EmptyState => ({
  version: -1,
  files: new Map(),
  tombstones: new Map(),
  transactions: new Map(),
  commitIds: new Map(),
});

/** Applies the next version; one that was applied already changes nothing. */
export function applyCommit(state: LogState, commit: Commit, version: number): void {
  if (version === state.version + 1) applyActions(state, commit, version);
}

export function applyActions(state: EmptyState, commit: Commit, version: number): void {
  state.version = version;
  if (commit.protocol) state.protocol = commit.protocol;
  if (commit.metadata) state.metadata = commit.metadata;
  for (const transaction of commit.transactions) state.transactions.set(transaction.appId, transaction);
  for (const file of commit.removes) {
    state.files.delete(file.path);
    state.tombstones.set(file.path, file);
  }
  for (const file of commit.adds) {
    // Deleted first, so that a file that is added again counts as new.
    state.files.delete(file.path);
    state.files.set(file.path, file.dataChange ? { ...file, dataChange: false } : file);
    state.tombstones.delete(file.path);
  }
  if (commit.txnId === null) return;
  state.commitIds.set(commit.txnId, version);
  if (state.commitIds.size <= COMMIT_IDS_MAX) return;
  for (const oldest of state.commitIds.keys()) {
    state.commitIds.delete(oldest);
    break;
  }
}

/** Forgets the files that were removed before `expiredMs`, which a long-lived writer would gather for ever. */
export function forgetTombstones(state: LogState, expiredMs: number): void {
  for (const [path, { deletionTimestamp }] of state.tombstones)
    if ((deletionTimestamp ?? 0) < expiredMs) state.tombstones.delete(path);
}

export function snapshotOf(state: LogState): TableSnapshot {
  const { version, files, tombstones, transactions, metadata } = state;
  return {
    version,
    files: [...files.values()],
    tombstones: [...tombstones.values()],
    transactions: new Map([...transactions.values()].map((txn) => [txn.appId, txn.version])),
    metadata,
  };
}
