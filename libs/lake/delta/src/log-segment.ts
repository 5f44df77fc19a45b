import { GondolaError, SetupError, type ObjectStore } from '@gondola/stream';
import { decodeCommit, type Commit } from './actions.js';

const COMMIT_NAME = /^(\d{20})\.json$/;
const CHECKPOINT_NAME = /^(\d{20})\.checkpoint\.parquet$/;

/** Commits read at the same time when a table is opened. */
const READS_MAX = 32;

/** Which files of a log make up the table: a checkpoint, if one is needed, and every commit after it. */
export interface LogSegment {
  /** Version of the checkpoint to start from, null to start from version 0. */
  readonly checkpoint: number | null;
  /** Contiguous, ascending. */
  readonly commits: readonly number[];
}

const inTable = (table: string, path: string): string => (table === '' ? path : `${table}/${path}`);
export const commitPath = (table: string, version: number): string =>
  inTable(table, `_delta_log/${versionName(version)}.json`);
export const checkpointPath = (table: string, version: number): string =>
  inTable(table, `_delta_log/${versionName(version)}.checkpoint.parquet`);

const versionName = (version: number): string => String(version).padStart(20, '0');

/**
 * Null when there is no table. Throws `lake_corrupt` when a version between two others is missing, and
 * `table_unsupported` when the log does not reach back to version 0 and no checkpoint may be (or can be) used.
 */
export async function listLogSegment(
  store: ObjectStore,
  table: string,
  useCheckpoint: boolean,
): Promise<LogSegment | null> {
  const { commits, checkpoints } = await listVersions(store, table);
  if (commits.length === 0 && checkpoints.length === 0) return null;

  const checkpoint = useCheckpoint ? (checkpoints.at(-1) ?? null) : null;
  const first = checkpoint === null ? 0 : checkpoint + 1;
  const last = commits.at(-1) ?? -1;
  const listed = new Set(commits);
  const wanted: number[] = [];
  for (let version = first; version <= last; version++) {
    // A listing made while others commit may show a version and not the one before it: ask before complaining.
    if (!listed.has(version) && !(await store.get(commitPath(table, version))))
      throw missing(table, version, last);
    wanted.push(version);
  }
  if (checkpoint === null && wanted.length === 0) throw missing(table, 0, last);
  return { checkpoint, commits: wanted };
}

function missing(table: string, version: number, last: number): GondolaError {
  const path = commitPath(table, version);
  if (version > 0)
    return new GondolaError('lake_corrupt', `${path} is missing, but version ${last} is there`, false);
  return new SetupError(
    'table_unsupported',
    `${table}: ${path} is not there and there is no single-file checkpoint to start from instead`,
  );
}

/** Ascending. */
export async function listVersions(store: ObjectStore, table: string) {
  const commits: number[] = [];
  const checkpoints: number[] = [];
  for (const { path } of await store.list(inTable(table, '_delta_log'))) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const commit = COMMIT_NAME.exec(name);
    const checkpoint = CHECKPOINT_NAME.exec(name);
    if (commit) commits.push(Number(commit[1]));
    if (checkpoint) checkpoints.push(Number(checkpoint[1]));
  }
  return { commits, checkpoints };
}

/** Null when this version does not exist (yet). */
export async function readCommit(store: ObjectStore, table: string, version: number): Promise<Commit | null> {
  const path = commitPath(table, version);
  const bytes = await store.get(path);
  return bytes && decodeCommit(bytes, path);
}

/** Reads listed commits in order, several at a time. */
export async function* readCommits(store: ObjectStore, table: string, versions: readonly number[]) {
  for (let start = 0; start < versions.length; start += READS_MAX) {
    const group = versions.slice(start, start + READS_MAX);
    const commits = await Promise.all(group.map((version) => readCommit(store, table, version)));
    for (const [index, commit] of commits.entries()) {
      if (!commit)
        throw new GondolaError('lake_corrupt', `${commitPath(table, group[index])} is gone`, false);
      yield { version: group[index], commit };
    }
  }
}
