import type { KafkaRecord } from '@platformatic/kafka';
import { RecordBatchWriter, type Header, type RecordBatch } from '@gondola/stream';
import type { VisibleRecords } from './visible-records.js';

type Headers = KafkaRecord['headers'];

/** Copies records from `from` on into columns, and keeps nothing else of them but headers; null when there are none. */
export function columnsOfBatches(
  stream: string,
  partition: number,
  batches: readonly VisibleRecords[],
  from: number,
  next: number,
): RecordBatch | null {
  let count = 0;
  let total = 0;
  let hasHeaders = false;
  for (const { firstOffset, records } of batches)
    for (const { offsetDelta, key, value, headers } of records) {
      if (firstOffset + offsetDelta < from) continue;
      count++;
      total += (key?.length ?? 0) + (value?.length ?? 0);
      hasHeaders ||= headers.length > 0;
    }
  if (count === 0) return null;
  const writer = new RecordBatchWriter(count, total);
  const kept: Headers[] = [];
  for (const { firstOffset, firstTimestampMs, appendTimeMs, records } of batches)
    for (const { key, value, offsetDelta, timestampDelta, headers } of records) {
      const offset = firstOffset + offsetDelta;
      if (offset < from) continue;
      writer.add(key, value, appendTimeMs ?? firstTimestampMs + Number(timestampDelta), offset);
      if (hasHeaders) kept.push(headers);
    }
  return writer.finish(stream, String(partition), BigInt(next), (index) =>
    hasHeaders ? headersOf(kept[index]) : [],
  );
}

function headersOf(headers: Headers): readonly Header[] {
  return headers.map(([key, value]) => ({ key: key?.toString() ?? '', value: value ?? NOTHING }));
}

const NOTHING = new Uint8Array(0);
