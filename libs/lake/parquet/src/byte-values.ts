import { ByteInterner, ByteValues, DictionaryValues } from '@gondola/stream';
import { bitWidthOf } from './bit-packing.js';
import { BloomFilter } from './bloom-filter.js';
import type { Bounds } from './bounds.js';
import { ByteSink } from './byte-sink.js';
import { Encoding, type ChunkValues } from './chunk-values.js';
import { DictionaryIndex, rankInPlace } from './dictionary-index.js';
import { estimatedDistinct } from './number-dictionary.js';

export type ByteParts = readonly (ByteValues | DictionaryValues)[];

const SAMPLE_VALUES = 2048;
const DICTIONARY_ENTRIES_MAX = 1 << 16;
/** A reader holds the dictionaries of all columns that it reads. */
const DICTIONARY_BYTES_MAX = 2 * 1024 * 1024;
/** Before every value. */
const LENGTH_BYTES = 4;
/** Shorter values are copied faster by a loop than by a call. */
const COPY_LOOP_MAX = 64;

/**
 * Text or bytes: a dictionary where they repeat, which a sample tells before every value is hashed; else PLAIN.
 * DELTA_LENGTH_BYTE_ARRAY gave the same size after zstd at the same cost, and fewer readers have it.
 */
export function byteValues(parts: ByteParts, isOrdered: boolean): ChunkValues {
  return dictionaryOf(parts, isOrdered) ?? new PlainBytes(parts, isOrdered);
}

function dictionaryOf(parts: ByteParts, isOrdered: boolean): ChunkValues | null {
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  if (count === 0 || !mayRepeat(parts, count)) return null;
  const interner = new ByteInterner();
  const index = new Int32Array(count);
  let bytes = 0;
  let at = 0;
  for (const part of parts) {
    const to = index.subarray(at, at + part.length);
    if (part instanceof ByteValues) bytes += internAll(interner, part, to);
    else bytes += internEntries(interner, part, to);
    if (interner.count > DICTIONARY_ENTRIES_MAX || interner.byteCount > DICTIONARY_BYTES_MAX) return null;
    at += part.length;
  }
  const size =
    interner.byteCount + LENGTH_BYTES * interner.count + (count * bitWidthOf(interner.count - 1)) / 8;
  return size < bytes + LENGTH_BYTES * count
    ? new DictionaryBytes(interner.entries(), index, isOrdered)
    : null;
}

/** Looks at values all over the chunk: neighbours, like the lines of one basket, are no sample. */
function mayRepeat(parts: ByteParts, count: number): boolean {
  if (count <= 2 * SAMPLE_VALUES || parts.every((part) => part instanceof DictionaryValues)) return true;
  const interner = new ByteInterner();
  let sampled = 0;
  const step = Math.floor(count / SAMPLE_VALUES);
  for (const part of parts) {
    const { bytes, start, size } = part instanceof ByteValues ? part : part.entries;
    for (let at = 0; at < part.length; at += step, sampled++) {
      const row = part instanceof ByteValues ? at : part.index[at];
      interner.intern(bytes, start[row], size[row]);
    }
  }
  const distinct = estimatedDistinct(sampled, interner.count);
  return distinct <= Math.min(DICTIONARY_ENTRIES_MAX, count / 3);
}

/** Numbers every value; returns their bytes together. Gives up when the dictionary is full. */
function internAll(interner: ByteInterner, { bytes, start, size }: ByteValues, to: Int32Array): number {
  let sum = 0;
  for (let row = 0; row < to.length; row++) {
    to[row] = interner.intern(bytes, start[row], size[row]);
    sum += size[row];
    if (interner.count > DICTIONARY_ENTRIES_MAX) break;
  }
  return sum;
}

/** As `internAll`, with one look for each entry that is used. */
function internEntries(interner: ByteInterner, { index, entries }: DictionaryValues, to: Int32Array): number {
  const { bytes, start, size } = entries;
  const known = new Int32Array(entries.length).fill(-1);
  let sum = 0;
  for (let row = 0; row < index.length; row++) {
    const entry = index[row];
    if (known[entry] < 0) known[entry] = interner.intern(bytes, start[entry], size[entry]);
    to[row] = known[entry];
    sum += size[entry];
  }
  return sum;
}

class DictionaryBytes implements ChunkValues {
  readonly encoding = Encoding.rleDictionary;
  readonly dictionary;
  private readonly index: DictionaryIndex;
  private readonly sorted: ByteValues;

  constructor(
    entries: ByteValues,
    index: Int32Array,
    private readonly isOrdered: boolean,
  ) {
    const order = orderOf(entries);
    rankInPlace(index, order);
    this.sorted = entries.select(order);
    this.index = new DictionaryIndex(index, order.length);
    const sink = new ByteSink();
    for (let entry = 0; entry < order.length; entry++) {
      sink.int32(this.sorted.size[entry]);
      sink.append(entryOf(this.sorted, entry));
    }
    this.dictionary = { entries: order.length, bytes: sink.written() };
  }

  sizeOf(from: number, to: number): number {
    return this.index.sizeOf(from, to);
  }

  write(sink: ByteSink, from: number, to: number): void {
    this.index.write(sink, from, to);
  }

  bounds(from: number, to: number): Bounds | null {
    if (!this.isOrdered) return null;
    const [min, max] = this.index.range(from, to);
    return { min: entryOf(this.sorted, min), max: entryOf(this.sorted, max) };
  }

  bloomFilter(): Uint8Array {
    return bloomFilterOf([this.sorted]);
  }
}

function bloomFilterOf(parts: readonly ByteValues[]): Uint8Array {
  const filter = new BloomFilter(parts.reduce((sum, part) => sum + part.length, 0));
  for (const { bytes, start, size } of parts)
    for (let row = 0; row < start.length; row++) filter.add(bytes, start[row], size[row]);
  return filter.bytes();
}

function entryOf({ bytes, start, size }: ByteValues, entry: number): Uint8Array {
  return bytes.subarray(start[entry], start[entry] + size[entry]);
}

/** Entries in ascending order of their bytes. */
function orderOf(entries: ByteValues): Int32Array {
  const { bytes, start, size } = entries;
  const order = Int32Array.from(size, (_, entry) => entry);
  return order.sort((left, right) => {
    const from = start[left];
    const other = start[right];
    const shorter = Math.min(size[left], size[right]);
    for (let at = 0; at < shorter; at++) {
      const difference = bytes[from + at] - bytes[other + at];
      if (difference !== 0) return difference;
    }
    return size[left] - size[right];
  });
}

/** Values where they stand, part by part. */
class PlainBytes implements ChunkValues {
  readonly encoding = Encoding.plain;
  readonly dictionary = null;
  private readonly parts: readonly ByteValues[];
  private readonly sizes: Int32Array;

  constructor(
    parts: ByteParts,
    private readonly isOrdered: boolean,
  ) {
    this.parts = parts.map((part) => (part instanceof ByteValues ? part : part.entries.select(part.index)));
    this.sizes = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const { size } of this.parts) {
      this.sizes.set(size, at);
      at += size.length;
    }
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

  private *segments(from: number, to: number): Generator<{ part: ByteValues; begin: number; end: number }> {
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

/** Room for all of them is reserved. */
function copyValues(sink: ByteSink, { bytes, start, size }: ByteValues, begin: number, end: number): void {
  const { view, bytes: target } = sink;
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wordsEnd = bytes.length - 4;
  let to = sink.end;
  for (let row = begin; row < end; row++) {
    const from = start[row];
    const count = size[row];
    view.setInt32(to, count, true);
    to += LENGTH_BYTES;
    if (count > COPY_LOOP_MAX) target.set(bytes.subarray(from, from + count), to);
    else {
      // Four bytes at a time; the last word may write beyond the value, where the next one goes.
      let at = 0;
      for (; at < count && from + at <= wordsEnd; at += 4) view.setInt32(to + at, source.getInt32(from + at));
      for (; at < count; at++) target[to + at] = bytes[from + at];
    }
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
