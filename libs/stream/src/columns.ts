import {
  ByteValues,
  DictionaryValues,
  EmptyLists,
  NullableNumbers,
  type NumberArray,
} from './column-values.js';
import { ByteInterner } from './byte-interner.js';

/** What a lake column may hold, and the JavaScript values of a plain array of it. */
export type ColumnType =
  | { readonly kind: 'string' } // string
  | { readonly kind: 'binary' } // Uint8Array
  | { readonly kind: 'boolean' } // boolean
  | { readonly kind: 'int32' } // number
  | { readonly kind: 'int64' } // bigint
  | { readonly kind: 'float64' } // number
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number } // bigint, unscaled
  | { readonly kind: 'timestamp' } // number, microseconds since 1970, UTC
  | { readonly kind: 'date' } // number, days since 1970
  | { readonly kind: 'list'; readonly element: ColumnType } // array without nulls
  | { readonly kind: 'struct'; readonly fields: readonly ColumnSpec[] }; // object by field name

export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

/** A column of a type that needs no more than its kind, in a line. */
export function columnSpec(
  name: string,
  kind: Exclude<ColumnType['kind'], 'decimal' | 'list' | 'struct'>,
  nullable = false,
): ColumnSpec {
  return { name, type: { kind }, nullable };
}

/** The headers of a record: a list of `{ key: string, value: Uint8Array }`. */
export const HEADERS_TYPE: ColumnType = {
  kind: 'list',
  element: { kind: 'struct', fields: [columnSpec('key', 'string'), columnSpec('value', 'binary')] },
};

export type ColumnValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | null
  | readonly ColumnValue[]
  | { readonly [field: string]: ColumnValue };

/**
 * The values of a column, with nothing allocated per row where many rows are expected:
 * - numbers: `Int32Array` (int32, date), `Float64Array` (float64, timestamp), `BigInt64Array` (int64, decimal),
 *   `Uint8Array` (boolean, 0 or 1), or `NullableNumbers` over one of them;
 * - text and bytes: `ByteValues`, or `DictionaryValues` where they repeat;
 * - lists: `EmptyLists` where all are;
 * - anything, where rows are few: a plain array of the values that the column's type names, null for null.
 */
export type ColumnValues =
  NumberArray | NullableNumbers | ByteValues | DictionaryValues | EmptyLists | readonly ColumnValue[];

/** One column of a table. */
export interface Column {
  readonly spec: ColumnSpec;
  readonly values: ColumnValues;
}

/** Columns of equal length. */
export interface ColumnTable {
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** What a column of a written file holds, by which readers skip the file. */
export interface ColumnSummary {
  readonly spec: ColumnSpec;
  readonly nulls: number;
  /**
   * Least and greatest value as the type's plain value, text in the order of its UTF-8 bytes; null when there is no value,
   * and for what has no order that all readers share: bytes, booleans, lists, structs, doubles of which one is NaN.
   */
  readonly min: ColumnValue;
  readonly max: ColumnValue;
}

export function columnOf(table: ColumnTable, name: string): Column {
  const found = table.columns.find((column) => column.spec.name === name);
  if (!found)
    throw new Error(`no column ${name}; there are ${table.columns.map((c) => c.spec.name).join(', ')}`);
  return found;
}

/** The rows whose numbers are listed, in that order. */
export function selectRows(table: ColumnTable, rows: Int32Array): ColumnTable {
  return {
    rows: rows.length,
    columns: table.columns.map(({ spec, values }) => ({ spec, values: selectValues(values, rows) })),
  };
}

export function selectValues(values: ColumnValues, rows: Int32Array): ColumnValues {
  if (values instanceof ByteValues || values instanceof DictionaryValues || values instanceof NullableNumbers)
    return values.select(rows);
  if (values instanceof EmptyLists) return new EmptyLists(rows.length);
  if (values instanceof Float64Array) return Float64Array.from(rows, (row) => values[row]);
  if (values instanceof Int32Array) return Int32Array.from(rows, (row) => values[row]);
  if (values instanceof BigInt64Array) return selectBigInts(values, rows);
  if (values instanceof Uint8Array) return Uint8Array.from(rows, (row) => values[row]);
  return Array.from(rows, (row) => values[row]);
}

/** By halves: a bigint for each row would be an object for each row. */
function selectBigInts(values: BigInt64Array, rows: Int32Array): BigInt64Array {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const selected = new Int32Array(2 * rows.length);
  for (let at = 0; at < rows.length; at++) {
    selected[2 * at] = halves[2 * rows[at]];
    selected[2 * at + 1] = halves[2 * rows[at] + 1];
  }
  return new BigInt64Array(selected.buffer);
}

/** The column as a plain array of the values that its type names: for few rows, and for those who compute with them. */
export function plainValues({ spec, values }: Column): readonly ColumnValue[] {
  if (values instanceof NullableNumbers) return plainNullable(values, spec.type.kind === 'boolean');
  if (values instanceof ByteValues)
    return spec.type.kind === 'string' ? plainTexts(internValues(values)) : values.toArray();
  if (values instanceof DictionaryValues)
    return spec.type.kind === 'string' ? plainTexts(values) : values.toArray();
  if (values instanceof EmptyLists) return Array.from({ length: values.length }, () => []);
  if (values instanceof Uint8Array) return Array.from(values, (flag) => flag === 1);
  return Array.isArray(values) ? values : Array.from(values as Float64Array);
}

function plainNullable({ numbers, isNull }: NullableNumbers, isBoolean: boolean): readonly ColumnValue[] {
  return Array.from(isNull, (flag, row) =>
    flag === 1 ? null : isBoolean ? numbers[row] === 1 : numbers[row],
  );
}

/** Each distinct text is decoded once. */
function plainTexts({ index, entries }: DictionaryValues): readonly (string | null)[] {
  const texts = Array.from({ length: entries.length }, (_, entry) => entries.textAt(entry));
  return textsByIndex(index, texts);
}

/** The text of each row by its number; null for -1. */
export function textsByIndex(
  index: Int32Array,
  texts: readonly (string | null)[],
): readonly (string | null)[] {
  // A loop: `Array.from` with a function takes several times as long, and this is done for every row of a stream.
  const rows = new Array<string | null>(index.length);
  for (let row = 0; row < index.length; row++) rows[row] = index[row] < 0 ? null : texts[index[row]];
  return rows;
}

/** Texts of a column, null for null. */
export function textsOf(column: Column): readonly (string | null)[] {
  return plainValues(column) as readonly (string | null)[];
}

/** Repeated bytes found and numbered, in the order in which they first appear. */
export function internValues(values: ByteValues): DictionaryValues {
  return internInto(new ByteInterner(), values);
}

/** Of values that `interner` has, its numbers; the dictionary may have entries that no row has. */
export function internInto(interner: ByteInterner, values: ByteValues): DictionaryValues {
  const { bytes, start, size } = values;
  const index = new Int32Array(start.length);
  for (let row = 0; row < index.length; row++)
    index[row] = size[row] < 0 ? -1 : interner.intern(bytes, start[row], size[row]);
  return new DictionaryValues(index, interner.entries());
}
