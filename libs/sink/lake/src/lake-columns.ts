import { columnSpec as column, HEADERS_TYPE, type ColumnSpec } from '@gondola/stream';

/**
 * Every record as it came. Its position is in `position`, or in `sequence` as decimal text where it needs more than 64
 * bits; the other one is null (`source_position` and `source_sequence` elsewhere). Partitioned by `ingest_date`, the UTC day on which it was read.
 */
export const BRONZE_COLUMNS: readonly ColumnSpec[] = [
  column('source', 'string'),
  column('stream', 'string'),
  column('partition', 'string'),
  column('position', 'int64', true),
  column('sequence', 'string', true),
  column('key', 'binary', true),
  column('value', 'binary', true),
  { name: 'headers', type: HEADERS_TYPE, nullable: false },
  column('broker_time', 'timestamp'),
  column('ingest_time', 'timestamp'),
  column('schema_id', 'int32', true),
  column('ingest_date', 'date'),
];

/** Added to the contract's own columns in silver, unless the contract has one of that name. */
export const SILVER_SYSTEM_COLUMNS: readonly ColumnSpec[] = [
  column('event_id', 'string'),
  column('event_time', 'timestamp'),
  column('source_stream', 'string'),
  column('source_partition', 'string'),
  column('source_position', 'int64', true),
  column('source_sequence', 'string', true),
  column('schema_version', 'int32'),
  column('event_date', 'date'),
];

/** What could not become an event: raw bytes and why. Partitioned by `ingest_date`. */
export const QUARANTINE_COLUMNS: readonly ColumnSpec[] = [
  column('source_stream', 'string'),
  column('source_partition', 'string'),
  column('source_position', 'int64', true),
  column('source_sequence', 'string', true),
  column('key', 'binary', true),
  column('value', 'binary', true),
  { name: 'headers', type: HEADERS_TYPE, nullable: false },
  column('broker_time', 'timestamp'),
  column('ingest_time', 'timestamp'),
  column('stage', 'string'),
  column('reason', 'string'),
  column('pointer', 'string'),
  column('message', 'string'),
  column('subject', 'string', true),
  column('schema_version', 'int32', true),
  column('replay_count', 'int32'),
  column('ingest_date', 'date'),
];

const DAY_MS = 86_400_000;

export const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS);

/** Exact until 2109: half of what a double cannot tell apart is less than half a microsecond. */
export function microsOf(timesMs: Float64Array): Float64Array {
  const micros = new Float64Array(timesMs.length);
  for (let row = 0; row < micros.length; row++) micros[row] = Math.round(timesMs[row] * 1000);
  return micros;
}

export function daysOf(timesMs: Float64Array): Int32Array {
  const days = new Int32Array(timesMs.length);
  for (let row = 0; row < days.length; row++) days[row] = dayOf(timesMs[row]);
  return days;
}
