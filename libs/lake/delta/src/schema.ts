import { SetupError, type ColumnSpec, type ColumnType } from '@gondola/stream';
import { fieldIdsIn, withFieldIds, type SchemaField } from './field-ids.js';

/** A table as its writer wants it. */
export interface TableSpec {
  /** Folder of the table in the object store. */
  readonly path: string;
  /** All columns, the partition column among them. */
  readonly columns: readonly ColumnSpec[];
  /** Name of one column, or null. */
  readonly partitionBy: string | null;
  /**
   * Stored when the table is created, and in one that is opened and has others or none; but `gondola.environment` must be
   * the table's. Properties that are not named here stay.
   */
  readonly properties: Readonly<Record<string, string>>;
}

/** The schema of the log, as JSON, its fields numbered. */
export function schemaStringOf(columns: readonly ColumnSpec[]): string {
  return encodeFields(columns.map(fieldOf));
}

/** Numbers of the fields that have one, by dotted path. */
export function fieldIdsOf(table: string, schemaString: string): ReadonlyMap<string, number> {
  return fieldIdsIn(decodeFields(schemaString, table));
}

/**
 * The stored schema with the columns it lacks, and with nulls allowed where `spec` has them now; null when it needs no
 * change. Throws `table_unsupported` naming the column when the two cannot be brought together.
 */
export function evolveSchema(spec: TableSpec, schemaString: string): string | null {
  const stored = decodeFields(schemaString, spec.path);
  const storedByName = new Map(stored.map((field) => [field.name.toLowerCase(), field]));
  const added: SchemaField[] = [];
  const relaxed = new Set<string>();
  for (const column of spec.columns) {
    const field = storedByName.get(column.name.toLowerCase());
    if (field) {
      requireSame(spec.path, column, field);
      if (column.nullable && !field.nullable) relaxed.add(field.name);
    } else if (column.nullable) added.push(fieldOf(column));
    else
      throw refused(
        spec.path,
        column.name,
        'is new and not nullable, so rows that are there already would break it',
      );
  }
  const ours = new Set(spec.columns.map((column) => column.name));
  for (const field of stored) {
    if (field.nullable || ours.has(field.name)) continue;
    throw refused(spec.path, field.name, 'must not be null in the table, but this writer does not know it');
  }
  if (added.length + relaxed.size === 0) return null;
  const kept = stored.map((field) => (relaxed.has(field.name) ? { ...field, nullable: true } : field));
  return encodeFields([...kept, ...added]);
}

function requireSame(table: string, column: ColumnSpec, field: SchemaField): void {
  if (field.name !== column.name) throw refused(table, column.name, `is called ${field.name} in the table`);
  const wanted = canonical(typeOf(column.type));
  const found = canonical(field.type);
  if (wanted === found) return;
  // Wider types too: decisions/0006.
  const how =
    'a type cannot change in place, so stop ingest, move the folder of the table out of the lake and run rebuild, ' +
    'which makes it anew from bronze, or configure another environment';
  throw refused(table, column.name, `is ${found} in the table, ${wanted} in this version: ${how}`);
}

function refused(table: string, column: string, why: string): SetupError {
  return new SetupError('table_unsupported', `${table}: column ${column} ${why}`);
}

function fieldOf({ name, type, nullable }: ColumnSpec): SchemaField {
  return { name, type: typeOf(type), nullable, metadata: {} };
}

function typeOf(type: ColumnType): unknown {
  switch (type.kind) {
    case 'int32':
      return 'integer';
    case 'int64':
      return 'long';
    case 'float64':
      return 'double';
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'list':
      return { type: 'array', elementType: typeOf(type.element), containsNull: false };
    case 'struct':
      return { type: 'struct', fields: type.fields.map(fieldOf) };
    default:
      return type.kind;
  }
}

const encodeFields = (fields: readonly SchemaField[]): string =>
  JSON.stringify({ type: 'struct', fields: withFieldIds(fields) });

function decodeFields(schemaString: string, table: string): readonly SchemaField[] {
  try {
    return (JSON.parse(schemaString) as { fields: SchemaField[] }).fields;
  } catch (cause) {
    throw new SetupError('table_unsupported', `${table}: its schema is not JSON`, { cause });
  }
}

/** Field order and empty metadata differ between writers and mean nothing. */
function canonical(type: unknown): string {
  if (typeof type === 'string') return type;
  return JSON.stringify(type, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([key]) => key !== 'metadata')
            .sort(([left], [right]) => (left < right ? -1 : 1)),
        )
      : value,
  );
}
