import { DictionaryValues, NullableNumbers } from './column-values.js';
import { plainValues, textsOf, type Column, type ColumnValues } from './columns.js';
import type { RecordBatch } from './record-batch.js';

/** Positions in a row: where all fit 64 bits, without an object for each. */
export type Positions = BigInt64Array | readonly bigint[];

/** Positions as tables hold them, in two columns of which each row has one. */
export interface PositionColumns {
  /** int64; null where it does not fit. */
  readonly position: ColumnValues;
  /** Decimal text of what does not fit 64 bits, else null. */
  readonly sequence: ColumnValues;
}

export const INT64_MAX = 2n ** 63n - 1n;

/** The least form that holds them. */
export function packPositions(positions: readonly bigint[]): Positions {
  return positions.every((position) => position <= INT64_MAX) ? BigInt64Array.from(positions) : positions;
}

/** Positions of a batch's records from `start` on. */
export function positionsFrom({ positions, count }: RecordBatch, start: number): Positions {
  if (!(positions instanceof Float64Array)) return packPositions(positions.slice(start));
  // Through halves: a bigint each would be an object each.
  const halves = new Int32Array(2 * (count - start));
  for (let index = start; index < count; index++) {
    halves[2 * (index - start)] = positions[index] % 4_294_967_296;
    halves[2 * (index - start) + 1] = Math.floor(positions[index] / 4_294_967_296);
  }
  return new BigInt64Array(halves.buffer);
}

export function positionColumns(positions: Positions): PositionColumns {
  const { length } = positions;
  if (positions instanceof BigInt64Array)
    return { position: positions, sequence: DictionaryValues.nulls(length) };
  const isLarge = Uint8Array.from(positions, (position) => (position > INT64_MAX ? 1 : 0));
  const small = BigInt64Array.from(positions, (position) => (position > INT64_MAX ? 0n : position));
  return {
    position: new NullableNumbers(small, isLarge),
    sequence: positions.map((position) => (position > INT64_MAX ? String(position) : null)),
  };
}

/** What `positionColumns` made two columns of; null for a row that has neither. */
export function positionsIn(
  position: Column,
  sequence: Column | undefined,
): BigInt64Array | readonly (bigint | null)[] {
  if (position.values instanceof BigInt64Array) return position.values;
  const texts = sequence ? textsOf(sequence) : [];
  return plainValues(position).map((small, row) => {
    const text = texts[row] ?? null;
    if (small !== null) return BigInt(small as bigint);
    return text === null ? null : BigInt(text);
  });
}
