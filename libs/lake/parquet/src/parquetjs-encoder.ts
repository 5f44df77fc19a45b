import {
  plainValues,
  type ColumnSpec,
  type ColumnSummary,
  type ColumnTable,
  type ColumnType,
  type ColumnValue,
} from '@gondola/stream';
import type { FieldDefinition } from 'parquetjs-lite';
import { compareBounds, isOrdered, plainBound, type Bound } from './bounds.js';
import { SegmentedBytes } from './byte-sink.js';
import type { EncodedFile, ParquetEncoder, TableStream } from './encoder.js';
import { TableSpecs } from './table-specs.js';
import { typedPart } from './typed-values.js';

/** Rows that it holds as objects. */
const ROW_GROUP_ROWS = 50_000;

/**
 * parquetjs-lite behind the same port: some 50 times slower, files twice as large, without dictionaries, bounds, page
 * index, field ids and bloom filters. Throws RangeError for what it would not write exactly: decimals, whole numbers
 * beyond 2^53, NaN, negative zero, times before 1970.
 */
export const parquetjsEncoder: ParquetEncoder = { name: 'parquetjs-lite', encode };

async function encode(stream: TableStream): Promise<EncodedFile> {
  const shared = new TableSpecs();
  const tables: ColumnTable[] = [];
  for await (const table of shared.checked(stream)) tables.push(table);
  const specs = shared.columns;
  const file = new SegmentedBytes();
  const output = {
    write(bytes: Uint8Array, done: () => void) {
      file.append(bytes);
      done();
    },
    end: (done: () => void) => done(),
  };
  // Only who chose it waits for it: every start loads this file.
  const { default: parquetjs } = await import('parquetjs-lite');
  const options = { rowGroupSize: ROW_GROUP_ROWS, useDataPageV2: false, pageIndex: false } as const;
  const schema = new parquetjs.ParquetSchema(fieldsOf(specs));
  const writer = await parquetjs.ParquetWriter.openStream(schema, output, options);
  const summaries = specs.map((spec) => new PlainSummary(spec));
  for (const table of tables) {
    const columns = table.columns.map((column) => plainValues(column));
    for (let row = 0; row < table.rows; row++) {
      const record: Record<string, unknown> = {};
      specs.forEach(({ name, type, nullable }, at) => {
        const value = columns[at][row];
        summaries[at].add(value);
        record[name] = foreignValue(name, type, nullable, value);
      });
      await writer.appendRow(record);
    }
  }
  await writer.close();
  return {
    bytes: file.whole(),
    rows: shared.rows,
    columns: summaries.map((summary) => summary.get()),
  };
}

const fieldsOf = (specs: readonly ColumnSpec[]): Record<string, FieldDefinition> =>
  Object.fromEntries(specs.map((spec) => [spec.name, fieldOf(spec)]));

function fieldOf({ name, type, nullable }: ColumnSpec): FieldDefinition {
  if (type.kind === 'struct') return { optional: nullable, fields: fieldsOf(type.fields) };
  if (type.kind === 'list') {
    const element = fieldOf({ name: 'element', type: type.element, nullable: false });
    return { type: 'LIST', optional: nullable, fields: { list: { repeated: true, fields: { element } } } };
  }
  // Its bounds are in the order of JavaScript strings, which no reader expects.
  return { type: typeOf(name, type.kind), optional: nullable, compression: 'SNAPPY', statistics: false };
}

const TYPES = {
  string: 'UTF8',
  binary: 'BYTE_ARRAY',
  boolean: 'BOOLEAN',
  int32: 'INT32',
  int64: 'INT64',
  float64: 'DOUBLE',
  timestamp: 'TIMESTAMP_MICROS',
  date: 'DATE',
} as const;

function typeOf(name: string, kind: Exclude<ColumnType['kind'], 'list' | 'struct'>): string {
  if (kind === 'decimal') throw new RangeError(`column ${name}: parquetjs-lite has no decimals`);
  return TYPES[kind];
}

/** The value as parquetjs-lite takes it. */
function foreignValue(name: string, type: ColumnType, nullable: boolean, value: ColumnValue): unknown {
  if (value === null) {
    if (!nullable) throw new RangeError(`column ${name}: null in a required column`);
    return null;
  }
  if (type.kind === 'list') {
    const items = value as readonly ColumnValue[];
    return { list: items.map((item) => ({ element: foreignValue(name, type.element, false, item) })) };
  }
  if (type.kind === 'struct') {
    const struct = value as Readonly<Record<string, ColumnValue>>;
    return Object.fromEntries(
      type.fields.map((field) => [
        field.name,
        foreignValue(`${name}.${field.name}`, field.type, field.nullable, struct[field.name] ?? null),
      ]),
    );
  }
  typedPart(name, type, [value]);
  return typeof value === 'number' || typeof value === 'bigint' ? exactNumber(name, type, value) : value;
}

function exactNumber(name: string, { kind }: ColumnType, value: number | bigint): number {
  const number = Number(value);
  const isExact =
    kind === 'float64' ? !Number.isNaN(number) && !Object.is(number, -0) : Number.isSafeInteger(number);
  const isTimeBefore1970 = (kind === 'date' || kind === 'timestamp') && number < 0;
  if (isExact && !isTimeBefore1970) return number;
  throw new RangeError(`column ${name}: parquetjs-lite does not write ${kind} ${value} exactly`);
}

/** Value by value. */
class PlainSummary {
  private nulls = 0;
  private min: Bound | null = null;
  private max: Bound | null = null;
  private readonly isOrdered: boolean;

  constructor(private readonly spec: ColumnSpec) {
    const { type } = spec;
    this.isOrdered = type.kind !== 'list' && type.kind !== 'struct' && isOrdered(type);
  }

  add(value: ColumnValue): void {
    if (value === null) this.nulls++;
    if (value === null || !this.isOrdered) return;
    const bound = typeof value === 'string' ? Buffer.from(value) : (value as number | bigint);
    if (this.min === null || compareBounds(bound, this.min) < 0) this.min = bound;
    if (this.max === null || compareBounds(bound, this.max) > 0) this.max = bound;
  }

  get(): ColumnSummary {
    const { spec, nulls, min, max } = this;
    const { type } = spec;
    if (type.kind === 'list' || type.kind === 'struct') return { spec, nulls, min: null, max: null };
    return {
      spec,
      nulls,
      min: min === null ? null : plainBound(type, min),
      max: max === null ? null : plainBound(type, max),
    };
  }
}
