/** What a lake column may hold, and the JavaScript values its arrays carry. */
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
  | { readonly kind: 'headers' }; // readonly { key: string; value: Uint8Array }[]

export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

/** Any column but a decimal, in a line. */
export function columnSpec(
  name: string,
  kind: Exclude<ColumnType['kind'], 'decimal'>,
  nullable = false,
): ColumnSpec {
  return { name, type: { kind }, nullable };
}

/**
 * One column of a table. Required numeric columns are typed arrays (`Int32Array`, `Float64Array`, `BigInt64Array`);
 * nullable ones and text are plain arrays in which null is null.
 */
export interface Column {
  readonly spec: ColumnSpec;
  readonly values: ColumnValues;
}

export type ColumnValue =
  string | number | bigint | boolean | Uint8Array | readonly { key: string; value: Uint8Array }[] | null;

export type ColumnValues = Float64Array | Int32Array | BigInt64Array | readonly ColumnValue[];

/** Columns of equal length. */
export interface ColumnTable {
  readonly rows: number;
  readonly columns: readonly Column[];
}

export function columnOf(table: ColumnTable, name: string): Column {
  const found = table.columns.find((column) => column.spec.name === name);
  if (!found)
    throw new Error(`no column ${name}; there are ${table.columns.map((c) => c.spec.name).join(', ')}`);
  return found;
}

/** The rows whose numbers are listed, in that order. */
export function selectRows(table: ColumnTable, rows: readonly number[]): ColumnTable {
  if (rows.length === table.rows) return table;
  return {
    rows: rows.length,
    columns: table.columns.map(({ spec, values }) => ({ spec, values: selectValues(values, rows) })),
  };
}

function selectValues(values: ColumnValues, rows: readonly number[]): ColumnValues {
  if (values instanceof Float64Array) return Float64Array.from(rows, (row) => values[row]);
  if (values instanceof Int32Array) return Int32Array.from(rows, (row) => values[row]);
  if (values instanceof BigInt64Array) return BigInt64Array.from(rows, (row) => values[row]);
  return rows.map((row) => values[row]);
}

/** Tables of the same columns, one after the other. */
export function concatTables(tables: readonly ColumnTable[]): ColumnTable {
  if (tables.length === 1) return tables[0];
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const columns = tables[0].columns.map(({ spec }, index) => ({
    spec,
    values: concatValues(
      tables.map((table) => table.columns[index].values),
      rows,
    ),
  }));
  return { rows, columns };
}

function concatValues(parts: readonly ColumnValues[], rows: number): ColumnValues {
  const first = parts[0];
  if (first instanceof Float64Array || first instanceof Int32Array) {
    const whole = first instanceof Float64Array ? new Float64Array(rows) : new Int32Array(rows);
    let end = 0;
    for (const part of parts as readonly (Float64Array | Int32Array)[]) {
      whole.set(part, end);
      end += part.length;
    }
    return whole;
  }
  if (first instanceof BigInt64Array) {
    const whole = new BigInt64Array(rows);
    let end = 0;
    for (const part of parts as readonly BigInt64Array[]) {
      whole.set(part, end);
      end += part.length;
    }
    return whole;
  }
  return (parts as readonly (readonly ColumnValue[])[]).flat(1) as ColumnValue[];
}
