import type { Position } from './position.js';
import { RecordBatchWriter } from './record-batch-writer.js';
import type { Header, RecordBatch } from './record-batch.js';

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
  const total = records.reduce((sum, r) => sum + (r.key?.length ?? 0) + (r.value?.length ?? 0), 0);
  const writer = new RecordBatchWriter(records.length, total);
  records.forEach(({ key, value, timestampMs }, index) =>
    writer.add(key, value, timestampMs, Number(firstPosition) + index),
  );
  const nextPosition = firstPosition + BigInt(records.length);
  const batch = writer.finish(
    stream,
    partition,
    nextPosition,
    (index) => records[index].headers ?? NO_HEADERS,
  );
  if (nextPosition <= Number.MAX_SAFE_INTEGER) return batch;
  return { ...batch, positions: records.map((_, index) => firstPosition + BigInt(index)) };
}
