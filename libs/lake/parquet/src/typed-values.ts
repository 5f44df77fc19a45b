import {
  ByteValues,
  DictionaryValues,
  NullableNumbers,
  type ColumnValue,
  type ColumnValues,
} from '@gondola/stream';
import { INT64_DIGITS_MAX, type LeafType } from './schema-elements.js';

/** The values of a leaf that are not null, in the form in which they are encoded. */
export type LeafValues =
  | Int32Array
  | Float64Array
  | BigInt64Array
  | Uint8Array
  | ByteValues
  | DictionaryValues
  /** Decimals of more than 64 bits. */
  | readonly bigint[];

export interface TypedPart {
  readonly values: LeafValues;
  /** A flag for each row when some are null; `values` then holds the others only. */
  readonly isNull: Uint8Array | null;
}

const INT64_MAX = 2n ** 63n - 1n;

/** Throws RangeError that names the column when a value is not of its type. */
export function typedPart(name: string, type: LeafType, values: ColumnValues): TypedPart {
  if (Array.isArray(values)) return typedArray(name, type, values as readonly ColumnValue[]);
  const numbers = values instanceof NullableNumbers ? values.numbers : values;
  if (!isOfType(type, numbers as LeafValues))
    throw new RangeError(`column ${name}: values are not ${type.kind}`);
  if (values instanceof NullableNumbers) return withoutNulls(values);
  if (values instanceof ByteValues) return withoutNullBytes(values);
  if (values instanceof DictionaryValues) return withoutNullEntries(values);
  return { values: values as LeafValues, isNull: null };
}

function isOfType(type: LeafType, values: LeafValues): boolean {
  switch (type.kind) {
    case 'string':
    case 'binary':
      return values instanceof ByteValues || values instanceof DictionaryValues;
    case 'boolean':
      return values instanceof Uint8Array;
    case 'int32':
    case 'date':
      return values instanceof Int32Array;
    case 'float64':
    case 'timestamp':
      return values instanceof Float64Array;
    case 'int64':
      return values instanceof BigInt64Array;
    case 'decimal':
      // Larger ones are stored as bytes, and travel in plain arrays.
      return values instanceof BigInt64Array && type.precision <= INT64_DIGITS_MAX;
  }
}

/** The slow path, for columns of few rows. */
function typedArray(name: string, type: LeafType, values: readonly ColumnValue[]): TypedPart {
  const isNull = Uint8Array.from(values, (value) => (value === null ? 1 : 0));
  const present = values.filter((value) => value !== null);
  return {
    values: typedPresent(name, type, present),
    isNull: present.length < values.length ? isNull : null,
  };
}

function typedPresent(name: string, type: LeafType, values: readonly ColumnValue[]): LeafValues {
  const refuse = (value: ColumnValue): never => {
    throw new RangeError(`column ${name}: ${String(value)} is not ${type.kind}`);
  };
  const require = (isRight: (value: ColumnValue) => boolean) => {
    for (const value of values) if (!isRight(value)) refuse(value);
  };
  switch (type.kind) {
    case 'string':
      require((value) => typeof value === 'string');
      return ByteValues.of(values as readonly string[]);
    case 'binary':
      require((value) => value instanceof Uint8Array);
      return ByteValues.of(values as readonly Uint8Array[]);
    case 'boolean':
      require((value) => typeof value === 'boolean');
      return Uint8Array.from(values as readonly number[]);
    case 'int32':
    case 'date':
      require((value) => typeof value === 'number' && (value | 0) === value);
      return Int32Array.from(values as readonly number[]);
    case 'float64':
    case 'timestamp':
      require((value) => typeof value === 'number');
      return Float64Array.from(values as readonly number[]);
    case 'int64':
    case 'decimal':
      require((value) => typeof value === 'bigint');
      return typedBigInts(name, type, values as readonly bigint[]);
  }
}

function typedBigInts(name: string, type: LeafType, values: readonly bigint[]): LeafValues {
  const max = type.kind === 'decimal' ? 10n ** BigInt(type.precision) - 1n : INT64_MAX;
  const min = type.kind === 'decimal' ? -max : -INT64_MAX - 1n;
  const misfit = values.find((value) => value < min || value > max);
  if (misfit !== undefined) throw new RangeError(`column ${name}: ${misfit} does not fit ${textOf(type)}`);
  return max > INT64_MAX ? values : BigInt64Array.from(values);
}

/** As messages name it. */
export function textOf(type: LeafType): string {
  return type.kind === 'decimal' ? `decimal(${type.precision},${type.scale})` : type.kind;
}

function withoutNulls({ numbers, isNull }: NullableNumbers): TypedPart {
  const count = presentIn(isNull);
  if (count === isNull.length) return { values: numbers, isNull: null };
  // The halves of bigints: a bigint for each row would be an object for each row.
  if (numbers instanceof BigInt64Array) {
    const halves = new Int32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length);
    const present = new Int32Array(2 * count);
    for (let row = 0, at = 0; row < isNull.length; row++) {
      if (isNull[row] !== 0) continue;
      present[at++] = halves[2 * row];
      present[at++] = halves[2 * row + 1];
    }
    return { values: new BigInt64Array(present.buffer), isNull };
  }
  const present = new (numbers.constructor as new (length: number) => typeof numbers)(count);
  for (let row = 0, at = 0; row < isNull.length; row++) if (isNull[row] === 0) present[at++] = numbers[row];
  return { values: present, isNull };
}

function withoutNullBytes(values: ByteValues): TypedPart {
  const { bytes, start, size } = values;
  const isNull = nullsBelowZero(size);
  if (!isNull) return { values, isNull };
  const count = presentIn(isNull);
  const starts = new Int32Array(count);
  const sizes = new Int32Array(count);
  for (let row = 0, at = 0; row < size.length; row++) {
    if (size[row] < 0) continue;
    starts[at] = start[row];
    sizes[at++] = size[row];
  }
  return { values: new ByteValues(bytes, starts, sizes), isNull };
}

function withoutNullEntries(values: DictionaryValues): TypedPart {
  const { index, entries } = values;
  const isNull = nullsBelowZero(index);
  if (!isNull) return { values, isNull };
  const present = new Int32Array(presentIn(isNull));
  for (let row = 0, at = 0; row < index.length; row++) if (index[row] >= 0) present[at++] = index[row];
  return { values: new DictionaryValues(present, entries), isNull };
}

function nullsBelowZero(values: Int32Array): Uint8Array | null {
  let row = 0;
  while (row < values.length && values[row] >= 0) row++;
  if (row === values.length) return null;
  const isNull = new Uint8Array(values.length);
  for (; row < values.length; row++) isNull[row] = values[row] >>> 31;
  return isNull;
}

function presentIn(isNull: Uint8Array): number {
  let nulls = 0;
  for (let row = 0; row < isNull.length; row++) nulls += isNull[row];
  return isNull.length - nulls;
}
