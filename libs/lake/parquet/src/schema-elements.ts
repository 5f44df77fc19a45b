import type { ColumnSpec, ColumnType } from '@gondola/stream';
import type { SchemaElement } from 'hyparquet';

/** Decimals of up to so many digits fit 64 bits; larger ones are stored as 128-bit big-endian bytes. */
export const INT64_DIGITS_MAX = 18;
export const DECIMAL_BYTES = 16;

/**
 * The Parquet schema of a table, in preorder. `fieldIds` are by dotted path, a list's element as `<list>.element`.
 */
export function schemaElementsOf(
  columns: readonly ColumnSpec[],
  fieldIds: ReadonlyMap<string, number> = new Map(),
): SchemaElement[] {
  return [
    { name: 'schema', num_children: columns.length },
    ...columns.flatMap((spec) => elementsOf(spec, spec.name, fieldIds)),
  ];
}

function elementsOf(
  { name, type, nullable }: ColumnSpec,
  path: string,
  fieldIds: ReadonlyMap<string, number>,
): SchemaElement[] {
  const element: SchemaElement = {
    name,
    repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED',
    field_id: fieldIds.get(path),
  };
  if (type.kind === 'struct') {
    const children = type.fields.flatMap((field) => elementsOf(field, `${path}.${field.name}`, fieldIds));
    return [{ ...element, num_children: type.fields.length }, ...children];
  }
  if (type.kind !== 'list') return [{ ...element, ...leafOf(type) }];
  // The three levels that the format's specification asks of a list, with its names.
  const item = { name: 'element', type: type.element, nullable: false };
  return [
    { ...element, converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...elementsOf(item, `${path}.element`, fieldIds),
  ];
}

export type LeafType = Exclude<ColumnType, { kind: 'list' | 'struct' }>;

/** The physical and logical type of a column without children. */
export function leafOf(type: LeafType): Omit<SchemaElement, 'name'> & Pick<Required<SchemaElement>, 'type'> {
  switch (type.kind) {
    case 'string':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
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

function decimalOf(precision: number, scale: number): ReturnType<typeof leafOf> {
  const logical = {
    converted_type: 'DECIMAL',
    logical_type: { type: 'DECIMAL', precision, scale },
    precision,
    scale,
  } as const;
  if (precision <= INT64_DIGITS_MAX) return { type: 'INT64', ...logical };
  return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: DECIMAL_BYTES, ...logical };
}
