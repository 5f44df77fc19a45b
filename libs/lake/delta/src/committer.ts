import { randomUUID } from 'node:crypto';
import { FencedError, GondolaError, type Clock, type ObjectStore } from '@gondola/stream';
import { encodeCommit, NOTHING, type AddFile, type Commit, type CommitInfo } from './actions.js';
import { commitPath } from './log-segment.js';
import { applyCommit, refreshState, type LogState } from './snapshot.js';

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
  /** For people who read the table's history. */
  readonly operation: string;
  readonly operationParameters?: Readonly<Record<string, string>>;
  /**
   * Names this change. A caller that repeats `append` after a retriable error gives the same id again: if the
   * first attempt reached the log after all, it is recognised and nothing is written twice.
   */
  readonly id?: string;
}

/** Lost races before a commit gives up: each means that another writer got through. */
const ATTEMPTS_MAX = 10_000;

export interface CommitTarget {
  readonly store: ObjectStore;
  readonly table: string;
  readonly clock: Clock;
  readonly state: LogState;
  /** Throws when the table, which others may have changed, no longer takes what we write. */
  readonly requireWritable: () => void;
}

/**
 * Appends optimistically: writes the version after the one it knows, and when another writer was faster, takes in
 * what that one did and tries again. Returns the version. Throws `FencedError` when a position is not the expected.
 */
export async function append(target: CommitTarget, change: TableChange): Promise<number> {
  const { table, state, requireWritable } = target;
  const { files, transactions, operation, operationParameters = {}, id = randomUUID() } = change;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const done = state.commitIds.get(id);
    if (done !== undefined) return done;
    requireWritable();
    requireExpected(table, state, transactions);
    const info = { operation, operationParameters, txnId: id };
    const version = await tryCommit(target, info, { adds: files, transactions });
    if (version !== null) return version;
  }
  throw new GondolaError(
    'lake_unavailable',
    `${table}: ${ATTEMPTS_MAX} attempts to commit lost to other writers`,
    true,
  );
}

/** One attempt at the next version. Null when it is taken; what the others did is taken in then. */
export async function tryCommit(
  { store, table, clock, state }: CommitTarget,
  info: Omit<CommitInfo, 'timestamp'>,
  actions: Partial<Commit>,
): Promise<number | null> {
  const version = state.version + 1;
  const nowMs = clock.nowMs();
  const commit = { ...NOTHING, ...actions, txnId: info.txnId };
  const bytes = encodeCommit({ timestamp: nowMs, ...info }, commit, nowMs);
  if (await store.putIfAbsent(commitPath(table, version), bytes)) {
    applyCommit(state, commit, version);
    return version;
  }
  await refreshState(store, table, state);
  return null;
}

/** Compared for equality, not order: that is what keeps out a writer that was replaced and does not know it. */
function requireExpected(table: string, state: LogState, transactions: readonly TransactionUpdate[]): void {
  for (const { appId, expected } of transactions) {
    const found = state.transactions.get(appId) ?? null;
    if (found !== expected) throw new FencedError(table, appId, positionText(expected), positionText(found));
  }
}

const positionText = (position: bigint | null): string =>
  position === null ? 'nothing yet' : String(position);
