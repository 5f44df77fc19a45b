import { SetupError, type ColumnSpec, type ColumnType } from '@gondola/stream';
import { toNatural, type AvroRecord, type AvroType, type Slot } from './avro-type.js';
import type { ContractFile } from './contract-file.js';

/** How one field of the schema becomes one column of the silver table. */
export interface ColumnPlan {
  readonly spec: ColumnSpec;
  readonly field: string;
  /** Where the value stands in the event, or in the entry that makes the row. */
  readonly slot: number;
  readonly perRow: boolean;
  readonly pointer: string;
  /** Multiplies a timestamp to microseconds. */
  readonly microsPerUnit: number;
  /** Largest absolute value that the column holds, Infinity when every value of the schema fits. */
  readonly absoluteMax: number;
  /** Text of a value that is no scalar; null for scalars. */
  readonly toText: ((value: Slot) => string) | null;
  /** Of an enum, in the newest schema's order; null for anything else. */
  readonly symbols: readonly string[] | null;
}

/** Columns that every silver table has, whatever its contract. */
const SYSTEM_COLUMNS = new Set([
  'event_id',
  'event_time',
  'event_date',
  'schema_version',
  'source_partition',
  'source_position',
  'source_sequence',
  'source_stream',
]);

function columnName(field: string): string {
  // Names of JSON may hold anything, those of columns may not.
  return field
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/\W/g, '_')
    .toLowerCase();
}

/**
 * The columns of a contract: the event's fields, then those of the entries that become rows. The event id and time are
 * left out where their column would be `event_id` or `event_time`, which every silver table has anyway.
 * Throws `contract_invalid` when two fields want one column or an override does not fit.
 */
export function planColumns(schema: AvroRecord, file: ContractFile, where: string): readonly ColumnPlan[] {
  const refuse = (why: string) => new SetupError('contract_invalid', `${where}: ${why}`);
  const rows = rowsRecord(schema, file, refuse);
  const plans: ColumnPlan[] = [];
  const used = new Set<string>();
  const add = (record: AvroRecord, perRow: boolean) =>
    record.fields.forEach(({ name, type }, slot) => {
      if (!perRow && name === file.rows) return;
      const column = columnName(name);
      const isRole = !perRow && (name === file.roles.eventId || name === file.roles.eventTime);
      if (isRole && SYSTEM_COLUMNS.has(column)) return;
      if (SYSTEM_COLUMNS.has(column) || plans.some(({ spec }) => spec.name === column))
        throw refuse(`field ${name}: there is already a column ${column}`);
      const override = file.columns[name];
      if (override) used.add(name);
      const pointer = perRow ? `/${file.rows}/*/${name}` : `/${name}`;
      plans.push({
        ...planColumn(type, override, () => refuse(`columns.${name}: ${override} does not fit`)),
        spec: specOf(column, type, override),
        field: name,
        slot,
        perRow,
        pointer,
      });
    });
  add(schema, false);
  if (rows) add(rows, true);
  for (const name of Object.keys(file.columns))
    if (!used.has(name)) throw refuse(`columns.${name}: there is no such field`);
  return plans;
}

function rowsRecord(
  schema: AvroRecord,
  file: ContractFile,
  refuse: (why: string) => Error,
): AvroRecord | null {
  if (file.rows === null) return null;
  const type = schema.fields.find(({ name }) => name === file.rows)?.type;
  if (type?.kind !== 'array' || type.items.kind !== 'record')
    throw refuse(`rows: ${file.rows} is not an array of records`);
  return type.items;
}

function specOf(name: string, type: AvroType, override: string | undefined): ColumnSpec {
  const inner = type.kind === 'nullable' ? type.of : type;
  return {
    name,
    type: override ? decimalOf(override) : naturalType(inner),
    nullable: type.kind === 'nullable',
  };
}

/** What has no shape of its own in a row is kept as JSON; null for scalars. */
function toTextOf(type: AvroType): ((value: Slot) => string) | null {
  switch (type.kind) {
    case 'record':
    case 'array':
    case 'map':
      return (value) => JSON.stringify(toNatural(type, value));
    case 'union':
    case 'json':
      return (value) => value as string;
    default:
      return null;
  }
}

function decimalOf(override: string): ColumnType & { kind: 'decimal' } {
  const [precision, scale] = (override.match(/\d+/g) ?? []).map(Number);
  return { kind: 'decimal', precision, scale };
}

function naturalType(type: AvroType): ColumnType {
  switch (type.kind) {
    case 'boolean':
      return { kind: 'boolean' };
    case 'int':
      return { kind: type.logical ?? 'int32' };
    case 'long':
      return { kind: type.logical ? 'timestamp' : 'int64' };
    case 'float':
    case 'double':
      return { kind: 'float64' };
    default:
      // Enums are text, and so is JSON.
      return { kind: 'string' };
  }
}

function planColumn(
  type: AvroType,
  override: string | undefined,
  misfit: () => Error,
): Pick<ColumnPlan, 'microsPerUnit' | 'absoluteMax' | 'toText' | 'symbols'> {
  const inner = type.kind === 'nullable' ? type.of : type;
  const isTime = inner.kind === 'long' && inner.logical !== null;
  const microsPerUnit = isTime && inner.logical === 'timestamp-millis' ? 1000 : 1;
  const toText = toTextOf(inner);
  const symbols = inner.kind === 'enum' ? inner.symbols : null;
  if (!override)
    return {
      microsPerUnit,
      absoluteMax: isTime ? Number.MAX_SAFE_INTEGER / microsPerUnit : Infinity,
      toText,
      symbols,
    };
  const { precision, scale } = decimalOf(override);
  const isNumber = ['float', 'double', 'int', 'long'].includes(inner.kind) && !isTime;
  // 18 digits are what 64 bits hold.
  if (!isNumber || precision < 1 || precision > 18 || scale > precision) throw misfit();
  return { microsPerUnit, absoluteMax: 10 ** (precision - scale) - 10 ** -scale, toText, symbols };
}
