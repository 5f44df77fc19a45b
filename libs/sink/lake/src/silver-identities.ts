import { readSnapshot, type AddFile } from '@gondola/lake-delta';
import { openParquet, readCheckpoint, readParquetColumns } from '@gondola/lake-parquet';
import type { IdentityColumns, TellIdentity } from '@gondola/events';
import {
  GondolaError,
  INT64_MAX,
  POSITION_END,
  type Checkpoint,
  type ObjectStore,
  type Position,
} from '@gondola/stream';
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
 *
 * Files are asked from the newest back, and only those that may hold what a partition still lacks, so that one which was
 * quiet for weeks, or starts far in the past, does not have everything read that came since.
 */
export async function readSilverIdentities(
  silver: SilverIdentities,
  starts: Checkpoint,
  tell: TellIdentity,
): Promise<void> {
  const tables = await openTables(silver);
  const partitions = partitionsOf(silver, tables, starts);
  const noting: TellIdentity = (name, identity, eventTimeMs) => {
    const partition = partitions.get(name);
    if (partition && eventTimeMs > partition.newestMs) partition.newestMs = eventTimeMs;
    tell(name, identity, eventTimeMs);
  };
  const files = tables.flatMap((table) => table.files);
  files.sort((left, right) => right.eventMs.max - left.eventMs.max);
  for (const file of files) {
    const isWanted = [...partitions].some(([name, partition]) => mayHold(file, silver, name, partition));
    if (isWanted) await collect(silver, file, starts, noting);
  }
}

/** What is known of a partition. */
interface SilverPartition {
  readonly start: Position;
  /** Newest event time that was ever committed of it, also above the start. */
  readonly boundMs: number;
  /** Newest event that was found below the start. */
  newestMs: number;
}

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
  const tables = await openTables(silver);
  const files = tables.flatMap((table) => table.files).filter(({ eventMs }) => eventMs.max >= fromMs);
  for (const file of files) {
    if (found.has(file.path)) continue;
    const events: SilverEvent[] = [];
    await collect(silver, file, ends, (partition, identity, eventTimeMs) => {
      if (isWanted(partition, identity, eventTimeMs)) events.push({ partition, identity });
    });
    found.set(file.path, events);
  }
  return files.flatMap(({ path }) => found.get(path) ?? []);
}

interface SilverFile {
  readonly path: string;
  readonly identity: IdentityColumns;
  readonly eventMs: { readonly min: number; readonly max: number };
  readonly min: Bounds;
  readonly max: Bounds;
}

/** Of the columns that the log's statistics speak of. */
interface Bounds {
  readonly event_time?: string;
  readonly source_stream?: string;
  readonly source_partition?: string;
  readonly source_position?: number;
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
    const files = snapshot.files.map((file) => fileOf(folder, file, identity));
    tables.push({ transactions: snapshot.transactions, files });
  }
  return tables;
}

/** A file without statistics may hold anything. */
function fileOf(folder: string, { path, stats }: AddFile, identity: IdentityColumns): SilverFile {
  const { minValues: min = {}, maxValues: max = {} } = JSON.parse(stats || '{}') as {
    minValues?: Bounds;
    maxValues?: Bounds;
  };
  const eventMs = { min: timeOf(min.event_time) ?? -Infinity, max: timeOf(max.event_time) ?? Infinity };
  return { path: `${folder}/${path}`, identity, eventMs, min, max };
}

function timeOf(text = ''): number | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

/** Those of which silver has rows that may lie below the start. */
function partitionsOf(
  { stream }: SilverIdentities,
  tables: readonly SilverTable[],
  starts: Checkpoint,
): Map<string, SilverPartition> {
  const partitions = new Map<string, SilverPartition>();
  for (const [name, start] of starts) {
    const bounds = tables.flatMap(({ transactions }) => {
      const bound = transactions.get(`${stream}/${eventTimeOf(name)}`);
      return bound === undefined ? [] : [Number(bound)];
    });
    if (bounds.length > 0 && start > 0n)
      partitions.set(name, { start, boundMs: Math.max(...bounds), newestMs: -Infinity });
  }
  return partitions;
}

/** Whether a file may hold events of the partition that its window held. */
function mayHold(
  { eventMs, min, max }: SilverFile,
  { stream, windowMs }: SilverIdentities,
  name: string,
  { start, boundMs, newestMs }: SilverPartition,
): boolean {
  // Buckets of the window are an hour wide: the oldest one may begin that much earlier.
  const isInWindow = eventMs.max >= newestMs - windowMs - HOUR_MS && eventMs.min <= boundMs;
  return (
    isInWindow &&
    isWithin(stream, min.source_stream, max.source_stream) &&
    isWithin(name, min.source_partition, max.source_partition) &&
    isBelow(min.source_position, start)
  );
}

const isWithin = (text: string, min: string | undefined, max: string | undefined): boolean =>
  (min === undefined || min <= text) && (max === undefined || text <= max);

/** Of positions that a double cannot hold, the least one is not known well enough; large ones have no bound. */
const isBelow = (min: number | undefined, start: Position): boolean =>
  min === undefined || !Number.isSafeInteger(min) || BigInt(min) < start;

/** Which record a row came from, and when its event happened. */
const PLACE = ['source_stream', 'source_partition', 'source_position', 'event_time'];
/** Not in files of before there were large positions. */
const SEQUENCE = 'source_sequence';

async function collect(
  { store, stream, isJudgedAgain, onGoneFile }: Omit<SilverIdentities, 'windowMs'>,
  { path, identity }: SilverFile,
  starts: Checkpoint,
  tell: TellIdentity,
): Promise<void> {
  const bytes = await store.get(path);
  if (!bytes && onGoneFile) return onGoneFile(path);
  if (!bytes)
    throw new GondolaError('lake_corrupt', `${path} is in the table's log but not in the lake`, false);
  const columns = await readParquetColumns<string>(bytes, [...new Set([...PLACE, ...identity.columns])]);
  // A row without a small position lies above every small start: only large ones need the texts of all rows.
  const isLarge = [...starts.values()].some((start) => start > INT64_MAX);
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
