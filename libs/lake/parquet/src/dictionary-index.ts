import { bitWidthOf } from './bit-packing.js';
import type { ByteSink } from './byte-sink.js';
import { writeHybrid } from './rle.js';

/** What values point to: entries in ascending order, so that the bounds of a page are those of its numbers. */
export class DictionaryIndex {
  private readonly width: number;

  constructor(
    private readonly ranks: Int32Array,
    entries: number,
  ) {
    this.width = bitWidthOf(entries - 1);
  }

  sizeOf(from: number, to: number): number {
    return ((to - from) * this.width) / 8;
  }

  write(sink: ByteSink, from: number, to: number): void {
    sink.byte(this.width);
    writeHybrid(sink, this.ranks, from, to, this.width);
  }

  /** Least and greatest entry. */
  range(from: number, to: number): readonly [number, number] {
    const { ranks } = this;
    if (this.width === 0) return [0, 0];
    let min = ranks[from];
    let max = min;
    for (let at = from + 1; at < to; at++) {
      const rank = ranks[at];
      if (rank < min) min = rank;
      else if (rank > max) max = rank;
    }
    return [min, max];
  }
}

/** Replaces numbers of entries by their place in `order`. */
export function rankInPlace(index: Int32Array, order: Int32Array): void {
  if (order.length === 1) return;
  const rankOf = new Int32Array(order.length);
  for (let rank = 0; rank < order.length; rank++) rankOf[order[rank]] = rank;
  for (let at = 0; at < index.length; at++) index[at] = rankOf[index[at]];
}
