import { openFile } from './open-file.js';
import type { ReplayBytes } from './replay-record.js';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Partition keys and times of the shipped contracts: see the `doc` of their schemas. */
const KEY_FIELDS = ['retailStoreId', 'locationId', 'fulfilmentStoreId', 'sessionId', 'storeId', 'itemId'];
const TIME_FIELDS = ['beginDateTime', 'eventTime', 'countedAt', 'updatedAt', 'at'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * A file of events, one JSON value a line (`.gz` or not). A line is
 * - `{ "event": {...}, "type"?: CloudEvents type, "key"?: partition key, "time"?: when it was sent, ISO or ms }`,
 * - a CloudEvents event in structured form, or
 * - a bare event of the stream's default subject.
 *
 * Anything else goes out as it stands, byte for byte: what is wrong with it is validation's to say. Only empty lines
 * are no records.
 */
export async function* readEventsFile(path: string): AsyncGenerator<ReplayBytes> {
  let timeMs = 0;
  for await (const line of linesOf(openFile(path))) {
    const record = recordOf(line, timeMs);
    timeMs = record.timeMs;
    yield record;
  }
}

/** Lines as bytes: reading them as text first would mend what is not UTF-8. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      parts.push(chunk.subarray(start, end));
      yield* lineOf(parts);
      parts = [];
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
  }
  yield* lineOf(parts);
}

function* lineOf(parts: readonly Buffer[]): Generator<Buffer> {
  const line = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  const length = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
  if (length > 0) yield line.subarray(0, length);
}

function recordOf(line: Buffer, lastTimeMs: number): ReplayBytes {
  const text = line.toString('utf8');
  const fields = fieldsOf(text);
  const isUtf8 = line.equals(Buffer.from(text));
  if (!fields || !isUtf8) return bytes(line, '', '', lastTimeMs, {});
  if (typeof fields.specversion === 'string' && typeof fields.type === 'string') {
    const data = asFields(fields.data);
    const key = textOf(fields.partitionkey) ?? keyOf(data);
    const headers = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
    return bytes(line, key, fields.type, timeOf(fields.time) ?? eventTimeOf(data) ?? lastTimeMs, headers);
  }
  if ('event' in fields) {
    const event = asFields(fields.event);
    const type = textOf(fields.type) ?? '';
    const value = Buffer.from(memberText(text, 'event'));
    const timeMs = timeOf(fields.time) ?? eventTimeOf(event) ?? lastTimeMs;
    return bytes(value, textOf(fields.key) ?? keyOf(event), type, timeMs, type ? headersOf(type, event) : {});
  }
  return bytes(line, keyOf(fields), '', eventTimeOf(fields) ?? lastTimeMs, {});
}

/** CloudEvents, binary mode. */
function headersOf(type: string, event: Fields): Record<string, string> {
  const id = textOf(event.eventId);
  return {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_type: type,
    ce_source: '/gondola/replay',
    ...(id === undefined ? {} : { ce_id: id }),
  };
}

function bytes(
  event: Uint8Array,
  key: string,
  subject: string,
  timeMs: number,
  headers: Readonly<Record<string, string>>,
): ReplayBytes {
  return { key, subject, encoding: 'raw', event, timeMs, headers };
}

function fieldsOf(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function keyOf(event: Fields): string {
  return KEY_FIELDS.map((name) => textOf(event[name])).find((text) => text !== undefined) ?? '';
}

function eventTimeOf(event: Fields): number | null {
  return TIME_FIELDS.map((name) => timeOf(event[name])).find((timeMs) => timeMs !== null) ?? null;
}

function timeOf(value: unknown): number | null {
  const timeMs = typeof value === 'string' ? Date.parse(value) : value;
  return typeof timeMs === 'number' && Number.isFinite(timeMs) ? timeMs : null;
}

/**
 * The text of a member of a JSON object, as it stands in the file. Writing the parsed value again would round long
 * numbers and drop what is written twice, and bronze is to hold what was sent.
 */
function memberText(object: string, name: string): string {
  let depth = 0;
  let isKeyNext = false;
  let start = -1;
  for (const { 0: token, index } of object.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    if (token === '{' || token === '[') isKeyNext = ++depth === 1;
    else if (token === '}' || token === ']') depth--;
    else if (token === ',') isKeyNext = depth === 1;
    else if (isKeyNext) {
      isKeyNext = false;
      if (JSON.parse(token) === name) start = object.indexOf(':', index + token.length) + 1;
      continue;
    }
    const isEnd = depth === 0 || (depth === 1 && token === ',');
    if (start >= 0 && isEnd) return object.slice(start, index).trim();
  }
  throw new Error(`no member ${name}`);
}
