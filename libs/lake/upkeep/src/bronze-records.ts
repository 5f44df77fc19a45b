import {
  allocateRecordColumns,
  columnSpec,
  HEADERS_TYPE,
  type ByteValues,
  type ColumnSpec,
  type Header,
  type RecordBatch,
} from '@gondola/stream';
import { indexBronze, type BronzeTable } from './bronze-index.js';
import { mergeRuns, runsOf, splitRuns, type BronzeRun } from './bronze-runs.js';
import { readTables } from './data-file.js';
import type { PositionRanges } from './position-range.js';
import type { UpkeepDeps } from './upkeep-deps.js';

/** Records of one partition as ingest had them before it, and what the clock said then. */
export interface BronzeBatch {
  /** Ascending positions, each once. */
  readonly records: RecordBatch;
  readonly ingestMs: number;
  /** Positions of which bronze holds more than one row, once for each row too many. */
  readonly doubled: readonly bigint[];
}

export interface BronzeReading {
  readonly stream: string;
  readonly ranges: PositionRanges;
  /** Without, records are null: for who only counts. */
  readonly withValues: boolean;
}

/** Bounds what the stages hold at once. */
const BATCH_RECORDS_MAX = 20_000;
const BATCH_BYTES_MAX = 4 << 20;

const PLACE_COLUMNS: readonly ColumnSpec[] = [
  columnSpec('partition', 'string'),
  columnSpec('position', 'int64', true),
  columnSpec('sequence', 'string', true),
  columnSpec('broker_time', 'timestamp'),
  columnSpec('ingest_time', 'timestamp'),
];
/** What a record holds, in bronze and quarantine alike. */
export const VALUE_COLUMNS: readonly ColumnSpec[] = [
  columnSpec('key', 'binary', true),
  columnSpec('value', 'binary', true),
  { name: 'headers', type: HEADERS_TYPE, nullable: false },
];

/**
 * The records of bronze in the order of each partition, whichever files and order they lie in: several flushes and
 * compactions may have shuffled them. Holds one part of a file, and earlier ones of which a row must still wait for a
 * later part: of a table in another order than that of positions, that may be all.
 */
export async function* readBronzeRecords(
  deps: UpkeepDeps,
  bronze: BronzeTable,
  { stream, ranges, withValues }: BronzeReading,
): AsyncGenerator<BronzeBatch> {
  const columns = withValues ? [...PLACE_COLUMNS, ...VALUE_COLUMNS] : PLACE_COLUMNS;
  const files = await indexBronze(deps, bronze, ranges);
  const frontiers = frontiersOf(files.flatMap(({ parts }) => parts));
  const waiting = new Map<string, readonly BronzeRun[]>();
  let part = 0;
  for (const [at, { file }] of files.entries()) {
    deps.progress(`${bronze.path}: file ${at + 1} of ${files.length}`);
    for await (const table of readTables(deps, bronze.path, file, columns)) {
      part++;
      for (const [partition, run] of runsOf(table, ranges))
        waiting.set(partition, [...(waiting.get(partition) ?? []), run]);
      for (const [partition, runs] of [...waiting]) {
        // Nothing below this is left in the parts to come.
        const frontier = frontiers.get(partition)?.[part] ?? null;
        const [ready, rest] = splitRuns(runs, frontier);
        if (rest.length > 0) waiting.set(partition, rest);
        else waiting.delete(partition);
        if (ready.length > 0) yield* batchesOf(stream, partition, mergeRuns(ready));
      }
    }
  }
}

/** Partition -> for each part the least position in it and all parts after it, null when there is none. */
function frontiersOf(parts: readonly PositionRanges[]): Map<string, (bigint | null)[]> {
  const partitions = new Set(parts.flatMap((positions) => [...positions.keys()]));
  const frontiers = new Map<string, (bigint | null)[]>();
  for (const partition of partitions) {
    const least = new Array<bigint | null>(parts.length).fill(null);
    let known: bigint | null = null;
    for (let at = parts.length - 1; at >= 0; at--) {
      const from = parts[at].get(partition)?.from;
      if (from !== undefined && (known === null || from < known)) known = from;
      least[at] = known;
    }
    frontiers.set(partition, least);
  }
  return frontiers;
}

/** A batch has one `ingest_time`: quarantine's rows carry it. */
export function* batchesOf(stream: string, partition: string, run: BronzeRun): Generator<BronzeBatch> {
  const { parts, partOf, rows, positions } = run;
  const ingestAt = (at: number) => parts[partOf[at]].ingestMicros[rows[at]];
  const bytesAt = (at: number) => parts[partOf[at]].values?.size[rows[at]] ?? 0;
  let picks: number[] = [];
  let doubled: bigint[] = [];
  let bytes = 0;
  const batch = (): BronzeBatch => ({
    records: recordsOf(stream, partition, run, picks),
    ingestMs: ingestAt(picks[0]) / 1000,
    doubled,
  });
  for (let at = 0; at < rows.length; at++) {
    if (at > 0 && positions[at] === positions[at - 1]) {
      doubled.push(positions[at]);
      continue;
    }
    const isFull = picks.length >= BATCH_RECORDS_MAX || bytes >= BATCH_BYTES_MAX;
    if (picks.length > 0 && (isFull || ingestAt(picks[0]) !== ingestAt(at))) {
      yield batch();
      [picks, doubled, bytes] = [[], [], 0];
    }
    picks.push(at);
    bytes += bytesAt(at);
  }
  if (picks.length > 0) yield batch();
}

const NO_HEADERS: readonly Header[] = [];

/** Copies keys and values: a batch has them in one buffer, and must not keep the whole file alive. */
function recordsOf(stream: string, partition: string, run: BronzeRun, picks: readonly number[]): RecordBatch {
  const { parts, partOf, rows, positions } = run;
  const columns = allocateRecordColumns(picks.length);
  const sizeAt = (values: ByteValues | null, row: number) => values?.size[row] ?? -1;
  let total = 0;
  picks.forEach((at, index) => {
    const { keys, values, brokerMicros } = parts[partOf[at]];
    columns.keyLength[index] = sizeAt(keys, rows[at]);
    columns.valueLength[index] = sizeAt(values, rows[at]);
    columns.keyStart[index] = total;
    columns.valueStart[index] = total + Math.max(0, columns.keyLength[index]);
    total = columns.valueStart[index] + Math.max(0, columns.valueLength[index]);
    columns.timestampMs[index] = brokerMicros[rows[at]] / 1000;
    columns.positions[index] = Number(positions[at]);
  });
  const bytes = new Uint8Array(total);
  picks.forEach((at, index) => {
    const { keys, values } = parts[partOf[at]];
    bytes.set(keys?.bytesAt(rows[at]) ?? [], columns.keyStart[index]);
    bytes.set(values?.bytesAt(rows[at]) ?? [], columns.valueStart[index]);
  });
  const last = positions[picks[picks.length - 1]];
  const headers = picks.map((at) => parts[partOf[at]].headers?.[rows[at]] ?? NO_HEADERS);
  return {
    stream,
    partition,
    count: picks.length,
    bytes,
    ...columns,
    positions: last > BigInt(Number.MAX_SAFE_INTEGER) ? picks.map((at) => positions[at]) : columns.positions,
    nextPosition: last + 1n,
    headersAt: (index) => headers[index],
  };
}
