import {
  indexFrom,
  keyAt,
  positionAt,
  valueAt,
  type BatchContext,
  type ColumnTable,
  type ColumnValues,
  type CommitSink,
  type RecordBatch,
} from '@gondola/stream';
import { BRONZE_COLUMNS, dayOf } from './lake-columns.js';
import { TableWriter, type LakeDeps } from './table-writer.js';

/** Every record, untouched, with where it came from. `source` is the kind of broker. */
export function createBronzeSink(
  deps: LakeDeps,
  options: { source: string; stream: string },
): CommitSink<RecordBatch> {
  const { source, stream } = options;
  const path = `bronze/${stream}`;
  const writer = new TableWriter(deps, { path, columns: BRONZE_COLUMNS, dateColumn: 'ingest_date', stream });
  return {
    name: path,
    assigned: (partitions) => writer.assigned(partitions),
    write: (records, context) => {
      const start = indexFrom(records, writer.position(records.partition) ?? 0n);
      writer.add(bronzeRows(records, start, source, context), records.bytes.length);
    },
    buffered: () => writer.buffered(),
    commit: (upTo) => writer.commit(upTo),
    discard: () => writer.discard(),
  };
}

function bronzeRows(
  records: RecordBatch,
  start: number,
  source: string,
  { nowMs }: BatchContext,
): ColumnTable {
  const rows = Math.max(0, records.count - start);
  const each = <T>(of: (index: number) => T): T[] =>
    Array.from({ length: rows }, (_, row) => of(start + row));
  const values: Record<string, ColumnValues> = {
    source: each(() => source),
    stream: each(() => records.stream),
    partition: each(() => records.partition),
    position: BigInt64Array.from(each((index) => positionAt(records, index))),
    sequence: each(() => null),
    key: each((index) => keyAt(records, index)),
    value: each((index) => valueAt(records, index)),
    headers: each((index) => records.headersAt(index)),
    broker_time: Float64Array.from(each((index) => records.timestampMs[index] * 1000)),
    ingest_time: new Float64Array(rows).fill(nowMs * 1000),
    schema_id: each((index) => schemaIdOf(valueAt(records, index))),
    ingest_date: new Int32Array(rows).fill(dayOf(nowMs)),
  };
  return { rows, columns: BRONZE_COLUMNS.map((spec) => ({ spec, values: values[spec.name] })) };
}

/** Of the Confluent prefix (magic 0, four bytes big-endian), null for any other framing. */
function schemaIdOf(value: Uint8Array | null): number | null {
  if (!value || value.length < 5 || value[0] !== 0 || value[1] > 0x7f) return null;
  return (value[1] << 24) | (value[2] << 16) | (value[3] << 8) | value[4];
}
