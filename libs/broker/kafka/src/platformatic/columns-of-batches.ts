import type { KafkaRecord } from '@platformatic/kafka';
import { allocateRecordColumns, type Header, type RecordBatch } from '@gondola/stream';
import type { VisibleRecords } from './visible-records.js';

/** Copies records from `from` on into columns; null when there are none. */
export function columnsOfBatches(
  stream: string,
  partition: number,
  batches: readonly VisibleRecords[],
  from: number,
  next: number,
): RecordBatch | null {
  let count = 0;
  let total = 0;
  for (const { firstOffset, records } of batches)
    for (const record of records) {
      if (firstOffset + record.offsetDelta < from) continue;
      count++;
      total += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    }
  if (count === 0) return null;
  const columns = allocateRecordColumns(count);
  const { keyStart, keyLength, valueStart, valueLength, timestampMs, positions } = columns;
  const bytes = Buffer.allocUnsafe(total);
  const kept: KafkaRecord[] = [];
  let end = 0;
  let index = 0;
  for (const { firstOffset, firstTimestampMs, appendTimeMs, records } of batches) {
    for (const record of records) {
      const { key, value, offsetDelta, timestampDelta } = record;
      if (firstOffset + offsetDelta < from) continue;
      keyStart[index] = end;
      keyLength[index] = key ? key.length : -1;
      if (key) end += key.copy(bytes, end);
      valueStart[index] = end;
      valueLength[index] = value ? value.length : -1;
      if (value) end += value.copy(bytes, end);
      timestampMs[index] = appendTimeMs ?? firstTimestampMs + Number(timestampDelta);
      positions[index] = firstOffset + offsetDelta;
      kept.push(record);
      index++;
    }
  }
  return {
    stream,
    partition: String(partition),
    count,
    bytes,
    ...columns,
    nextPosition: BigInt(next),
    headersAt: (at) => headersOf(kept[at]),
  };
}

function headersOf({ headers }: KafkaRecord): readonly Header[] {
  return headers.map(([key, value]) => ({ key: key?.toString() ?? '', value: value ?? NOTHING }));
}

const NOTHING = new Uint8Array(0);
