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

/** Of a row in the arrays of a column, at most: two of 32 bits or one of 64, and whether it is null. */
const COLUMN_ROW_BYTES = 9;
const COLUMN_ARRAYS = 2;
/** Of a row in all other arrays of a batch: id, index, version, time, identity. */
const BATCH_ROW_BYTES = 32;
const BATCH_ARRAYS = 6;

/** Room for the arrays of a batch. */
export function slabFor(plans: readonly ColumnPlan[], rows: number): Slab {
  const { length } = plans;
  return new Slab(
    COLUMN_ARRAYS * length + BATCH_ARRAYS,
    (COLUMN_ROW_BYTES * length + BATCH_ROW_BYTES) * rows,
  );
}
