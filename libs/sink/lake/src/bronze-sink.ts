import {
  ByteValues,
  DictionaryValues,
  EmptyLists,
  indexFrom,
  NullableNumbers,
  positionColumns,
  positionsFrom,
  withoutHeaders,
  type BatchContext,
  type ColumnTable,
  type ColumnValues,
  type CommitSink,
  type Position,
  type RecordBatch,
} from '@gondola/stream';
import { BRONZE_COLUMNS, dayOf, microsOf } from './lake-columns.js';
import { TableWriter, type ExtraTransaction, type LakeDeps } from './table-writer.js';

/** What a table's commits keep beside positions, for whoever needs it at the next assignment. */
export interface CommitNotes {
  restore(
    partitions: readonly string[],
    extra: (name: string) => bigint | undefined,
    position: (partition: string) => Position | undefined,
  ): void;
  extras(partitions: Iterable<string>): readonly ExtraTransaction[];
}

/** Every record, untouched, with where it came from. `source` is the kind of broker. */
export function createBronzeSink(
  deps: LakeDeps,
  options: { source: string; stream: string; notes?: CommitNotes | undefined },
): CommitSink<RecordBatch> {
  const { source, stream, notes } = options;
  const path = `bronze/${stream}`;
  const writer = new TableWriter(deps, { path, columns: BRONZE_COLUMNS, dateColumn: 'ingest_date', stream });
  return {
    name: path,
    assigned: async (partitions) => {
      const positions = await writer.assigned(partitions);
      notes?.restore(
        partitions,
        (name) => writer.extra(name),
        (partition) => writer.position(partition),
      );
      return positions;
    },
    write: (records, context) => {
      const start = indexFrom(records, writer.position(records.partition) ?? 0n);
      if (start < records.count)
        writer.add(bronzeRows(records, start, source, context), records.bytes.length);
    },
    buffered: () => writer.buffered(),
    commit: (upTo) => writer.commit(upTo, notes?.extras(upTo.keys())),
    published: () => writer.published(),
    discard: () => writer.discard(),
  };
}

/** Keys and values stay where the source put them: the file is written from there. */
function bronzeRows(
  records: RecordBatch,
  start: number,
  source: string,
  { nowMs }: BatchContext,
): ColumnTable {
  const rows = records.count - start;
  const { bytes } = records;
  const values: Record<string, ColumnValues> = {
    source: DictionaryValues.constant(source, rows),
    stream: DictionaryValues.constant(records.stream, rows),
    partition: DictionaryValues.constant(records.partition, rows),
    ...positionColumns(positionsFrom(records, start)),
    key: new ByteValues(bytes, records.keyStart.subarray(start), records.keyLength.subarray(start)),
    value: new ByteValues(bytes, records.valueStart.subarray(start), records.valueLength.subarray(start)),
    headers: headersFrom(records, start),
    broker_time: microsOf(records.timestampMs.subarray(start)),
    ingest_time: new Float64Array(rows).fill(nowMs * 1000),
    schema_id: schemaIds(records, start),
    ingest_date: new Int32Array(rows).fill(dayOf(nowMs)),
  };
  return { rows, columns: BRONZE_COLUMNS.map((spec) => ({ spec, values: values[spec.name] })) };
}

function headersFrom(records: RecordBatch, start: number): ColumnValues {
  let row = records.headersAt === withoutHeaders ? records.count : start;
  while (row < records.count && records.headersAt(row).length === 0) row++;
  const rows = records.count - start;
  return row === records.count
    ? new EmptyLists(rows)
    : Array.from({ length: rows }, (_, row) => records.headersAt(start + row));
}

/** Of the Confluent prefix (magic 0, four bytes big-endian), null for any other framing. */
function schemaIds({ bytes, valueStart, valueLength, count }: RecordBatch, start: number): NullableNumbers {
  const ids = new Int32Array(count - start);
  const isNull = new Uint8Array(ids.length);
  for (let row = 0; row < ids.length; row++) {
    const at = valueStart[start + row];
    const isFramed = valueLength[start + row] >= 5 && bytes[at] === 0 && bytes[at + 1] <= 0x7f;
    if (isFramed)
      ids[row] = (bytes[at + 1] << 24) | (bytes[at + 2] << 16) | (bytes[at + 3] << 8) | bytes[at + 4];
    else isNull[row] = 1;
  }
  return new NullableNumbers(ids, isNull);
}
