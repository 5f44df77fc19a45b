import {
  ByteValues,
  DictionaryValues,
  NullableNumbers,
  plainValues,
  type Column,
  type ColumnTable,
  type ColumnValues,
  type NumberArray,
} from '@gondola/stream';

/** Tables of the same columns as one. */
export function concatTables(tables: readonly ColumnTable[]): ColumnTable {
  const [first] = tables;
  if (tables.length === 1) return first;
  return {
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    columns: first.columns.map(({ spec }, at) => ({
      spec,
      values: concatValues(tables.map(({ columns }) => columns[at])),
    })),
  };
}

function concatValues(parts: readonly Column[]): ColumnValues {
  const values = parts.map((part) => part.values);
  if (values.every((one) => one instanceof ByteValues || one instanceof DictionaryValues))
    return concatBytes(values);
  if (values.every((one) => one instanceof NullableNumbers || ArrayBuffer.isView(one)))
    return concatNumbers(values as readonly (NullableNumbers | NumberArray)[]);
  return parts.flatMap((part) => plainValues(part));
}

function concatBytes(parts: readonly (ByteValues | DictionaryValues)[]): ColumnValues {
  if (!parts.every((part) => part instanceof DictionaryValues)) return joinBytes(parts.map(expanded));
  // An entry may stand there twice; whoever writes a dictionary looks at the bytes.
  const index = new Int32Array(lengthOf(parts));
  let rows = 0;
  let entries = 0;
  for (const part of parts) {
    for (const entry of part.index) index[rows++] = entry < 0 ? -1 : entries + entry;
    entries += part.entries.length;
  }
  return new DictionaryValues(index, joinBytes(parts.map((part) => part.entries)));
}

/** Text or bytes, each row where its entry stands: copies no bytes. */
export function expanded(part: ByteValues | DictionaryValues): ByteValues {
  if (part instanceof ByteValues) return part;
  const { index, entries } = part;
  return new ByteValues(
    entries.bytes,
    Int32Array.from(index, (entry) => (entry < 0 ? 0 : entries.start[entry])),
    Int32Array.from(index, (entry) => (entry < 0 ? -1 : entries.size[entry])),
  );
}

function joinBytes(parts: readonly ByteValues[]): ByteValues {
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  const start = new Int32Array(lengthOf(parts));
  const size = new Int32Array(start.length);
  let rows = 0;
  let end = 0;
  for (const part of parts) {
    size.set(part.size, rows);
    for (const from of part.start) start[rows++] = end + from;
    end += part.bytes.length;
  }
  return new ByteValues(bytes, start, size);
}

function concatNumbers(parts: readonly (NullableNumbers | NumberArray)[]): ColumnValues {
  const numbers = parts.map((part) => (part instanceof NullableNumbers ? part.numbers : part));
  const joined = joinNumbers(numbers);
  if (!parts.some((part) => part instanceof NullableNumbers)) return joined;
  const flags = parts.map((part) =>
    part instanceof NullableNumbers ? part.isNull : new Uint8Array(part.length),
  );
  return new NullableNumbers(joined, joinNumbers(flags) as Uint8Array);
}

/** All of one type: they are of one column. */
function joinNumbers(parts: readonly NumberArray[]): NumberArray {
  const type = parts[0].constructor as new (length: number) => NumberArray;
  const joined = new type(lengthOf(parts));
  let end = 0;
  for (const part of parts) {
    (joined as Float64Array).set(part as Float64Array, end);
    end += part.length;
  }
  return joined;
}

const lengthOf = (parts: readonly { readonly length: number }[]): number =>
  parts.reduce((sum, { length }) => sum + length, 0);
