import type { ByteSink } from './byte-sink.js';

/** Bits of the largest of whole numbers 0 to `value`, which is below 2^53. */
export function bitWidthOf(value: number): number {
  return value < 0x80000000 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 0x100000000));
}

/**
 * Packs `values[from, from + count)` into `width` bits each, least significant first; `count` is a multiple of 8. What is
 * beyond the end of `values` counts as 0.
 */
export function packInts(
  sink: ByteSink,
  values: Int32Array,
  from: number,
  count: number,
  width: number,
): void {
  const size = (count * width) / 8;
  sink.reserve(size);
  const { view } = sink;
  const end = Math.min(from + count, values.length);
  let at = sink.end;
  let word = 0;
  let bits = 0;
  for (let row = from; row < end; row++) {
    const value = values[row];
    word |= value << bits;
    bits += width;
    if (bits < 32) continue;
    view.setInt32(at, word, true);
    at += 4;
    bits -= 32;
    // A shift by 32 would be a shift by 0.
    word = bits === 0 ? 0 : value >>> (width - bits);
  }
  padTo(sink, at, word, bits, size);
}

/** As `packInts`, for a miniblock of whole numbers up to 2^53 less `least`, and widths above 32. */
export function packDoubles(
  sink: ByteSink,
  values: Float64Array,
  from: number,
  to: number,
  least: number,
  width: number,
): void {
  const size = 4 * width;
  sink.reserve(size);
  const { view } = sink;
  const highWidth = width - 32;
  let at = sink.end;
  let word = 0;
  let bits = 0;
  for (let row = from; row < to; row++) {
    const value = values[row] - least;
    const low = value >>> 0;
    const high = (value - low) / 0x100000000;
    view.setInt32(at, word | (low << bits), true);
    at += 4;
    // A shift by 32 would be a shift by 0.
    word = (bits === 0 ? 0 : low >>> (32 - bits)) | (high << bits);
    bits += highWidth;
    if (bits < 32) continue;
    view.setInt32(at, word, true);
    at += 4;
    bits -= 32;
    word = bits === 0 ? 0 : high >>> (highWidth - bits);
  }
  padTo(sink, at, word, bits, size);
}

/** Packs flags (0 or 1), eight to a byte, least significant first. */
export function packFlags(sink: ByteSink, flags: Uint8Array, from: number, to: number): void {
  const size = Math.ceil((to - from) / 8);
  sink.reserve(size);
  const { bytes } = sink;
  let at = sink.end;
  let row = from;
  for (; row + 8 <= to; row += 8) {
    bytes[at++] =
      flags[row] |
      (flags[row + 1] << 1) |
      (flags[row + 2] << 2) |
      (flags[row + 3] << 3) |
      (flags[row + 4] << 4) |
      (flags[row + 5] << 5) |
      (flags[row + 6] << 6) |
      (flags[row + 7] << 7);
  }
  if (row < to) {
    let last = 0;
    for (let bit = 0; row + bit < to; bit++) last |= flags[row + bit] << bit;
    bytes[at] = last;
  }
  sink.end += size;
}

/** Writes the word begun, then zeros up to the size promised. */
function padTo(sink: ByteSink, at: number, word: number, bits: number, size: number): void {
  const end = sink.end + size;
  if (bits > 0) {
    sink.view.setInt32(at, word, true);
    at += 4;
  }
  if (at < end) sink.bytes.fill(0, at, end);
  sink.end = end;
}
