import { readSnapshot, type TableSnapshot } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import { GondolaError, SetupError, type ObjectInfo, type ObjectStore } from '@gondola/stream';
import { expiredBefore } from './expiry.js';
import { noTables, tableOfLog } from './lake-table.js';
import { STAGED_FOLDER } from './staged-files.js';
import type { UpkeepDeps } from './upkeep-deps.js';

const HOUR_MS = 3_600_000;

/** A running writer has files that no log names yet: what is younger than this may be one of them. */
export const RETENTION_MS_MIN = 24 * HOUR_MS;

/** What stores name the files that they have not finished writing. */
const TEMPORARY_NAME = /^\.gondola-tmp-/;
const STATE_TRANSACTION = /#(state|marks|history)$/;
/** What follows the id in the name of a state's object: `7.json`, `7-0.bin`, `7.marks`, `7.history`. */
const STATE_OBJECT = /(-\d+)?\.(json|bin|marks|history)$/;
const HISTORY = /^\/_state\/detect\/(.+)\/[^/]+\/\d+\.history$/;

export interface VacuumOptions {
  /** How long files stay that no version of the table needs any more, milliseconds. */
  readonly retentionMs: number;
  /** Lets the retention be shorter than writers need. Only for a lake that nobody writes to. */
  readonly forceRetention: boolean;
  /** Lists what would be deleted. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export type VacuumReason = 'removed' | 'orphan' | 'temporary' | 'state';

export interface VacuumResult {
  readonly tables: number;
  readonly files: number;
  readonly bytes: number;
  readonly byReason: Readonly<Record<VacuumReason, number>>;
  /** The first 10,000 of them. */
  readonly paths: readonly string[];
}

const PATHS_MAX = 10_000;

/**
 * Deletes below one environment's folder what nobody can need any more: data files that were taken out of their table
 * longer than the retention ago, files of that age that never got into one (left by killed writers), unfinished files of
 * the store, and states of detection that the signals table does not name. Versions of a table that are younger than the
 * retention stay readable. Never touches a log. Throws `input_invalid` for a retention that is too short, and where there
 * is no table of the environment: a mistyped address must not look like a lake in order.
 */
export async function vacuum(deps: UpkeepDeps, options: VacuumOptions): Promise<VacuumResult> {
  requireSafe(options);
  const { store, clock, environment } = deps;
  const cutoffMs = clock.nowMs() - options.retentionMs;
  deps.progress(`${environment}: listing`);
  const listing = await listOld(store, environment, cutoffMs);
  if (listing.tables.size === 0) throw noTables(deps);
  // Snapshots come after the listing: a file that was committed in between is in them.
  const protectedPaths = new Set<string>();
  const removedPaths = new Set<string>();
  const expiredMs = new Map<string, number>();
  for (const table of listing.tables) {
    deps.progress(`${table}: reading its log`);
    const told = { removedPaths, expiredMs };
    for (const path of await neededFiles(deps, table, cutoffMs, told)) protectedPaths.add(path);
  }

  const byReason = { removed: 0, orphan: 0, temporary: 0, state: 0 };
  const paths: string[] = [];
  let [files, bytes] = [0, 0];
  for (const object of listing.old) {
    if (options.signal.aborted) break;
    const reason = reasonToDelete(object.path, listing.tables, environment, removedPaths);
    const named = reason === 'state' ? object.path.replace(STATE_OBJECT, '') : object.path;
    if (reason === null || protectedPaths.has(named)) continue;
    if (reason === 'state' && isUseful(object, environment, expiredMs)) continue;
    if (!options.dryRun) await store.delete(object.path);
    byReason[reason]++;
    bytes += object.bytes;
    if (++files <= PATHS_MAX) paths.push(object.path);
    deps.progress(`${environment}: ${files} files deleted`);
  }
  return { tables: listing.tables.size, files, bytes, byReason, paths };
}

function requireSafe({ retentionMs, forceRetention }: VacuumOptions): void {
  if (retentionMs >= RETENTION_MS_MIN || forceRetention) return;
  throw new SetupError(
    'input_invalid',
    `a retention of ${retentionMs / HOUR_MS} h would delete files that a running writer has not committed yet: ` +
      `at least ${RETENTION_MS_MIN / HOUR_MS} h, or --force-short-retention when nothing writes to this lake`,
  );
}

interface Listing {
  readonly tables: ReadonlySet<string>;
  readonly old: readonly ObjectInfo[];
}

async function listOld(store: ObjectStore, environment: string, cutoffMs: number): Promise<Listing> {
  const tables = new Set<string>();
  const old: ObjectInfo[] = [];
  for await (const object of store.listAll(environment)) {
    const table = tableOfLog(object.path);
    if (table !== null) tables.add(table);
    else if (object.modifiedMs < cutoffMs) old.push(object);
  }
  return { tables, old };
}

/** Why an object that is old and that nobody needs may go; null for what is not ours to delete. */
function reasonToDelete(
  path: string,
  tables: ReadonlySet<string>,
  environment: string,
  removed: ReadonlySet<string>,
): VacuumReason | null {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  if (TEMPORARY_NAME.test(name) || folders.at(-1) === STAGED_FOLDER) return 'temporary';
  if (path.startsWith(`${environment}/_state/detect/`)) return 'state';
  for (let depth = folders.length; depth > 0; depth--) {
    if (!tables.has(folders.slice(0, depth).join('/'))) continue;
    // As in every engine: what begins with a dot or an underscore is not data, be it ours or another's.
    const inside = [...folders.slice(depth), name];
    if (inside.some((part) => /^[._]/.test(part) && !part.includes('='))) return null;
    return removed.has(path) ? 'removed' : 'orphan';
  }
  return null;
}

/**
 * What detection was told is needed to make a signal again, with the records of bronze of that time. Files of it name each other,
 * so that all are kept until those records were expired.
 */
function isUseful(
  { path, modifiedMs }: ObjectInfo,
  environment: string,
  expiredMs: ReadonlyMap<string, number>,
): boolean {
  const [, stream] = HISTORY.exec(path.slice(environment.length)) ?? [];
  return (
    stream !== undefined && modifiedMs >= (expiredMs.get(`${environment}/bronze/${stream}`) ?? -Infinity)
  );
}

/** Files of a table that a version within the retention needs, and states that its positions name (without what follows their id). */
async function neededFiles(
  deps: UpkeepDeps,
  table: string,
  cutoffMs: number,
  { removedPaths, expiredMs }: { removedPaths: Set<string>; expiredMs: Map<string, number> },
): Promise<ReadonlySet<string>> {
  const { store, environment } = deps;
  const now = await readSnapshot(store, table, readCheckpoint);
  if (!now) throw new GondolaError('lake_corrupt', `${table}: its log went away`, false);
  const before = expiredBefore(now);
  if (before !== null) expiredMs.set(table, Date.parse(before));
  const needed = new Set<string>();
  const add = ({ files }: TableSnapshot) => files.forEach((file) => needed.add(`${table}/${file.path}`));
  add(now);
  for (const { path, deletionTimestamp } of now.tombstones) {
    removedPaths.add(`${table}/${path}`);
    if (deletionTimestamp !== null && deletionTimestamp >= cutoffMs) needed.add(`${table}/${path}`);
  }
  // The log may forget tombstones sooner than this retention: what the table was at its beginning is asked directly.
  const version = await versionAt(store, table, cutoffMs);
  const then = version === null ? null : await readVersion(deps, table, version);
  if (then) add(then);

  for (const [name, id] of now.transactions)
    if (STATE_TRANSACTION.test(name))
      needed.add(`${environment}/_state/detect/${name.replace(STATE_TRANSACTION, '')}/${id}`);
  return needed;
}

/** Null when the log was cleaned: what nobody can read needs no files. */
async function readVersion(
  { store }: UpkeepDeps,
  table: string,
  version: number,
): Promise<TableSnapshot | null> {
  try {
    return await readSnapshot(store, table, readCheckpoint, { version });
  } catch (error) {
    if (error instanceof GondolaError && error.code === 'position_gap') return null;
    throw error;
  }
}

/** The version that was the newest at that time, null when the log does not reach back so far. */
async function versionAt(store: ObjectStore, table: string, timeMs: number): Promise<number | null> {
  let newest: number | null = null;
  for (const { path, modifiedMs } of await store.list(`${table}/_delta_log`)) {
    const version = /\/(\d{20})\.json$/.exec(path);
    if (!version) continue;
    if (modifiedMs >= timeMs) break;
    newest = Number(version[1]);
  }
  return newest;
}
