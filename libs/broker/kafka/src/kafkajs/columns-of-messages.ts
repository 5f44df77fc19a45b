import { allocateRecordColumns, type Header, type RecordBatch } from '@gondola/stream';
import type { IHeaders, KafkaMessage } from 'kafkajs';

/** Copies a client's messages into columns: its buffers are cut from one response or from many decompressed batches. */
export function columnsOfMessages(
  stream: string,
  partition: number,
  messages: readonly KafkaMessage[],
  nextOffset: number,
): RecordBatch {
  const count = messages.length;
  const columns = allocateRecordColumns(count);
  const { keyStart, keyLength, valueStart, valueLength, timestampMs, positions } = columns;
  let total = 0;
  for (const { key, value } of messages) total += (key?.length ?? 0) + (value?.length ?? 0);
  const bytes = Buffer.allocUnsafe(total);
  let end = 0;
  for (let index = 0; index < count; index++) {
    const { key, value, timestamp, offset } = messages[index];
    keyStart[index] = end;
    keyLength[index] = key ? key.length : -1;
    if (key) end += key.copy(bytes, end);
    valueStart[index] = end;
    valueLength[index] = value ? value.length : -1;
    if (value) end += value.copy(bytes, end);
    timestampMs[index] = Number(timestamp);
    positions[index] = Number(offset);
  }
  return {
    stream,
    partition: String(partition),
    count,
    bytes,
    ...columns,
    nextPosition: BigInt(nextOffset),
    headersAt: (index) => headersOf(messages[index].headers),
  };
}

/** Several headers of one key come as a list; the order between different keys is the client's. */
function headersOf(headers: IHeaders | undefined): readonly Header[] {
  if (!headers) return [];
  return Object.entries(headers).flatMap(([key, value]) =>
    [value]
      .flat()
      .map((one) => ({ key, value: typeof one === 'string' ? Buffer.from(one) : (one ?? NOTHING) })),
  );
}

const NOTHING = new Uint8Array(0);
