import type { Position } from './position.js';

// No interface: those are not assignable to the open struct that a column value may be.
export type Header = {
  readonly key: string;
  readonly value: Uint8Array;
};

/** One record as an object: for slow paths (errors, quarantine, tests) only. */
export interface RecordView {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly Header[];
  readonly position: Position;
  readonly timestampMs: number;
}

/**
 * Records of one partition as columns over one buffer, in position order. Nothing is allocated per record.
 * Columns all have `count` entries; a length of -1 means null.
 */
export interface RecordBatch {
  readonly stream: string;
  readonly partition: string;
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly keyStart: Int32Array;
  readonly keyLength: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueLength: Int32Array;
  /** When the broker took the record, milliseconds since 1970: not what its producer says of itself. */
  readonly timestampMs: Float64Array;
  /** Positions that fit 53 bits as numbers, larger ones as bigints. */
  readonly positions: Float64Array | readonly bigint[];
  /** Position after the last record: the checkpoint once this batch is accounted for. */
  readonly nextPosition: Position;
  /** `withoutHeaders` where none has any and the source knows. */
  readonly headersAt: (index: number) => readonly Header[];
  /**
   * Gives the batch's memory back, where no other batch has a share in it. Whoever calls it knows that nobody looks at the
   * batch any more, nor at what was made of it without a copy.
   */
  readonly release?: () => void;
}

const NO_HEADERS: readonly Header[] = [];

/** `headersAt` of a batch of which no record has headers: nobody has to ask for each. */
export const withoutHeaders: RecordBatch['headersAt'] = () => NO_HEADERS;

/**
 * Columns of `count` records for a source to fill: all of them, since they hold whatever the memory held before. One allocation,
 * as it is the number of buffers that the collector is paid for.
 */
export function allocateRecordColumns(count: number) {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(count * 32);
  const int32 = (column: number) => new Int32Array(buffer, byteOffset + count * (16 + column * 4), count);
  return {
    timestampMs: new Float64Array(buffer, byteOffset, count),
    positions: new Float64Array(buffer, byteOffset + count * 8, count),
    keyStart: int32(0),
    keyLength: int32(1),
    valueStart: int32(2),
    valueLength: int32(3),
  };
}

export function positionAt(batch: RecordBatch, index: number): Position {
  return BigInt(batch.positions[index]);
}

export function valueAt(batch: RecordBatch, index: number): Uint8Array | null {
  return sliceAt(batch.bytes, batch.valueStart[index], batch.valueLength[index]);
}

export function keyAt(batch: RecordBatch, index: number): Uint8Array | null {
  return sliceAt(batch.bytes, batch.keyStart[index], batch.keyLength[index]);
}

export function recordAt(batch: RecordBatch, index: number): RecordView {
  return {
    key: keyAt(batch, index),
    value: valueAt(batch, index),
    headers: batch.headersAt(index),
    position: positionAt(batch, index),
    timestampMs: batch.timestampMs[index],
  };
}

/** First index whose position is not below `from`: a sink skips what comes before it. */
export function indexFrom(batch: RecordBatch, from: Position): number {
  let low = 0;
  let high = batch.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (positionAt(batch, middle) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sliceAt(bytes: Uint8Array, start: number, length: number): Uint8Array | null {
  return length < 0 ? null : bytes.subarray(start, start + length);
}
