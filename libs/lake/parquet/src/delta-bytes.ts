import type { ByteValues } from '@gondola/stream';
import type { ByteSink } from './byte-sink.js';
import { Encoding } from './chunk-values.js';
import { DeltaWriter } from './delta-binary-packed.js';
import { copyWords, PlainBytes } from './plain-bytes.js';

/**
 * DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. With `hasPrefixes` DELTA_BYTE_ARRAY: before them, how many bytes
 * each value shares with the one before it, which are then left out (Encodings.md).
 */
export class DeltaBytes extends PlainBytes {
  override readonly encoding;
  private readonly delta = new DeltaWriter();

  constructor(
    { parts, sizes, isOrdered }: PlainBytes,
    private readonly hasPrefixes: boolean,
  ) {
    super(parts, sizes, isOrdered);
    this.encoding = hasPrefixes ? Encoding.deltaByteArray : Encoding.deltaLengthByteArray;
  }

  override write(sink: ByteSink, from: number, to: number): void {
    const count = to - from;
    const [prefixes, sizes] = numbersFor(count);
    let at = 0;
    let last: { part: ByteValues; row: number } | null = null;
    for (const { part, begin, end } of this.segments(from, to)) {
      for (let row = begin; row < end; row++) sizes[at + row - begin] = part.size[row];
      if (this.hasPrefixes) {
        if (last) prefixes[at] = sharedPrefix(last.part, last.row, part, begin);
        for (let row = begin + 1; row < end; row++)
          prefixes[at + row - begin] = sharedPrefix(part, row - 1, part, row);
        last = { part, row: end - 1 };
      }
      at += end - begin;
    }
    if (this.hasPrefixes) {
      this.delta.write(sink, prefixes, 0, count, true);
      for (let index = 0; index < count; index++) sizes[index] -= prefixes[index];
    }
    this.delta.write(sink, sizes, 0, count, true);
    sink.reserve(this.sizeOf(from, to));
    at = 0;
    for (const { part, begin, end } of this.segments(from, to)) {
      copyEnds(sink, part, begin, sizes.subarray(at, at + end - begin));
      at += end - begin;
    }
  }
}

let scratch = [new Float64Array(0), new Float64Array(0)] as const;

/** Two lists that the page at work may use: nothing waits while it is written. The first one is zeros. */
function numbersFor(count: number): readonly [Float64Array, Float64Array] {
  if (scratch[0].length < count) scratch = [new Float64Array(count), new Float64Array(count)];
  return [scratch[0].subarray(0, count).fill(0), scratch[1].subarray(0, count)];
}

/** The last `sizes[index]` bytes of each value. Room for all of them is reserved. */
function copyEnds(sink: ByteSink, values: ByteValues, begin: number, sizes: Float64Array): void {
  const { bytes, start, size } = values;
  const { view, bytes: target } = sink;
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wordsEnd = bytes.length - 3;
  let to = sink.end;
  for (let index = 0; index < sizes.length; index++) {
    const count = sizes[index];
    const from = start[begin + index] + size[begin + index] - count;
    if (from + count <= wordsEnd) copyWords(source, from, view, to, count);
    else for (let at = 0; at < count; at++) target[to + at] = bytes[from + at];
    to += count;
  }
  sink.end = to;
}

/** Bytes that two values have in common at their begin. */
export function sharedPrefix(values: ByteValues, row: number, others: ByteValues, other: number): number {
  const { bytes } = values;
  const from = values.start[row];
  const otherFrom = others.start[other];
  const most = Math.min(values.size[row], others.size[other]);
  let shared = 0;
  while (shared < most && bytes[from + shared] === others.bytes[otherFrom + shared]) shared++;
  return shared;
}
