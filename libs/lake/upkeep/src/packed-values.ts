import {
  ByteValues,
  internValues,
  NullableNumbers,
  type ColumnSpec,
  type ColumnValue,
  type ColumnValues,
  type NumberArray,
} from '@gondola/stream';

const SAMPLE_ROWS = 1_000;
/** Of a sample, at most this share may be distinct for a dictionary to pay. */
const DISTINCT_SHARE_MAX = 0.5;
/** Decimals of more digits do not fit 64 bits. */
const PRECISION_MAX = 18;

/** Values as a reader gives them, in the form that takes least memory: no object per row. */
export function packed({ type }: ColumnSpec, values: ColumnValues): ColumnValues {
  if (!Array.isArray(values)) return values;
  const plain = values as readonly ColumnValue[];
  switch (type.kind) {
    case 'string':
    case 'binary':
      return packedBytes(plain as readonly (string | Uint8Array | null)[]);
    case 'boolean':
      return packedNumbers(new Uint8Array(plain.length), plain, Number);
    case 'int32':
    case 'date':
      return packedNumbers(new Int32Array(plain.length), plain, Number);
    case 'float64':
    case 'timestamp':
      return packedNumbers(new Float64Array(plain.length), plain, Number);
    case 'int64':
      return packedBigInts(plain);
    case 'decimal':
      return type.precision > PRECISION_MAX ? plain : packedBigInts(plain);
    default:
      return plain;
  }
}

function packedBytes(values: readonly (string | Uint8Array | null)[]): ColumnValues {
  const bytes = joined(values);
  const sample = values.slice(0, SAMPLE_ROWS);
  const texts = sample.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
  const isRepeated = new Set(texts).size <= DISTINCT_SHARE_MAX * sample.length;
  return isRepeated ? internValues(bytes) : bytes;
}

/** As `ByteValues.of`, without a buffer for each row. What the reader took from a dictionary is one object: it is copied once. */
function joined(values: readonly (string | Uint8Array | null)[]): ByteValues {
  const start = new Int32Array(values.length);
  const size = new Int32Array(values.length);
  const firstRow = new Map<string | Uint8Array, number>();
  let end = 0;
  values.forEach((value, row) => {
    if (value === null) {
      size[row] = -1;
      return;
    }
    const first = firstRow.get(value);
    if (first === undefined) firstRow.set(value, row);
    start[row] = first === undefined ? end : start[first];
    size[row] = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    if (first === undefined) end += size[row];
  });
  const bytes = Buffer.allocUnsafe(end);
  const all = new ByteValues(bytes, start, size);
  for (const [value, row] of firstRow) {
    if (typeof value === 'string') bytes.write(value, start[row]);
    else bytes.set(value, start[row]);
  }
  return all;
}

function packedNumbers<T extends Int32Array | Float64Array | Uint8Array>(
  numbers: T,
  values: readonly ColumnValue[],
  convert: (value: ColumnValue) => number,
): ColumnValues {
  values.forEach((value, row) => (numbers[row] = value === null ? 0 : convert(value)));
  return withNulls(numbers, values);
}

function packedBigInts(values: readonly ColumnValue[]): ColumnValues {
  return withNulls(
    BigInt64Array.from(values, (value) => (value === null ? 0n : BigInt(value as bigint))),
    values,
  );
}

function withNulls(numbers: NumberArray, values: readonly ColumnValue[]): ColumnValues {
  if (!values.includes(null)) return numbers;
  return new NullableNumbers(
    numbers,
    Uint8Array.from(values, (value) => (value === null ? 1 : 0)),
  );
}
