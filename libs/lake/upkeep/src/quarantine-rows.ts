import { readSnapshot, type AddFile } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import {
  columnOf,
  columnSpec,
  GondolaError,
  plainValues,
  selectRows,
  textsOf,
  type ColumnSpec,
  type ColumnTable,
  type Header,
} from '@gondola/stream';
import { positionsOf } from './bronze-index.js';
import { VALUE_COLUMNS } from './bronze-records.js';
import { readTables } from './data-file.js';
import { fileStatsOf, mayHold } from './file-stats.js';
import { SOURCE_COLUMNS, SOURCE_POSITIONS } from './source-rows.js';
import type { UpkeepDeps } from './upkeep-deps.js';

/** A row of quarantine: a record, and why it is no event. */
export interface QuarantinedRow {
  readonly stream: string;
  readonly partition: string;
  readonly position: bigint;
  /** When the broker took it, and when it was read, in milliseconds since 1970. */
  readonly brokerMs: number;
  readonly ingestMs: number;
  readonly stage: string;
  readonly reason: string;
  readonly pointer: string;
  readonly message: string;
  readonly subject: string | null;
  readonly schemaVersion: number | null;
  readonly replays: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly Header[];
}

/** Rows that were read from the stream from `sinceMs` to before `untilMs`. */
export interface QuarantineTimes {
  readonly sinceMs: number;
  readonly untilMs: number;
}

const ROW_COLUMNS: readonly ColumnSpec[] = [
  ...SOURCE_COLUMNS,
  ...VALUE_COLUMNS,
  columnSpec('broker_time', 'timestamp'),
  columnSpec('ingest_time', 'timestamp'),
  columnSpec('stage', 'string'),
  columnSpec('reason', 'string'),
  columnSpec('pointer', 'string'),
  columnSpec('message', 'string'),
  columnSpec('subject', 'string', true),
  columnSpec('schema_version', 'int32', true),
  columnSpec('replay_count', 'int32'),
];
const DAY_MS = 86_400_000;

const pathOf = ({ environment }: UpkeepDeps): string => `${environment}/quarantine`;

async function filesOf(deps: UpkeepDeps): Promise<readonly AddFile[]> {
  const path = pathOf(deps);
  const snapshot = await readSnapshot(deps.store, path, readCheckpoint);
  if (snapshot) return snapshot.files;
  throw new GondolaError(
    'input_invalid',
    `${deps.store.address} has no table ${path}: give the lake that ingest writes to, and its environment`,
    false,
  );
}

/** What quarantine holds, in no order. Throws `input_invalid` when there is no such table. */
export async function* readQuarantine(
  deps: UpkeepDeps,
  { sinceMs, untilMs }: QuarantineTimes,
): AsyncGenerator<QuarantinedRow> {
  const { progress } = deps;
  const path = pathOf(deps);
  const ofTimes = ({ partitionValues }: AddFile) => {
    const dayMs = Date.parse(partitionValues['ingest_date'] ?? '');
    return !(dayMs + DAY_MS <= sinceMs) && !(dayMs >= untilMs);
  };
  for (const file of (await filesOf(deps)).filter(ofTimes)) {
    progress(`${path}: ${file.path}`);
    for await (const table of readTables(deps, path, file, ROW_COLUMNS))
      for (const row of rowsOf(table)) if (row.ingestMs >= sinceMs && row.ingestMs < untilMs) yield row;
  }
}

/** A record; left out: of any stream, of any partition. */
export interface QuarantinedName {
  readonly stream: string | undefined;
  readonly partition: string | undefined;
  readonly position: bigint;
}

/**
 * The rows of a record. Of files that may hold it by their statistics only its place is read, and all the rest of those that
 * do. Throws `input_invalid` when there is no such table.
 */
export async function findQuarantined(
  deps: UpkeepDeps,
  { stream, partition, position }: QuarantinedName,
): Promise<readonly QuarantinedRow[]> {
  const range = { from: position, to: position + 1n };
  const isWanted = (table: ColumnTable) => {
    const [streams, partitions] = ['source_stream', 'source_partition'].map((name) =>
      textsOf(columnOf(table, name)),
    );
    const positions = positionsOf(table, SOURCE_POSITIONS);
    return (row: number) =>
      positions[row] === position &&
      (stream === undefined || streams[row] === stream) &&
      (partition === undefined || partitions[row] === partition);
  };
  const rows: QuarantinedRow[] = [];
  for (const file of await filesOf(deps)) {
    if (!mayHold(file, SOURCE_POSITIONS, range) || !mayBeOf(file, stream, partition)) continue;
    let isIn = false;
    for await (const places of readTables(deps, pathOf(deps), file, SOURCE_COLUMNS))
      isIn ||= chosenOf(places, isWanted(places)).length > 0;
    if (!isIn) continue;
    for await (const table of readTables(deps, pathOf(deps), file, ROW_COLUMNS))
      rows.push(...rowsOf(selectRows(table, chosenOf(table, isWanted(table)))));
  }
  return rows;
}

const chosenOf = ({ rows }: ColumnTable, isWanted: (row: number) => boolean): Int32Array =>
  Int32Array.from(new Int32Array(rows).keys()).filter(isWanted);

function mayBeOf(file: AddFile, stream: string | undefined, partition: string | undefined): boolean {
  const { min, max } = fileStatsOf(file);
  const isWithin = (name: string, text: string | undefined) =>
    text === undefined || (!(min[name] > text) && !isBelow(max[name], text));
  return isWithin('source_stream', stream) && isWithin('source_partition', partition);
}

/** A bound of a text may be cut off: what begins with it may still be there. */
const isBelow = (bound: string | undefined, text: string): boolean =>
  bound !== undefined && bound < text && !text.startsWith(bound);

function* rowsOf(table: ColumnTable): Generator<QuarantinedRow> {
  const positions = positionsOf(table, SOURCE_POSITIONS);
  const columns = new Map(table.columns.map((column) => [column.spec.name, plainValues(column)]));
  const at = <T>(name: string, row: number) => columns.get(name)?.[row] as T;
  for (let row = 0; row < table.rows; row++)
    yield {
      stream: at('source_stream', row),
      partition: at('source_partition', row),
      position: positions[row],
      brokerMs: Number(at('broker_time', row)) / 1000,
      ingestMs: Number(at('ingest_time', row)) / 1000,
      stage: at('stage', row),
      reason: at('reason', row),
      pointer: at('pointer', row),
      message: at('message', row),
      subject: at('subject', row),
      schemaVersion: at('schema_version', row),
      replays: at('replay_count', row),
      key: at('key', row),
      value: at('value', row),
      headers: at('headers', row),
    };
}
