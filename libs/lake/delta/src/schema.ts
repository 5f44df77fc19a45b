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

/** A column whose type in the table is narrower than it should be, by the names that the log has for types. */
export interface Widening {
  readonly column: string;
  readonly from: string;
  readonly to: string;
}

/** Which of `columns` the table has with a narrower type. */
export function wideningsOf(
  table: string,
  columns: readonly ColumnSpec[],
  schemaString: string,
): readonly Widening[] {
  const stored = new Map(decodeFields(schemaString, table).map(({ name, type }) => [name, type]));
  return columns.flatMap(({ name, type }) => {
    const [from, to] = [stored.get(name), typeOf(type)];
    return isWider(from, to) ? [{ column: name, from, to: String(to) }] : [];
  });
}

/** The stored schema with the wider types of `columns`. For a version that replaces every file: decisions/0006. */
export function widenedSchema(table: string, columns: readonly ColumnSpec[], schemaString: string): string {
  const types = new Map(
    wideningsOf(table, columns, schemaString).map(({ column, to }): [string, unknown] => [column, to]),
  );
  return encodeFields(
    decodeFields(schemaString, table).map((field) => ({
      ...field,
      type: types.get(field.name) ?? field.type,
    })),
  );
}

const WIDER = new Set(['integer long', 'float double']);
const DECIMAL = /^decimal\((\d+),(\d+)\)$/;

/** Whether every value of one type is a value of the other, and looks the same. */
function isWider(from: unknown, to: unknown): from is string {
  if (typeof from !== 'string' || typeof to !== 'string') return false;
  const [narrow, wide] = [DECIMAL.exec(from), DECIMAL.exec(to)];
  if (narrow && wide) return narrow[2] === wide[2] && Number(narrow[1]) < Number(wide[1]);
  return WIDER.has(`${from} ${to}`);
}

function requireSame(table: string, column: ColumnSpec, field: SchemaField): void {
  if (field.name !== column.name) throw refused(table, column.name, `is called ${field.name} in the table`);
  const wanted = canonical(typeOf(column.type));
  const found = canonical(field.type);
  if (wanted === found) return;
  throw refused(
    table,
    column.name,
    `is ${found} in the table, ${wanted} in this version: ${wayTo(found, wanted)}`,
  );
}

/** What to do where a table has another type. Never in place: decisions/0006. */
function wayTo(found: string, wanted: string): string {
  if (isWider(found, wanted))
    return 'run `gondola widen --config FILE` with the configuration of ingest, then start again';
  if (isWider(wanted, found))
    return 'the table was widened for a newer contract, so run this service with that contract';
  return (
    'a type cannot change in place, so stop ingest, move the folder of the table out of the lake and run rebuild, ' +
    'which makes it anew from bronze, or configure another environment'
  );
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
