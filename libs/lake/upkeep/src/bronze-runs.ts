import {
  ByteValues,
  DictionaryValues,
  packPositions,
  textsOf,
  type ColumnTable,
  type Header,
  type Positions,
} from '@gondola/stream';
import { BRONZE_POSITIONS, positionsOf } from './bronze-index.js';
import { expanded } from './concat-tables.js';
import { isInRange, type PositionRanges } from './position-range.js';

/** Columns of one file of bronze; keys, values and headers are null where only positions were read. */
interface BronzePart {
  readonly keys: ByteValues | null;
  readonly values: ByteValues | null;
  readonly headers: readonly (readonly Header[])[] | null;
  readonly brokerMicros: Float64Array;
  readonly ingestMicros: Float64Array;
}

/** Rows of one partition in the order of their positions: row r is row `rows[r]` of `parts[partOf[r]]`. */
export interface BronzeRun {
  readonly parts: readonly BronzePart[];
  readonly partOf: Int32Array;
  readonly rows: Int32Array;
  /** Ascending; equal ones are doubled. */
  readonly positions: Positions;
}

/** The wanted rows of a file, by partition. */
export function runsOf(table: ColumnTable, ranges: PositionRanges): Map<string, BronzeRun> {
  const column = (name: string) => table.columns.find(({ spec }) => spec.name === name);
  const bytesOf = (name: string) => {
    const values = column(name)?.values;
    return values instanceof ByteValues || values instanceof DictionaryValues ? expanded(values) : null;
  };
  const part: BronzePart = {
    keys: bytesOf('key'),
    values: bytesOf('value'),
    headers: (column('headers')?.values as readonly (readonly Header[])[] | undefined) ?? null,
    brokerMicros: column('broker_time')?.values as Float64Array,
    ingestMicros: column('ingest_time')?.values as Float64Array,
  };
  const partitions = column('partition');
  const positions = positionsOf(table, BRONZE_POSITIONS);
  const rowsOf = new Map<string, number[]>();
  (partitions ? textsOf(partitions) : []).forEach((partition, row) => {
    const range = partition === null ? undefined : ranges.get(partition);
    if (partition === null || !range || !isInRange(positions[row], range)) return;
    const rows = rowsOf.get(partition);
    if (rows) rows.push(row);
    else rowsOf.set(partition, [row]);
  });
  return new Map([...rowsOf].map(([partition, rows]) => [partition, runOf(part, rows, positions)]));
}

function runOf(part: BronzePart, rows: number[], positions: Positions): BronzeRun {
  const isOrdered = rows.every((row, at) => at === 0 || positions[rows[at - 1]] <= positions[row]);
  if (!isOrdered) rows.sort((left, right) => compare(positions[left], positions[right]));
  return {
    parts: [part],
    partOf: new Int32Array(rows.length),
    rows: Int32Array.from(rows),
    positions: packPositions(rows.map((row) => positions[row])),
  };
}

/** All rows of several runs as one. */
export function mergeRuns(runs: readonly BronzeRun[]): BronzeRun {
  if (runs.length === 1) return runs[0];
  const parts = runs.flatMap((run) => run.parts);
  let before = 0;
  const all = runs.flatMap((run) => {
    const first = before;
    before += run.parts.length;
    return Array.from(run.rows, (row, at) => ({
      part: first + run.partOf[at],
      row,
      position: run.positions[at],
    }));
  });
  all.sort((left, right) => compare(left.position, right.position));
  return {
    parts,
    partOf: Int32Array.from(all, ({ part }) => part),
    rows: Int32Array.from(all, ({ row }) => row),
    positions: packPositions(all.map(({ position }) => position)),
  };
}

/** Of each run what lies below a position (null: all of it), and the rest; empty ones are left out. */
export function splitRuns(
  runs: readonly BronzeRun[],
  position: bigint | null,
): readonly [readonly BronzeRun[], readonly BronzeRun[]] {
  if (position === null) return [runs, []];
  const split = runs.map((run) => splitRun(run, position));
  const side = (at: 0 | 1) => split.map((both) => both[at]).filter(({ rows }) => rows.length > 0);
  return [side(0), side(1)];
}

function splitRun(run: BronzeRun, position: bigint): readonly [BronzeRun, BronzeRun] {
  let [low, high] = [0, run.positions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (run.positions[middle] < position) low = middle + 1;
    else high = middle;
  }
  const slice = (from: number, to: number): BronzeRun => ({
    parts: run.parts,
    partOf: run.partOf.subarray(from, to),
    rows: run.rows.subarray(from, to),
    positions:
      run.positions instanceof BigInt64Array
        ? run.positions.subarray(from, to)
        : run.positions.slice(from, to),
  });
  return [slice(0, low), slice(low, run.positions.length)];
}

const compare = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0);
