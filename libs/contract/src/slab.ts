import type { ColumnPlan } from './column-plan.js';

/** Arrays begin at multiples of it. */
const ALIGNMENT = 8;

/**
 * Arrays of zeros, cut out of one allocation: a batch has some forty, and a buffer of its own costs the allocator and the
 * collector more than filling the array does.
 */
export class Slab {
  private readonly buffer: ArrayBuffer;
  private end = 0;

  /** For so many `arrays` of `bytes` together. */
  constructor(arrays: number, bytes: number) {
    this.buffer = new ArrayBuffer(bytes + ALIGNMENT * arrays);
  }

  int32(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.buffer, this.take(4 * length), length);
  }

  float64(length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.buffer, this.take(8 * length), length);
  }

  uint8(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer, this.take(length), length);
  }

  private take(bytes: number): number {
    const at = this.end;
    this.end = at + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return at;
  }
}

/** Room for the arrays of a batch. Where texts are is known to whoever takes them over by himself, and is let go long before the rest. */
export interface Slabs {
  readonly texts: Slab;
  readonly rest: Slab;
}

/** Of a text of a row, where it starts and its size. */
const TEXT_ROW_BYTES = 8;
/** Of a row in the arrays of another column, at most: 64 bits, and whether it is null. */
const COLUMN_ROW_BYTES = 9;
const COLUMN_ARRAYS = 2;
/** Of a row in all other arrays of a batch: index, version, time, identity. */
const BATCH_ROW_BYTES = 24;
const BATCH_ARRAYS = 4;

export function slabsFor(plans: readonly ColumnPlan[], rows: number): Slabs {
  // The event's id too.
  const texts = 1 + plans.filter(isText).length;
  const others = plans.length - texts + 1;
  return {
    texts: new Slab(COLUMN_ARRAYS * texts, TEXT_ROW_BYTES * texts * rows),
    rest: new Slab(
      COLUMN_ARRAYS * others + BATCH_ARRAYS,
      (COLUMN_ROW_BYTES * others + BATCH_ROW_BYTES) * rows,
    ),
  };
}

/** Whether the column's values are kept where they stand, as bytes. */
export const isText = ({ spec, symbols }: ColumnPlan): boolean => !symbols && spec.type.kind === 'string';
