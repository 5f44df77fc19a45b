import type { ColumnSpec, ColumnType } from '@gondola/stream';
import type { SchemaElement } from 'hyparquet';

/** Decimals of up to so many digits fit 64 bits; larger ones are stored as 128-bit big-endian bytes. */
const INT64_DIGITS_MAX = 18;
const DECIMAL_BYTES = 16;

/** The Parquet schema of a table, in preorder. */
export function schemaElementsOf(columns: readonly ColumnSpec[]): SchemaElement[] {
  return [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(elementsOf)];
}

function elementsOf({ name, type, nullable }: ColumnSpec): SchemaElement[] {
  const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED';
  if (type.kind === 'headers')
    return [{ name, repetition_type, ...LIST, num_children: 1 }, ...HEADER_ELEMENTS];
  return [{ name, repetition_type, ...leafOf(type) }];
}

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const LIST = { converted_type: 'LIST', logical_type: { type: 'LIST' } } as const;

/** The three levels that the format's specification asks of a list, with its names. */
const HEADER_ELEMENTS: readonly SchemaElement[] = [
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'REQUIRED', num_children: 2 },
  { name: 'key', repetition_type: 'REQUIRED', ...TEXT },
  { name: 'value', repetition_type: 'REQUIRED', type: 'BYTE_ARRAY' },
];

function leafOf(type: Exclude<ColumnType, { kind: 'headers' }>): Omit<SchemaElement, 'name'> {
  switch (type.kind) {
    case 'string':
      return TEXT;
    case 'binary':
      return { type: 'BYTE_ARRAY' };
    case 'boolean':
      return { type: 'BOOLEAN' };
    case 'int32':
      return { type: 'INT32' };
    case 'int64':
      return { type: 'INT64' };
    case 'float64':
      return { type: 'DOUBLE' };
    case 'date':
      return { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
    case 'timestamp':
      // Only the logical type says "UTC"; readers that know the converted type alone drop the zone.
      return {
        type: 'INT64',
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      };
    case 'decimal':
      return decimalOf(type.precision, type.scale);
  }
}

function decimalOf(precision: number, scale: number): Omit<SchemaElement, 'name'> {
  const logical = {
    converted_type: 'DECIMAL',
    logical_type: { type: 'DECIMAL', precision, scale },
    precision,
    scale,
  } as const;
  if (precision <= INT64_DIGITS_MAX) return { type: 'INT64', ...logical };
  return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: DECIMAL_BYTES, ...logical };
}
