import { readSnapshot, type AddFile } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import {
  columnSpec,
  GondolaError,
  packPositions,
  positionsIn,
  textsOf,
  type ColumnTable,
  type Positions,
} from '@gondola/stream';
import { readTables } from './data-file.js';
import { expiredBefore } from './expiry.js';
import { mayHold, type PositionNames } from './file-stats.js';
import { dateOf } from './lake-table.js';
import { hullOf, type PositionRange, type PositionRanges } from './position-range.js';
import { isInDates, type DateRange, type UpkeepDeps } from './upkeep-deps.js';

/** Which positions of which partitions one file of bronze holds. */
export interface BronzeFile {
  readonly file: AddFile;
  readonly positions: PositionRanges;
  /** ... and each part in which it is read (see `readTables`). */
  readonly parts: readonly PositionRanges[];
  /** Least of its `ingest_time`, microseconds: files in this order are nearly always in the order of positions too. */
  readonly ingestMicrosMin: number;
}

/** One stream's bronze table at one version. */
export interface BronzeTable {
  readonly path: string;
  readonly files: readonly AddFile[];
  readonly dateColumn: 'ingest_date';
  /** Rows of before that date were taken out on purpose. */
  readonly expiredBefore: string | null;
  /** What is known of the files that were looked at, by path. */
  readonly indexed: Map<string, BronzeFile>;
}

export const BRONZE_POSITIONS: PositionNames = { position: 'position', sequence: 'sequence' };
const INDEX_COLUMNS = [
  columnSpec('partition', 'string'),
  columnSpec('position', 'int64', true),
  columnSpec('sequence', 'string', true),
  columnSpec('ingest_time', 'timestamp'),
];

/** Throws `input_invalid` when the stream has no bronze table. */
export async function openBronze(deps: UpkeepDeps, stream: string): Promise<BronzeTable> {
  const path = `${deps.environment}/bronze/${stream}`;
  const snapshot = await readSnapshot(deps.store, path, readCheckpoint);
  if (snapshot)
    return {
      path,
      files: snapshot.files,
      dateColumn: 'ingest_date',
      expiredBefore: expiredBefore(snapshot),
      indexed: new Map(),
    };
  throw new GondolaError(
    'input_invalid',
    `${deps.store.address} has no table ${path}: lake, environment and stream.name must be those that ingest writes with`,
    false,
  );
}

/** Brokers that number the records of a partition without holes. Transactions leave some in Kafka, Kinesis has little else. */
const NUMBERS_WITHOUT_HOLES: ReadonlySet<string> = new Set(['embedded']);

/** Whether a position that is not in bronze was a record: the broker that the newest rows name says so. */
export async function isContiguous(deps: UpkeepDeps, { path, files }: BronzeTable): Promise<boolean> {
  const newest = files.at(-1);
  if (!newest) return false;
  for await (const { columns } of readTables(deps, path, newest, [columnSpec('source', 'string')]))
    return NUMBERS_WITHOUT_HOLES.has(textsOf(columns[0])[0] ?? '');
  return false;
}

/**
 * The positions that bronze has read on some dates: for each partition from the first to the last of them. A record of
 * another date that lies between (a clock was set back) is inside.
 */
export async function positionsOfDates(
  deps: UpkeepDeps,
  bronze: BronzeTable,
  dates: DateRange,
): Promise<PositionRanges> {
  const ranges = new Map<string, PositionRange>();
  for (const file of bronze.files) {
    if (!isInDates(dateOf(file, bronze.dateColumn), dates)) continue;
    for (const [partition, found] of await positionsOfFile(deps, bronze, file))
      ranges.set(partition, unionOf(ranges.get(partition), found));
  }
  return ranges;
}

/** The files that hold any of these positions, in the order in which they are best read. */
export async function indexBronze(
  deps: UpkeepDeps,
  bronze: BronzeTable,
  ranges: PositionRanges,
): Promise<readonly BronzeFile[]> {
  const hull = hullOf(ranges);
  const found: BronzeFile[] = [];
  for (const file of bronze.files) {
    if (!mayHold(file, BRONZE_POSITIONS, hull)) continue;
    const indexed = await indexFile(deps, bronze, file);
    if ([...indexed.positions].some(([partition, held]) => overlaps(held, ranges.get(partition))))
      found.push(indexed);
  }
  return found.sort((left, right) => left.ingestMicrosMin - right.ingestMicrosMin);
}

export async function positionsOfFile(
  deps: UpkeepDeps,
  bronze: BronzeTable,
  file: AddFile,
): Promise<PositionRanges> {
  return (await indexFile(deps, bronze, file)).positions;
}

async function indexFile(
  deps: UpkeepDeps,
  { path: table, indexed }: BronzeTable,
  file: AddFile,
): Promise<BronzeFile> {
  const known = indexed.get(file.path);
  if (known) return known;
  deps.progress(`${table}: looking at ${file.path}`);
  const parts: PositionRanges[] = [];
  const positions = new Map<string, PositionRange>();
  let ingestMicrosMin = Infinity;
  for await (const part of readTables(deps, table, file, INDEX_COLUMNS)) {
    const ranges = rangesOf(part);
    parts.push(ranges);
    for (const [partition, range] of ranges)
      positions.set(partition, unionOf(positions.get(partition), range));
    const ingestMicros = part.columns[3].values as Float64Array;
    ingestMicrosMin = ingestMicros.reduce((least, micros) => Math.min(least, micros), ingestMicrosMin);
  }
  const found = { file, positions, parts, ingestMicrosMin };
  indexed.set(file.path, found);
  return found;
}

function rangesOf(table: ColumnTable): PositionRanges {
  const partitions = textsOf(table.columns[0]);
  const positions = positionsOf(table, BRONZE_POSITIONS);
  const ranges = new Map<string, PositionRange>();
  for (let row = 0; row < table.rows; row++) {
    const position = positions[row];
    const partition = partitions[row] ?? '';
    const range = ranges.get(partition);
    if (!range || position < range.from || position >= range.to)
      ranges.set(partition, unionOf(range, { from: position, to: position + 1n }));
  }
  return ranges;
}

/** Throws `lake_corrupt` when a row names no position. */
export function positionsOf({ columns }: ColumnTable, names: PositionNames): Positions {
  const column = (name: string) => columns.find(({ spec }) => spec.name === name);
  const position = column(names.position);
  const found = position ? positionsIn(position, column(names.sequence)) : [null];
  if (found instanceof BigInt64Array) return found;
  return packPositions(
    found.map((one) => {
      if (one !== null) return one;
      const message = `a row has neither ${names.position} nor ${names.sequence}`;
      throw new GondolaError('lake_corrupt', message, false);
    }),
  );
}

function unionOf(left: PositionRange | undefined, right: PositionRange): PositionRange {
  if (!left) return right;
  return {
    from: left.from < right.from ? left.from : right.from,
    to: left.to > right.to ? left.to : right.to,
  };
}

function overlaps(held: PositionRange, wanted: PositionRange | undefined): boolean {
  return wanted !== undefined && held.from < wanted.to && wanted.from < held.to;
}
