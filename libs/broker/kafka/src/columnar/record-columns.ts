import type { allocateRecordColumns, Header } from '@gondola/stream';

export type RecordColumns = ReturnType<typeof allocateRecordColumns>;

/** What is read into. */
export interface ReadRecords {
  readonly columns: RecordColumns;
  /** Whether any record has headers. */
  haveHeaders: boolean;
}

/** What the records of one batch share. Records lie in `bytes` from `start` to `end`. */
export interface RecordRange {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly baseOffset: number;
  readonly baseTimestampMs: number;
  /** The broker's time for all of them, null when each has its producer's. */
  readonly appendTimestampMs: number | null;
}

/** Length, attributes, time, offset, key length, value length, header count: a byte each at least. */
export const RECORD_BYTES_MIN = 7;

/** Reads Kafka's variable-length numbers: seven bits a byte, the least significant first, signs folded in (zigzag). */
class Cursor {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {}

  int(): number {
    let byte = this.bytes[this.at++];
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28) throw new Error('holds a number of more than 32 bits');
      byte = this.bytes[this.at++];
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** Up to 64 bits; exact as far as a number is. */
  long(): number {
    let byte = this.bytes[this.at++];
    let value = byte & 0x7f;
    for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
      if (scale > 2 ** 63) throw new Error('holds a number of more than 64 bits');
      byte = this.bytes[this.at++];
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/**
 * Writes where the records' parts are into the columns, from index `at` on, and leaves out those below `from`. Returns the index
 * after the last one written. Throws when the bytes are not `count` records.
 */
export function readRecords(
  bytes: Uint8Array,
  range: RecordRange,
  from: number,
  into: ReadRecords,
  at: number,
): number {
  const { keyStart, keyLength, valueStart, valueLength, timestampMs, positions } = into.columns;
  const { end, baseOffset, baseTimestampMs, appendTimestampMs } = range;
  const cursor = new Cursor(bytes, range.start);
  for (let left = range.count; left > 0; left--) {
    const length = cursor.int();
    const recordEnd = cursor.at + length;
    if (length < 0 || !(recordEnd <= end)) throw new Error('ends within a record');
    cursor.at++; // attributes: none are in use
    const sinceBaseMs = cursor.long();
    const position = baseOffset + cursor.int();
    if (position < from) {
      cursor.at = recordEnd;
      continue;
    }
    keyLength[at] = cursor.int();
    keyStart[at] = cursor.at;
    if (keyLength[at] > 0) cursor.at += keyLength[at];
    valueLength[at] = cursor.int();
    valueStart[at] = cursor.at;
    if (valueLength[at] > 0) cursor.at += valueLength[at];
    if (keyLength[at] < -1 || valueLength[at] < -1 || cursor.at >= recordEnd)
      throw new Error('holds a record longer than it says');
    if (bytes[cursor.at] !== 0) into.haveHeaders = true;
    timestampMs[at] = appendTimestampMs ?? baseTimestampMs + sinceBaseMs;
    positions[at] = position;
    at++;
    cursor.at = recordEnd;
  }
  return at;
}

const decoder = new TextDecoder();
const NO_BYTES = new Uint8Array(0);

/** Headers of the record whose value starts there: they follow it. A header without a value has an empty one. */
export function readHeaders(bytes: Uint8Array, valueStart: number, valueLength: number): Header[] {
  const cursor = new Cursor(bytes, valueStart + Math.max(0, valueLength));
  const headers: Header[] = [];
  const take = (length: number): Uint8Array => {
    const start = cursor.at;
    if (start + length > bytes.length) throw new Error('holds a header longer than the batch');
    return bytes.subarray(start, (cursor.at += length));
  };
  for (let left = cursor.int(); left > 0; left--) {
    const key = decoder.decode(take(cursor.int()));
    const length = cursor.int();
    headers.push({ key, value: length < 0 ? NO_BYTES : take(length) });
  }
  return headers;
}

/** Is this control batch's only record the end of an aborted transaction? (Its key: a version, then 0 abort, 1 commit.) */
export function isAbortMarker(bytes: Uint8Array, start: number, end: number): boolean {
  const cursor = new Cursor(bytes, start);
  cursor.int();
  cursor.at++;
  cursor.long();
  cursor.int();
  if (cursor.int() < 4 || cursor.at + 4 > end) throw new Error('is a control batch without a type');
  return bytes[cursor.at + 2] === 0 && bytes[cursor.at + 3] === 0;
}
