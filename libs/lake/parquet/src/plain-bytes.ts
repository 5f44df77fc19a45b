import { ByteValues, type DictionaryValues } from '@gondola/stream';
import { BloomFilter } from './bloom-filter.js';
import type { Bounds } from './bounds.js';
import type { ByteSink } from './byte-sink.js';
import { Encoding, type ChunkMemory, type ChunkValues } from './chunk-values.js';

export type ByteParts = readonly (ByteValues | DictionaryValues)[];

/** Before every value. */
export const LENGTH_BYTES = 4;
/** Shorter values are copied faster by a loop than by a call. */
const COPY_LOOP_MAX = 64;

/** Values where they stand, part by part. */
export class PlainBytes implements ChunkValues {
  readonly encoding: ChunkValues['encoding'] = Encoding.plain;
  readonly dictionary = null;

  /** `sizes` are those of all parts. */
  protected constructor(
    readonly parts: readonly ByteValues[],
    readonly sizes: Int32Array,
    readonly isOrdered: boolean,
  ) {}

  static of(given: ByteParts, isOrdered: boolean, memory: ChunkMemory): PlainBytes {
    const parts = given.map((part) => (part instanceof ByteValues ? part : part.entries.select(part.index)));
    const sizes = memory.add(new Int32Array(parts.reduce((sum, part) => sum + part.length, 0)));
    let at = 0;
    for (const { size } of parts) {
      sizes.set(size, at);
      at += size.length;
    }
    return new PlainBytes(parts, sizes, isOrdered);
  }

  sizeOf(from: number, to: number): number {
    let sum = LENGTH_BYTES * (to - from);
    for (let at = from; at < to; at++) sum += this.sizes[at];
    return sum;
  }

  write(sink: ByteSink, from: number, to: number): void {
    sink.reserve(this.sizeOf(from, to));
    for (const { part, begin, end } of this.segments(from, to)) copyValues(sink, part, begin, end);
  }

  bounds(from: number, to: number): Bounds | null {
    if (!this.isOrdered) return null;
    let min: Uint8Array | null = null;
    let max: Uint8Array | null = null;
    for (const { part, begin, end } of this.segments(from, to)) {
      const [low, high] = extremesOf(part, begin, end);
      if (!min || Buffer.compare(low, min) < 0) min = low;
      if (!max || Buffer.compare(high, max) > 0) max = high;
    }
    return min && max && { min, max };
  }

  bloomFilter(): Uint8Array {
    return bloomFilterOf(this.parts);
  }

  protected *segments(from: number, to: number): Generator<{ part: ByteValues; begin: number; end: number }> {
    let partFrom = 0;
    for (const part of this.parts) {
      const begin = Math.max(from - partFrom, 0);
      const end = Math.min(to - partFrom, part.length);
      if (begin < end) yield { part, begin, end };
      partFrom += part.length;
      if (partFrom >= to) return;
    }
  }
}

/**
 * Four bytes at a time; the last word may reach beyond the value, where the next one goes. A function of its own: V8
 * compiles an inner loop that is hot alone, and falls back to slow code whenever it ends.
 */
export function copyWords(source: DataView, from: number, target: DataView, to: number, count: number): void {
  for (let at = 0; at < count; at += 4) target.setInt32(to + at, source.getInt32(from + at));
}

/** Room for all of them is reserved. */
function copyValues(sink: ByteSink, { bytes, start, size }: ByteValues, begin: number, end: number): void {
  const { view, bytes: target } = sink;
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wordsEnd = bytes.length - 3;
  let to = sink.end;
  for (let row = begin; row < end; row++) {
    const from = start[row];
    const count = size[row];
    view.setInt32(to, count, true);
    to += LENGTH_BYTES;
    if (count > COPY_LOOP_MAX) target.set(bytes.subarray(from, from + count), to);
    else if (from + count <= wordsEnd) copyWords(source, from, view, to, count);
    else for (let at = 0; at < count; at++) target[to + at] = bytes[from + at];
    to += count;
  }
  sink.end = to;
}

/** Least and greatest value of a range that is not empty, mostly by their first four bytes. */
function extremesOf(values: ByteValues, begin: number, end: number): readonly [Uint8Array, Uint8Array] {
  const { bytes, start, size } = values;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let min = begin;
  let max = begin;
  let minKey = keyOf(view, start[begin], size[begin]);
  let maxKey = minKey;
  for (let row = begin + 1; row < end; row++) {
    const key = keyOf(view, start[row], size[row]);
    if (key < minKey || (key === minKey && isBelow(values, row, min))) {
      min = row;
      minKey = key;
    }
    if (key > maxKey || (key === maxKey && isBelow(values, max, row))) {
      max = row;
      maxKey = key;
    }
  }
  return [entryOf(values, min), entryOf(values, max)];
}

/** The first four bytes as a number, zeros for those that are not there. */
function keyOf(view: DataView, start: number, size: number): number {
  if (size >= 4) return view.getUint32(start);
  let key = 0;
  for (let at = 0; at < 4; at++) key = key * 256 + (at < size ? view.getUint8(start + at) : 0);
  return key;
}

function isBelow({ bytes, start, size }: ByteValues, left: number, right: number): boolean {
  const shorter = Math.min(size[left], size[right]);
  for (let at = 0; at < shorter; at++) {
    const difference = bytes[start[left] + at] - bytes[start[right] + at];
    if (difference !== 0) return difference < 0;
  }
  return size[left] < size[right];
}

export function bloomFilterOf(parts: readonly ByteValues[]): Uint8Array {
  const filter = new BloomFilter(parts.reduce((sum, part) => sum + part.length, 0));
  for (const { bytes, start, size } of parts)
    for (let row = 0; row < start.length; row++) filter.add(bytes, start[row], size[row]);
  return filter.bytes();
}

export function entryOf({ bytes, start, size }: ByteValues, entry: number): Uint8Array {
  return bytes.subarray(start[entry], start[entry] + size[entry]);
}
