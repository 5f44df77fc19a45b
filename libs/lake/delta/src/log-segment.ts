import { GondolaError, SetupError, type ObjectInfo, type ObjectStore } from '@gondola/stream';
import { decodeCommit, type Commit } from './actions.js';

const COMMIT_NAME = /^(\d{20})\.json$/;
/** Classic checkpoints: in one file, or in parts that say how many they are. */
const CHECKPOINT_NAME = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/;
/** Checkpoints of version 2 with a name of their own: only with a table feature that we refuse. */
const NAMED_CHECKPOINT = /^\d{20}\.checkpoint\.[-\da-f]{36}\.(json|parquet)$/;

/** Commits read at the same time when a table is opened. */
const READS_MAX = 32;

export interface CheckpointFiles {
  readonly version: number;
  /** Paths of its parts, in order. */
  readonly paths: readonly string[];
}

/** Which files of a log make up the table: a checkpoint, if one is needed, and every commit after it. */
export interface LogSegment {
  /** Null to start from version 0. */
  readonly checkpoint: CheckpointFiles | null;
  /** Contiguous, ascending. */
  readonly commits: readonly number[];
}

export interface SegmentOptions {
  /** False when nobody can read checkpoints: then all commits are needed. */
  readonly useCheckpoint: boolean;
  /** The newest version that is wanted; the newest there is when left out. */
  readonly until?: number;
}

/** A file of the log that a moment ago was there, or must be: reading the log anew tells which of the two. */
export class LogFileGoneError extends GondolaError {
  constructor(message: string) {
    super('lake_corrupt', message, false);
    this.name = 'LogFileGoneError';
  }
}

const inTable = (table: string, path: string): string => (table === '' ? path : `${table}/${path}`);
export const logFolder = (table: string): string => inTable(table, '_delta_log');
export const commitPath = (table: string, version: number): string =>
  inTable(table, `_delta_log/${versionName(version)}.json`);
export const checkpointPath = (table: string, version: number): string =>
  inTable(table, `_delta_log/${versionName(version)}.checkpoint.parquet`);
const hintPath = (table: string): string => inTable(table, '_delta_log/_last_checkpoint');

const versionName = (version: number): string => String(version).padStart(20, '0');

/**
 * Null when there is no table. Throws `LogFileGoneError` (`lake_corrupt`) when a version between two others is missing
 * or nothing is left to start from, `table_unsupported` when only a checkpoint that we cannot read would do, and
 * `position_gap` when what is wanted is older than the log.
 */
export async function listLogSegment(
  store: ObjectStore,
  table: string,
  { useCheckpoint, until = Infinity }: SegmentOptions,
): Promise<LogSegment | null> {
  const hint = useCheckpoint ? await readHint(store, table) : null;
  let listing = await listVersions(store, table, hint !== null && hint <= until ? hint : 0);
  const usable = () => listing.checkpoints.findLast(({ version }) => version <= until) ?? null;
  // A hint may be old, or name a checkpoint that was cleaned away: then the whole log says what there is.
  if (hint !== null && !usable()) listing = await listVersions(store, table);
  if (listing.commits.length === 0 && listing.checkpoints.length === 0) return null;

  const checkpoint = useCheckpoint ? usable() : null;
  if (checkpoint === null) await requireWhole(store, table, listing, { useCheckpoint, until });
  const listed = new Set(listing.commits);
  const last = Math.min(until, listing.commits.at(-1) ?? -1);
  const wanted: number[] = [];
  for (let version = checkpoint === null ? 0 : checkpoint.version + 1; version <= last; version++) {
    // A listing made while others commit may show a version and not the one before it: ask before complaining.
    if (!listed.has(version) && !(await store.get(commitPath(table, version))))
      throw new LogFileGoneError(
        `${commitPath(table, version)} is missing, but version ${listing.commits.at(-1)} is there`,
      );
    wanted.push(version);
  }
  return { checkpoint, commits: wanted };
}

/** Throws, saying why, when the log cannot be replayed from version 0. */
async function requireWhole(
  store: ObjectStore,
  table: string,
  { commits, checkpoints, namedCheckpoint }: LogListing,
  { useCheckpoint, until }: Required<SegmentOptions>,
): Promise<void> {
  if (commits[0] === 0 || (await store.get(commitPath(table, 0)))) return;
  const oldest = commits[0] ?? checkpoints[0]?.version;
  if (useCheckpoint && (checkpoints[0]?.version ?? 0) > until)
    throw new GondolaError(
      'position_gap',
      `${table}: version ${until} was cleaned away; the oldest is ${checkpoints[0]?.version}`,
      false,
    );
  const begins = `${table}: its log begins with version ${oldest}, and there is`;
  if (namedCheckpoint !== null)
    throw new SetupError('table_unsupported', `${begins} only ${namedCheckpoint}, which is not supported`);
  if (useCheckpoint) throw new LogFileGoneError(`${begins} no whole checkpoint to start from`);
  throw new SetupError('table_unsupported', `${begins} no reader of checkpoints here`);
}

export interface LogListing {
  /** Ascending. */
  readonly commits: readonly number[];
  /** Those with all their parts, ascending. */
  readonly checkpoints: readonly CheckpointFiles[];
  /** Path of a checkpoint that we cannot read. */
  readonly namedCheckpoint: string | null;
}

/** What is in the log, from version `from` on. */
export async function listVersions(store: ObjectStore, table: string, from = 0): Promise<LogListing> {
  return versionsOf(await store.list(logFolder(table), from === 0 ? undefined : versionName(from)));
}

/** Of the objects in a log's folder, in name order. */
export function versionsOf(objects: readonly ObjectInfo[]): LogListing {
  const commits: number[] = [];
  const parts = new Map<string, { version: number; of: number; paths: string[] }>();
  let namedCheckpoint: string | null = null;
  for (const { path } of objects) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const commit = COMMIT_NAME.exec(name);
    if (commit) commits.push(Number(commit[1]));
    if (NAMED_CHECKPOINT.test(name)) namedCheckpoint = path;
    const [, version, , of = '1'] = CHECKPOINT_NAME.exec(name) ?? [];
    if (version === undefined) continue;
    const checkpoint = parts.get(`${version}/${of}`) ?? {
      version: Number(version),
      of: Number(of),
      paths: [],
    };
    checkpoint.paths.push(path);
    parts.set(`${version}/${of}`, checkpoint);
  }
  const checkpoints = [...parts.values()].filter(({ paths, of }) => paths.length === of);
  return { commits, checkpoints, namedCheckpoint };
}

/** Version of the newest checkpoint, as far as `_last_checkpoint` knows; null when it does not say. */
export async function readHint(store: ObjectStore, table: string): Promise<number | null> {
  const bytes = await store.get(hintPath(table));
  if (!bytes) return null;
  try {
    const { version } = JSON.parse(new TextDecoder().decode(bytes)) as { version: unknown };
    return Number.isSafeInteger(version) && Number(version) >= 0 ? Number(version) : null;
  } catch {
    // Only a shortcut: the checkpoints themselves are found by listing.
    return null;
  }
}

/** `size`: actions; `bytes`: of the file; `adds`: live files. */
export async function writeHint(
  store: ObjectStore,
  table: string,
  { version, size, bytes, adds }: { version: number; size: number; bytes: number; adds: number },
): Promise<void> {
  const hint = { version, size, sizeInBytes: bytes, numOfAddFiles: adds };
  await store.put(hintPath(table), new TextEncoder().encode(JSON.stringify(hint)));
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
      if (!commit) throw new LogFileGoneError(`${commitPath(table, group[index])} is gone`);
      yield { version: group[index], commit };
    }
  }
}
