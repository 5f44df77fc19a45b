import { RecordBatchWriter, type Header, type RecordBatch } from '@gondola/stream';
import type { IHeaders, KafkaMessage } from 'kafkajs';

/**
 * Copies a client's messages into columns: its buffers are cut from one response or from many decompressed batches. Of the
 * messages nothing is kept but headers, so that the many objects of each die young.
 */
export function columnsOfMessages(
  stream: string,
  partition: number,
  messages: readonly KafkaMessage[],
  nextOffset: number,
): RecordBatch {
  let total = 0;
  let hasHeaders = false;
  for (const { key, value, headers } of messages) {
    total += (key?.length ?? 0) + (value?.length ?? 0);
    hasHeaders ||= isFilled(headers);
  }
  const writer = new RecordBatchWriter(messages.length, total);
  const first = Number(messages.at(0)?.offset);
  const isWithoutHoles = Number(messages.at(-1)?.offset) - first === messages.length - 1;
  // The client gives both numbers as text, which costs more to read than the rest.
  let time = '';
  let timestampMs = NaN;
  messages.forEach(({ key, value, timestamp, offset }, index) => {
    if (timestamp !== time) timestampMs = Number((time = timestamp));
    writer.add(key, value, timestampMs, isWithoutHoles ? first + index : Number(offset));
  });
  const headers = hasHeaders ? messages.map((message) => message.headers) : null;
  return writer.finish(stream, String(partition), BigInt(nextOffset), (index) => headersOf(headers?.[index]));
}

/** The client gives every message an object. */
function isFilled(headers: IHeaders | undefined): boolean {
  for (const _ in headers) return true;
  return false;
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
