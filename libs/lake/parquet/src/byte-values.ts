import { ByteInterner, ByteValues, DictionaryValues } from '@gondola/stream';
import { bitWidthOf } from './bit-packing.js';
import type { Bounds } from './bounds.js';
import { ByteSink } from './byte-sink.js';
import { Encoding, type ChunkMemory, type ChunkValues } from './chunk-values.js';
import { DeltaBytes, sharedPrefix } from './delta-bytes.js';
import { DictionaryIndex, rankInPlace } from './dictionary-index.js';
import { estimatedDistinct } from './number-dictionary.js';
import { bloomFilterOf, entryOf, LENGTH_BYTES, PlainBytes, type ByteParts } from './plain-bytes.js';

export type { ByteParts };

const SAMPLE_VALUES = 2048;
const DICTIONARY_ENTRIES_MAX = 1 << 16;
/** A reader holds the dictionaries of all columns that it reads. */
const DICTIONARY_BYTES_MAX = 2 * 1024 * 1024;
/** Longer values are not worth another form of their lengths. */
const DELTA_BYTES_MAX = 64;
/** Shared with the value before, on average: pays for a second list of lengths. */
const SHARED_BYTES_MIN = 2;

/**
 * Text or bytes: a dictionary where they repeat, which a sample tells before every value is hashed; else, for short ones,
 * DELTA_BYTE_ARRAY where neighbours begin alike (numbered ids: 15 % smaller than PLAIN after zstd, at a third of its
 * work) and DELTA_LENGTH_BYTE_ARRAY where they do not (tokens: the same, because zstd finds no lengths between the
 * random digits); PLAIN for payloads, whose size it does not change.
 */
export function byteValues(parts: ByteParts, isOrdered: boolean, memory: ChunkMemory): ChunkValues {
  return dictionaryOf(parts, isOrdered, memory) ?? plainOrDelta(parts, isOrdered, memory);
}

function plainOrDelta(parts: ByteParts, isOrdered: boolean, memory: ChunkMemory): ChunkValues {
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  const plain = PlainBytes.of(parts, isOrdered, memory);
  if (count === 0 || plain.sizeOf(0, count) > (LENGTH_BYTES + DELTA_BYTES_MAX) * count) return plain;
  return new DeltaBytes(plain, sharedBytes(plain.parts) >= SHARED_BYTES_MIN);
}

/** Bytes that neighbours have in common at their begin, on average, by pairs from all over the chunk. */
function sharedBytes(parts: readonly ByteValues[]): number {
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  const step = Math.ceil(count / SAMPLE_VALUES);
  let shared = 0;
  let pairs = 0;
  for (const part of parts)
    for (let row = 1; row < part.length; row += step, pairs++)
      shared += sharedPrefix(part, row - 1, part, row);
  return pairs === 0 ? 0 : shared / pairs;
}

function dictionaryOf(parts: ByteParts, isOrdered: boolean, memory: ChunkMemory): ChunkValues | null {
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  if (count === 0 || !mayRepeat(parts, count)) return null;
  const interner = new ByteInterner();
  const index = memory.add(new Int32Array(count));
  const known = new KnownEntries();
  let bytes = 0;
  let at = 0;
  for (const part of parts) {
    const to = index.subarray(at, at + part.length);
    if (part instanceof ByteValues) bytes += internAll(interner, part, to);
    else bytes += internEntries(interner, part, known, to);
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
function internEntries(
  interner: ByteInterner,
  { index, entries }: DictionaryValues,
  numbers: KnownEntries,
  to: Int32Array,
): number {
  const { bytes, start, size } = entries;
  if (entries.length === 1 && index.length > 0) {
    to.fill(interner.intern(bytes, start[0], size[0]));
    return size[0] * to.length;
  }
  const known = numbers.of(entries);
  let sum = 0;
  for (let row = 0; row < index.length; row++) {
    const entry = index[row];
    if (known[entry] < 0) known[entry] = interner.intern(bytes, start[entry], size[entry]);
    to[row] = known[entry];
    sum += size[entry];
  }
  return sum;
}

/** The chunk's numbers of a part's entries, -1 for those not met yet. Parts that follow each other may be of one dictionary, which grew. */
class KnownEntries {
  private last: ByteValues | null = null;
  private numbers = new Int32Array(0);

  of(entries: ByteValues): Int32Array {
    const { last, numbers } = this;
    const goesOn =
      last !== null &&
      last.bytes === entries.bytes &&
      isBeginOf(last.start, entries.start) &&
      isBeginOf(last.size, entries.size);
    if (!goesOn || numbers.length < entries.length) {
      this.numbers = new Int32Array(entries.length).fill(-1);
      if (goesOn) this.numbers.set(numbers);
    }
    this.last = entries;
    return this.numbers;
  }
}

/** Whether one is the first part of the other by where it is in memory. */
const isBeginOf = (begin: Int32Array, whole: Int32Array): boolean =>
  begin.buffer === whole.buffer && begin.byteOffset === whole.byteOffset && begin.length <= whole.length;

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
