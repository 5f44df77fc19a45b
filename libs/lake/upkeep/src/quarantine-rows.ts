import { readSnapshot, type AddFile } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import {
  columnSpec,
  GondolaError,
  plainValues,
  type ColumnSpec,
  type ColumnTable,
  type Header,
} from '@gondola/stream';
import { positionsOf } from './bronze-index.js';
import { VALUE_COLUMNS } from './bronze-records.js';
import { readTables } from './data-file.js';
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

/** What quarantine holds, in no order. Throws `input_invalid` when there is no such table. */
export async function* readQuarantine(
  deps: UpkeepDeps,
  { sinceMs, untilMs }: QuarantineTimes,
): AsyncGenerator<QuarantinedRow> {
  const { store, environment, progress } = deps;
  const path = `${environment}/quarantine`;
  const snapshot = await readSnapshot(store, path, readCheckpoint);
  if (!snapshot) throw new GondolaError('input_invalid', `${store.address} has no table ${path}`, false);
  const mayHold = ({ partitionValues }: AddFile) => {
    const dayMs = Date.parse(partitionValues['ingest_date'] ?? '');
    return !(dayMs + DAY_MS <= sinceMs) && !(dayMs >= untilMs);
  };
  for (const file of snapshot.files.filter(mayHold)) {
    progress(`${path}: ${file.path}`);
    for await (const table of readTables(deps, path, file, ROW_COLUMNS))
      for (const row of rowsOf(table)) if (row.ingestMs >= sinceMs && row.ingestMs < untilMs) yield row;
  }
}

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
