import { SetupError, type ColumnSpec, type ColumnType } from '@gondola/stream';

interface SchemaField {
  readonly name: string;
  readonly type: unknown;
  readonly nullable: boolean;
}

/** The columns of a table from the schema in its log. Throws `table_unsupported` naming a column of another engine's type. */
export function columnsOfSchema(table: string, schemaString: string): readonly ColumnSpec[] {
  const { fields } = JSON.parse(schemaString) as { fields: readonly SchemaField[] };
  return fields.map((field) => columnOfField(table, field));
}

function columnOfField(table: string, { name, type, nullable }: SchemaField): ColumnSpec {
  const known = typeOf(table, type);
  if (known) return { name, type: known, nullable };
  throw new SetupError(
    'table_unsupported',
    `${table}: column ${name} is ${JSON.stringify(type)}, which this version does not write`,
  );
}

const KINDS = new Map<unknown, ColumnType>([
  ['integer', { kind: 'int32' }],
  ['long', { kind: 'int64' }],
  ['double', { kind: 'float64' }],
  ['string', { kind: 'string' }],
  ['binary', { kind: 'binary' }],
  ['boolean', { kind: 'boolean' }],
  ['timestamp', { kind: 'timestamp' }],
  ['date', { kind: 'date' }],
]);

function typeOf(table: string, type: unknown): ColumnType | null {
  if (typeof type === 'string') {
    const decimal = /^decimal\((\d+),(\d+)\)$/.exec(type);
    if (decimal) return { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
    return KINDS.get(type) ?? null;
  }
  const { type: kind, elementType, fields } = type as Readonly<Record<string, unknown>>;
  if (kind === 'struct')
    return {
      kind: 'struct',
      fields: (fields as readonly SchemaField[]).map((field) => columnOfField(table, field)),
    };
  const element = kind === 'array' ? typeOf(table, elementType) : null;
  return element && { kind: 'list', element };
}
