import type { Position } from './position.js';
import { allocateRecordColumns, type Header, type RecordBatch } from './record-batch.js';

/** A record to be sent: what a producer gives to a sink. */
export interface OutgoingRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly Header[];
  readonly timestampMs: number;
}

const NO_HEADERS: readonly Header[] = [];

/** Copies records into columns; positions are consecutive from `firstPosition`. */
export function recordBatchOf(
  stream: string,
  partition: string,
  firstPosition: Position,
  records: readonly OutgoingRecord[],
): RecordBatch {
  const count = records.length;
  const columns = allocateRecordColumns(count);
  const { keyStart, keyLength, valueStart, valueLength, timestampMs, positions } = columns;
  const nextPosition = firstPosition + BigInt(count);
  const total = records.reduce((sum, r) => sum + (r.key?.length ?? 0) + (r.value?.length ?? 0), 0);
  const bytes = new Uint8Array(total);
  let end = 0;
  const copy = (part: Uint8Array | null, start: Int32Array, length: Int32Array, index: number) => {
    start[index] = end;
    length[index] = part ? part.length : -1;
    if (!part) return;
    bytes.set(part, end);
    end += part.length;
  };
  records.forEach((record, index) => {
    copy(record.key, keyStart, keyLength, index);
    copy(record.value, valueStart, valueLength, index);
    timestampMs[index] = record.timestampMs;
    positions[index] = Number(firstPosition) + index;
  });
  return {
    stream,
    partition,
    count,
    bytes,
    ...columns,
    positions:
      nextPosition > Number.MAX_SAFE_INTEGER
        ? records.map((_, index) => firstPosition + BigInt(index))
        : positions,
    nextPosition,
    headersAt: (index) => records[index].headers ?? NO_HEADERS,
  };
}
