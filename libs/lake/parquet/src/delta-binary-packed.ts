import { bitWidthOf, packDoubles, packInts } from './bit-packing.js';
import type { ByteSink } from './byte-sink.js';

/** What parquet-java and Arrow write; readers expect multiples of 128 and 32. */
const BLOCK = 128;
const MINIBLOCKS = 4;
const MINIBLOCK = BLOCK / MINIBLOCKS;

/** Within these bounds and this span every difference, and every difference of differences, is exact in a double. */
const EXACT_MAX = 2 ** 52;

export function isDeltaExact(min: number, max: number): boolean {
  return max <= EXACT_MAX && min >= -EXACT_MAX && max - min <= EXACT_MAX;
}

/**
 * DELTA_BINARY_PACKED (Encodings.md) of the whole numbers `values[from, to)`. `wrap` is for INT32: differences are taken
 * modulo 2^32, because a reader's packed numbers have at most 32 bits there.
 */
export class DeltaWriter {
  private readonly deltas = new Float64Array(BLOCK);
  private readonly narrow = new Int32Array(MINIBLOCK);

  write(sink: ByteSink, values: Float64Array | Int32Array, from: number, to: number, wrap: boolean): void {
    sink.varint(BLOCK);
    sink.varint(MINIBLOCKS);
    sink.varint(to - from);
    sink.zigzag(from < to ? values[from] : 0);
    for (let at = from + 1; at < to; at += BLOCK)
      this.writeBlock(sink, values, at, Math.min(at + BLOCK, to), wrap);
  }

  /** Bits for each value, by blocks here and there. */
  bitsPerValue(values: Float64Array, wrap: boolean): number {
    const blocks = Math.min(16, Math.floor((values.length - 1) / BLOCK));
    if (blocks < 1) return bitWidthOf(this.spanOf(values, 1, values.length, wrap));
    const step = Math.floor((values.length - 1) / blocks);
    let bits = 0;
    for (let block = 0; block < blocks; block++) {
      const from = 1 + block * step;
      bits += bitWidthOf(this.spanOf(values, from, from + BLOCK, wrap));
    }
    return bits / blocks;
  }

  private spanOf(values: Float64Array, from: number, to: number, wrap: boolean): number {
    let min = Infinity;
    let max = -Infinity;
    for (let at = from; at < to; at++) {
      const delta = wrap ? (values[at] - values[at - 1]) | 0 : values[at] - values[at - 1];
      if (delta < min) min = delta;
      if (delta > max) max = delta;
    }
    return max < min ? 0 : max - min;
  }

  private writeBlock(
    sink: ByteSink,
    values: Float64Array | Int32Array,
    from: number,
    to: number,
    wrap: boolean,
  ): void {
    const { deltas } = this;
    const count = to - from;
    let least = Infinity;
    let previous = values[from - 1];
    for (let index = 0; index < count; index++) {
      const value = values[from + index];
      const delta = wrap ? (value - previous) | 0 : value - previous;
      previous = value;
      deltas[index] = delta;
      if (delta < least) least = delta;
    }
    sink.zigzag(least);
    sink.reserve(MINIBLOCKS);
    let widthAt = sink.end;
    sink.end += MINIBLOCKS;
    for (let begin = 0; begin < BLOCK; begin += MINIBLOCK, widthAt++) {
      const end = Math.min(begin + MINIBLOCK, count);
      let most = least;
      for (let index = begin; index < end; index++) if (deltas[index] > most) most = deltas[index];
      const width = bitWidthOf(most - least);
      sink.bytes[widthAt] = width;
      if (width > 32) packDoubles(sink, deltas, begin, end, least, width);
      else if (width > 0) this.packNarrow(sink, begin, end, least, width);
    }
  }

  private packNarrow(sink: ByteSink, begin: number, end: number, least: number, width: number): void {
    const { deltas, narrow } = this;
    for (let index = begin; index < end; index++) narrow[index - begin] = (deltas[index] - least) >>> 0;
    narrow.fill(0, end - begin);
    packInts(sink, narrow, 0, MINIBLOCK, width);
  }
}
