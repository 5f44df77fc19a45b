import { createHash } from 'node:crypto';
import type { Header } from '@gondola/stream';
import { USER_RECORDS_MAX } from './kinesis-position.js';

/**
 * The aggregated record of the Kinesis Producer Library: four bytes of magic, a protobuf message, its MD5.
 *
 *     AggregatedRecord { repeated string partition_key_table = 1; repeated string explicit_hash_key_table = 2;
 *                        repeated Record records = 3; }
 *     Record { uint64 partition_key_index = 1; uint64 explicit_hash_key_index = 2; bytes data = 3; repeated Tag tags = 4; }
 *     Tag { string key = 1; string value = 2; }
 *
 * Tags carry headers. Protobuf calls a tag's value a text; ours are the header's bytes as they are.
 */
const MAGIC = Uint8Array.of(0xf3, 0x89, 0x9a, 0xc2);
const DIGEST_BYTES = 16;
const LENGTH_DELIMITED = 2;

/** Where things are in the record's bytes; the columns have one entry for each user record. */
export interface Aggregate {
  /** Start and length of each partition key of the table, and of each explicit hash key. */
  readonly keys: Spans;
  readonly hashKeys: Spans;
  readonly keyIndex: number[];
  /** -1: its hash is that of its partition key. */
  readonly hashKeyIndex: number[];
  readonly data: Spans;
  /** The whole message: tags are read from it when asked for. */
  readonly messages: Spans;
}

interface Spans {
  readonly start: number[];
  readonly length: number[];
}

export interface UserRecord {
  readonly key: Uint8Array;
  /** Decimal, 0 to 2^128-1: decides the shard in place of the key. */
  readonly explicitHashKey?: string | undefined;
  readonly data: Uint8Array;
  readonly headers: readonly Header[];
}

/** Null for whatever is not a sound aggregated record: then the bytes are one plain record. */
export function readAggregate(bytes: Uint8Array): Aggregate | null {
  const end = bytes.length - DIGEST_BYTES;
  if (end < MAGIC.length || MAGIC.some((byte, index) => bytes[index] !== byte)) return null;
  const digest = createHash('md5').update(bytes.subarray(MAGIC.length, end)).digest();
  if (Buffer.compare(digest, bytes.subarray(end)) !== 0) return null;
  const found: Aggregate = {
    keys: noSpans(),
    hashKeys: noSpans(),
    keyIndex: [],
    hashKeyIndex: [],
    data: noSpans(),
    messages: noSpans(),
  };
  const isRead = readFields(bytes, MAGIC.length, end, (field, start, length) => {
    if (length < 0) return true;
    if (field === 1) addSpan(found.keys, start, length);
    else if (field === 2) addSpan(found.hashKeys, start, length);
    else if (field === 3) return readUserRecord(bytes, start, length, found);
    return true;
  });
  return isRead && isSound(found) ? found : null;
}

function readUserRecord(bytes: Uint8Array, start: number, length: number, found: Aggregate): boolean {
  let keyIndex = -1;
  let hashKeyIndex = -1;
  let dataStart = -1;
  let dataLength = -1;
  const isRead = readFields(bytes, start, start + length, (field, value, fieldLength) => {
    if (field === 1 && fieldLength < 0) keyIndex = value;
    else if (field === 2 && fieldLength < 0) hashKeyIndex = value;
    else if (field === 3 && fieldLength >= 0) [dataStart, dataLength] = [value, fieldLength];
    return true;
  });
  if (!isRead || keyIndex < 0 || dataStart < 0) return false;
  found.keyIndex.push(keyIndex);
  found.hashKeyIndex.push(hashKeyIndex);
  addSpan(found.data, dataStart, dataLength);
  addSpan(found.messages, start, length);
  return true;
}

function isSound({ keys, hashKeys, keyIndex, hashKeyIndex }: Aggregate): boolean {
  return (
    keyIndex.length <= USER_RECORDS_MAX &&
    keyIndex.every((index) => index < keys.start.length) &&
    hashKeyIndex.every((index) => index < hashKeys.start.length)
  );
}

/** The tags of one user record's message. */
export function readHeaders(bytes: Uint8Array, start: number, length: number): Header[] {
  const headers: Header[] = [];
  readFields(bytes, start, start + length, (field, tagStart, tagLength) => {
    if (field !== 4 || tagLength < 0) return true;
    let key = '';
    let value: Uint8Array = new Uint8Array(0);
    const isRead = readFields(bytes, tagStart, tagStart + tagLength, (part, partStart, partLength) => {
      const text = bytes.subarray(partStart, partStart + Math.max(partLength, 0));
      if (part === 1) key = new TextDecoder().decode(text);
      else if (part === 2) value = text;
      return true;
    });
    if (isRead) headers.push({ key, value });
    return true;
  });
  return headers;
}

/**
 * Calls `field` with number, start and length of each field; a varint has length -1 and its value in place of the start.
 * False when the bytes are no protobuf message or `field` says so.
 */
function readFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: (number: number, start: number, length: number) => boolean,
): boolean {
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < end && scale < 2 ** 53; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return NaN;
  };
  while (at < end) {
    const tag = varint();
    const wire = tag % 8;
    if (Number.isNaN(tag) || (wire !== 0 && wire !== LENGTH_DELIMITED)) return false;
    const value = varint();
    if (Number.isNaN(value)) return false;
    if (wire === 0) {
      if (!field(Math.floor(tag / 8), value, -1)) return false;
      continue;
    }
    if (value > end - at || !field(Math.floor(tag / 8), at, value)) return false;
    at += value;
  }
  return true;
}

/** Never less than what a user record adds to the bytes; its key counts once for each record. */
export function aggregatedBytesMax({ key, explicitHashKey = '', data, headers }: UserRecord): number {
  const tags = headers.reduce((sum, header) => sum + 3 * header.key.length + header.value.length + 20, 0);
  return key.length + explicitHashKey.length + data.length + tags + 40;
}

/** Magic and digest of a record. */
export const AGGREGATE_BYTES = MAGIC.length + DIGEST_BYTES;

export function writeAggregate(records: readonly UserRecord[]): Uint8Array {
  const keys = new Map<string, number>();
  const hashKeys = new Map<string, number>();
  const indexIn = (table: Map<string, number>, text: string): number => {
    const known = table.get(text);
    if (known !== undefined) return known;
    table.set(text, table.size);
    return table.size - 1;
  };
  const messages = records.map(({ key, explicitHashKey, data, headers }) =>
    Buffer.concat([
      Buffer.of(1 << 3),
      varintOf(indexIn(keys, Buffer.from(key).toString('utf8'))),
      ...(explicitHashKey === undefined
        ? []
        : [Buffer.of(2 << 3), varintOf(indexIn(hashKeys, explicitHashKey))]),
      ...delimited(3, data),
      ...headers.flatMap((tag) =>
        delimited(4, Buffer.concat([...delimited(1, Buffer.from(tag.key)), ...delimited(2, tag.value)])),
      ),
    ]),
  );
  const message = Buffer.concat([
    ...[...keys.keys()].flatMap((key) => delimited(1, Buffer.from(key))),
    ...[...hashKeys.keys()].flatMap((key) => delimited(2, Buffer.from(key))),
    ...messages.flatMap((one) => delimited(3, one)),
  ]);
  return Buffer.concat([MAGIC, message, createHash('md5').update(message).digest()]);
}

const delimited = (field: number, bytes: Uint8Array): Uint8Array[] => [
  Buffer.of((field << 3) | LENGTH_DELIMITED),
  varintOf(bytes.length),
  bytes,
];

function varintOf(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

const noSpans = (): Spans => ({ start: [], length: [] });

function addSpan(spans: Spans, start: number, length: number): void {
  spans.start.push(start);
  spans.length.push(length);
}
