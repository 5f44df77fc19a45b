import { packFlags } from './bit-packing.js';
import { bigEndian, compareBounds, type Bounds } from './bounds.js';
import type { ByteSink } from './byte-sink.js';
import { Encoding, type ChunkValues } from './chunk-values.js';

/** Flags, eight to a byte. */
export class FlagValues implements ChunkValues {
  readonly encoding = Encoding.plain;
  readonly dictionary = null;

  constructor(private readonly flags: Uint8Array) {}

  sizeOf(from: number, to: number): number {
    return (to - from) / 8;
  }

  write(sink: ByteSink, from: number, to: number): void {
    packFlags(sink, this.flags, from, to);
  }

  bounds(): null {
    return null;
  }
}

/** Whole numbers of which a double cannot hold every one: as they are. */
export class WideValues implements ChunkValues {
  readonly encoding = Encoding.plain;
  readonly dictionary = null;
  private readonly halves: Int32Array;

  constructor(private readonly values: BigInt64Array) {
    this.halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  }

  sizeOf(from: number, to: number): number {
    return 8 * (to - from);
  }

  write(sink: ByteSink, from: number, to: number): void {
    const { buffer, byteOffset } = this.values;
    sink.append(new Uint8Array(buffer, byteOffset + 8 * from, 8 * (to - from)));
  }

  bounds(from: number, to: number): Bounds {
    let min = from;
    let max = from;
    for (let at = from + 1; at < to; at++) {
      if (this.isBelow(at, min)) min = at;
      else if (this.isBelow(max, at)) max = at;
    }
    return { min: this.values[min], max: this.values[max] };
  }

  private isBelow(left: number, right: number): boolean {
    const { halves } = this;
    const difference = halves[2 * left + 1] - halves[2 * right + 1];
    return difference !== 0 ? difference < 0 : halves[2 * left] >>> 0 < halves[2 * right] >>> 0;
  }
}

/** Decimals of more than 64 bits, as fixed-length bytes. */
export class WideDecimals implements ChunkValues {
  readonly encoding = Encoding.plain;
  readonly dictionary = null;

  constructor(private readonly values: readonly bigint[]) {}

  sizeOf(from: number, to: number): number {
    return 16 * (to - from);
  }

  write(sink: ByteSink, from: number, to: number): void {
    for (let at = from; at < to; at++) sink.append(bigEndian(this.values[at]));
  }

  bounds(from: number, to: number): Bounds {
    let min = this.values[from];
    let max = min;
    for (let at = from + 1; at < to; at++) {
      const value = this.values[at];
      if (compareBounds(value, min) < 0) min = value;
      else if (compareBounds(value, max) > 0) max = value;
    }
    return { min, max };
  }
}
