import type { EventData, ReceivedEventData } from '@azure/event-hubs';
import { RecordBatchWriter, type Header, type OutgoingRecord, type RecordBatch } from '@gondola/stream';

/** The AMQP property that says how a body is encoded; framings look for it among the headers. */
const CONTENT_TYPE = 'content-type';
const NO_HEADERS: readonly Header[] = [];
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Events of one partition, in order, as a batch: each body is copied once. */
export function batchOf(
  stream: string,
  partition: string,
  events: readonly ReceivedEventData[],
): RecordBatch {
  const values = events.map(valueOf);
  const keys = events.map(({ partitionKey }) => (partitionKey == null ? null : encoder.encode(partitionKey)));
  const writer = new RecordBatchWriter(events.length, sumOf(values) + sumOf(keys));
  events.forEach(({ enqueuedTimeUtc, sequenceNumber }, index) =>
    writer.add(keys[index], values[index], enqueuedTimeUtc.getTime(), sequenceNumber),
  );
  const headers = events.map(headerFieldsOf);
  const nextPosition = BigInt(events[events.length - 1].sequenceNumber) + 1n;
  return writer.finish(stream, partition, nextPosition, (index) => headersOf(headers[index]));
}

/** About what an event takes in memory: what prefetch is measured by. */
export function bytesOf({ body, partitionKey }: ReceivedEventData): number {
  const known = typeof body === 'string' || body instanceof Uint8Array ? body.length : 0;
  return OBJECT_BYTES + known + (partitionKey?.length ?? 0);
}

/** Of the objects that the client makes of an event, about. */
const OBJECT_BYTES = 1_000;

/** Data sections as they are, text as its bytes, every other AMQP value or sequence as the bytes of its JSON. */
function valueOf(event: ReceivedEventData): Uint8Array | null {
  const body: unknown = event.body;
  if (body === null || body === undefined) return null;
  if (body instanceof Uint8Array) return body;
  if (typeof body === 'string') return encoder.encode(body);
  const isManyDataSections = event.getRawAmqpMessage().bodyType === 'data' && Array.isArray(body);
  if (isManyDataSections) return Buffer.concat(body as Uint8Array[]);
  return encoder.encode(JSON.stringify(body));
}

interface HeaderFields {
  readonly contentType: string | undefined;
  readonly properties: Readonly<Record<string, unknown>> | undefined;
}

/** Of the raw message: the client turns binary properties of its own view into plain objects. */
function headerFieldsOf(event: ReceivedEventData): HeaderFields | null {
  const properties = event.getRawAmqpMessage().applicationProperties;
  if (event.contentType === undefined && properties === undefined) return null;
  return { contentType: event.contentType, properties };
}

function headersOf(fields: HeaderFields | null): readonly Header[] {
  if (fields === null) return NO_HEADERS;
  const headers = Object.entries(fields.properties ?? {}).map(([key, value]) => ({
    key,
    value: headerBytes(value),
  }));
  if (fields.contentType === undefined) return headers;
  return [{ key: CONTENT_TYPE, value: encoder.encode(fields.contentType) }, ...headers];
}

function headerBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date) return encoder.encode(value.toISOString());
  return encoder.encode(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** What an event says to the hub; its key is that of the batch it is put into. */
export function eventOf({ value, headers = NO_HEADERS }: OutgoingRecord): EventData {
  const event: EventData = { body: bufferOf(value ?? new Uint8Array(0)) };
  const properties: Record<string, string | Buffer> = {};
  for (const header of headers) {
    const text = textOf(header.value);
    if (header.key.toLowerCase() === CONTENT_TYPE && text !== null) event.contentType = text;
    else properties[header.key] = text ?? bufferOf(header.value);
  }
  if (Object.keys(properties).length > 0) event.properties = properties;
  return event;
}

/** A hub's keys are texts, and none is the same as an empty one. */
export function partitionKeyOf(key: Uint8Array | null): string | undefined {
  return key === null || key.length === 0 ? undefined : Buffer.from(key).toString('utf8');
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** The client knows bytes by `Buffer` alone. */
const bufferOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

const sumOf = (parts: readonly (Uint8Array | null)[]) =>
  parts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
