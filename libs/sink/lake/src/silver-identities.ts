import { readSnapshot, type AddFile } from '@gondola/lake-delta';
import { openParquet, readCheckpoint, readParquetColumns } from '@gondola/lake-parquet';
import type { IdentityColumns, TellIdentity } from '@gondola/events';
import { GondolaError, INT64_MAX, type Checkpoint, type ObjectStore } from '@gondola/stream';
import { eventTimeOf } from './silver-sink.js';

const HOUR_MS = 3_600_000;

export interface SilverIdentities {
  readonly store: ObjectStore;
  readonly environment: string;
  readonly stream: string;
  readonly subjects: readonly { readonly subject: string; readonly identity: IdentityColumns }[];
  readonly windowMs: number;
  /** Rows of these are not told: they will be judged again and must not look like their own duplicates. */
  readonly isJudgedAgain?: ((partition: string, position: bigint) => boolean) | undefined;
  /** Told of a data file that is gone, whose events are not remembered then; without it, that is an error. */
  readonly onGoneFile?: (path: string) => void;
}

/**
 * Tells what the dedupe window held when each partition stood at its start: identities of silver's rows below that position,
 * back to the window before the partition's newest event. Rows at or above the start (silver was ahead of quarantine
 * when the process died) will be read again and must not look like their own duplicates.
 */
export async function readSilverIdentities(
  silver: SilverIdentities,
  starts: Checkpoint,
  tell: TellIdentity,
): Promise<void> {
  const newest = new Map<string, number>();
  const noting: TellIdentity = (partition, identity, eventTimeMs) => {
    newest.set(partition, Math.max(newest.get(partition) ?? -Infinity, eventTimeMs));
    tell(partition, identity, eventTimeMs);
  };
  const tables = await openTables(silver);
  const bounds = newestBounds(silver, tables, starts);
  const firstMs = oldestNeededMs(silver, bounds.values());
  await collect(silver, filesBetween(tables, firstMs, Infinity), starts, noting);

  // A bound is the newest event time that was committed, also above the start: below it the newest may be older, and
  // then the window reaches further back.
  const tooNew = [...bounds].flatMap(([partition, bound]) => {
    const found = newest.get(partition) ?? -Infinity;
    return found < bound ? [found] : [];
  });
  if (tooNew.length > 0)
    await collect(silver, filesBetween(tables, oldestNeededMs(silver, tooNew), firstMs), starts, noting);
}

/** Beyond every position. */
const POSITION_END = 1n << 256n;

export interface SilverLookup {
  readonly partitions: Iterable<string>;
  /** Events of before that time are of no interest. */
  readonly fromMs: number;
  readonly isWanted: (partition: string, identity: bigint, eventTimeMs: number) => boolean;
  /** Data file -> wanted events in it: who looks again with the same map reads new files only. */
  readonly found: Map<string, readonly SilverEvent[]>;
}

export interface SilverEvent {
  readonly partition: string;
  readonly identity: bigint;
}

/** The wanted events that silver has now: for who judges old records again, whose duplicates may have come long after them. */
export async function findInSilver(
  silver: Omit<SilverIdentities, 'windowMs'>,
  { partitions, fromMs, isWanted, found }: SilverLookup,
): Promise<readonly SilverEvent[]> {
  const ends = new Map([...partitions].map((partition) => [partition, POSITION_END]));
  const files = filesBetween(await openTables(silver), fromMs, Infinity);
  for (const file of files) {
    if (found.has(file.path)) continue;
    const events: SilverEvent[] = [];
    await collect(silver, [file], ends, (partition, identity, eventTimeMs) => {
      if (isWanted(partition, identity, eventTimeMs)) events.push({ partition, identity });
    });
    found.set(file.path, events);
  }
  return files.flatMap(({ path }) => found.get(path) ?? []);
}

interface SilverFile {
  readonly path: string;
  readonly identity: IdentityColumns;
  readonly newestEventMs: number;
}

interface SilverTable {
  readonly transactions: ReadonlyMap<string, bigint>;
  readonly files: readonly SilverFile[];
}

async function openTables({
  store,
  environment,
  subjects,
}: Omit<SilverIdentities, 'windowMs'>): Promise<SilverTable[]> {
  const tables: SilverTable[] = [];
  for (const { subject, identity } of subjects) {
    const folder = `${environment}/silver/${subject}`;
    const snapshot = await readSnapshot(store, folder, readCheckpoint);
    if (!snapshot) continue;
    const files = snapshot.files.map((file) => ({
      path: `${folder}/${file.path}`,
      identity,
      newestEventMs: newestEventMs(file),
    }));
    tables.push({ transactions: snapshot.transactions, files });
  }
  return tables;
}

/** Partition -> newest event time that any subject ever committed of it. */
function newestBounds(
  { stream }: SilverIdentities,
  tables: readonly SilverTable[],
  starts: Checkpoint,
): Map<string, number> {
  const bounds = new Map<string, number>();
  for (const partition of starts.keys())
    for (const { transactions } of tables) {
      const bound = transactions.get(`${stream}/${eventTimeOf(partition)}`);
      if (bound !== undefined)
        bounds.set(partition, Math.max(bounds.get(partition) ?? -Infinity, Number(bound)));
    }
  return bounds;
}

function oldestNeededMs({ windowMs }: SilverIdentities, newestMs: Iterable<number>): number {
  // Buckets of the window are an hour wide: the oldest one may begin that much earlier.
  return Math.min(...newestMs) - windowMs - HOUR_MS;
}

function filesBetween(tables: readonly SilverTable[], fromMs: number, toMs: number): SilverFile[] {
  return tables.flatMap(({ files }) =>
    files.filter((one) => one.newestEventMs >= fromMs && one.newestEventMs < toMs),
  );
}

/** From the file's statistics; a file without them may hold anything. */
function newestEventMs(file: AddFile): number {
  const { maxValues } = JSON.parse(file.stats || '{}') as { maxValues?: { event_time?: string } };
  return maxValues?.event_time ? Date.parse(maxValues.event_time) : Number.MAX_VALUE;
}

/** Which record a row came from, and when its event happened. */
const PLACE = ['source_stream', 'source_partition', 'source_position', 'event_time'];
/** Not in files of before there were large positions. */
const SEQUENCE = 'source_sequence';

async function collect(
  { store, stream, isJudgedAgain, onGoneFile }: Omit<SilverIdentities, 'windowMs'>,
  files: readonly SilverFile[],
  starts: Checkpoint,
  tell: TellIdentity,
): Promise<void> {
  // A row without a small position lies above every small start: only large ones need the texts of all rows.
  const isLarge = [...starts.values()].some((start) => start > INT64_MAX);
  for (const { path, identity } of files) {
    const bytes = await store.get(path);
    if (!bytes && onGoneFile) {
      onGoneFile(path);
      continue;
    }
    if (!bytes)
      throw new GondolaError('lake_corrupt', `${path} is in the table's log but not in the lake`, false);
    const columns = await readParquetColumns<string>(bytes, [...new Set([...PLACE, ...identity.columns])]);
    const sequences = isLarge ? await (await openParquet(bytes)).whole.read(SEQUENCE) : null;
    const own = identity.columns.map((name) => columns[name]);
    for (let row = 0; row < columns['event_time'].length; row++) {
      if (columns['source_stream'][row] !== stream) continue;
      const partition = String(columns['source_partition'][row]);
      const start = starts.get(partition);
      const position = columns['source_position'][row] ?? sequences?.[row] ?? null;
      if (start === undefined || position === null || BigInt(position as bigint | string) >= start) continue;
      if (isJudgedAgain?.(partition, BigInt(position as bigint | string))) continue;
      const eventTimeMs = Number(columns['event_time'][row]) / 1000;
      tell(partition, identity.identityOf(own.map((values) => values[row])), eventTimeMs);
    }
  }
}
