import type { AvroType } from '../avro-type.js';
import { isObject, type JsonSchema, type Place } from '../json-schema/json-schema.js';
import { assertsOnly } from '../json-schema/keywords.js';
import { fieldOf, type FastField } from './field.js';
import type { FastShape } from './shape.js';

/** What a JSON Schema demands of one field besides what the contract's reader checks. */
export interface FieldDemand {
  readonly isRequired: boolean;
  /** Of its value; null: nothing. */
  readonly accepts: ((value: unknown) => boolean) | null;
  /** The value's schema, for what can be told without the value itself. */
  readonly schema: Place['schema'];
}

export interface ObjectDemands {
  readonly fields: ReadonlyMap<FastField, FieldDemand>;
  /** Fields that only the schema has, which must be right nevertheless. */
  readonly extras: readonly FastField[];
  /** Fields that neither has are left to a closer look. */
  readonly isClosed: boolean;
}

export interface JsonDemands {
  readonly event: ObjectDemands;
  readonly entry: ObjectDemands | null;
  readonly entriesMin: number;
  readonly entriesMax: number;
}

/** Of an object or array that is read field by field: these are met there, and with others it takes a closer look. */
const OBJECT_KEYWORDS = new Set(['type', 'properties', 'required', 'additionalProperties']);
const REFERENCE = new Set(['$ref']);
const TYPE = new Set(['type']);
const ARRAY_KEYWORDS = new Set(['type', 'items', 'minItems', 'maxItems']);
/**
 * What a generated reader has to see to so that it takes nothing that the schema refuses; null when it cannot, and every record
 * has to be parsed for Ajv.
 */
export function demandsOf(schema: JsonSchema, shape: FastShape): JsonDemands | null {
  const reader = new DemandReader(schema);
  const rows = shape.rowsSlot < 0 ? null : shape.event[shape.rowsSlot];
  const event = reader.object(schema.root, shape.event, rows);
  if (!event) return null;
  const { rowsPlace } = reader;
  if (!rows || !shape.entry || !rowsPlace) return { event, entry: null, entriesMin: 0, entriesMax: Infinity };
  const items = schema.within(rowsPlace, 'items');
  const { minItems = 0, maxItems = Infinity, items: given = true } = rowsPlace.schema;
  const isPlain = assertsOnly(rowsPlace.schema, ARRAY_KEYWORDS) && (items !== null || given === true);
  const entry = items && reader.object(items, shape.entry, null);
  if (!isPlain || (items && !entry)) return null;
  return { event, entry, entriesMin: Number(minItems), entriesMax: Number(maxItems) };
}

class DemandReader {
  /** Of the array whose entries become rows, once the event was read. */
  rowsPlace: Place | null = null;
  private extras = 0;

  constructor(private readonly schema: JsonSchema) {}

  object(given: Place, shape: readonly FastField[], rows: FastField | null): ObjectDemands | null {
    const place = assertsOnly(given.schema, REFERENCE) ? this.schema.follow(given) : given;
    if (!place || !assertsOnly(place.schema, OBJECT_KEYWORDS)) return null;
    const { properties = {}, required = [], additionalProperties = true } = place.schema;
    if (typeof additionalProperties !== 'boolean' || !isObject(properties) || !Array.isArray(required))
      return null;
    if (!allows(place.schema, 'object')) return null;
    const fields = new Map<FastField, FieldDemand>();
    const extras: FastField[] = [];
    for (const name of new Set([...Object.keys(properties), ...(required as string[])])) {
      const value = this.schema.within(place, 'properties', name);
      if (!value && (properties[name] ?? additionalProperties) !== true) return null;
      const isRequired = required.includes(name);
      const field = shape.find((one) => one.name === name);
      if (field && field === rows) {
        if (!this.takeRows(value)) return null;
        continue;
      }
      // Nothing is demanded of what is not known to the contract and may be anything, or be missing.
      if (!field && !value && !isRequired) continue;
      const demanded = field ?? this.extra(name, value);
      if (!field) extras.push(demanded);
      const isAsked = value !== null && !isMet(value.schema, demanded);
      const accepts = isAsked ? this.schema.acceptsAt(value) : null;
      if (isAsked && !accepts) return null;
      fields.set(demanded, { isRequired, accepts, schema: value?.schema ?? {} });
    }
    const isKnown = (field: FastField) => Object.hasOwn(properties, field.name);
    if (additionalProperties === false && !shape.every(isKnown)) return null;
    return { fields, extras, isClosed: additionalProperties === false };
  }

  private takeRows(value: Place | null): boolean {
    if (!value) return true;
    const place = assertsOnly(value.schema, REFERENCE) ? this.schema.follow(value) : value;
    if (!place || !allows(place.schema, 'array')) return false;
    this.rowsPlace = place;
    return true;
  }

  private extra(name: string, value: Place | null): FastField {
    return fieldOf(`j${this.extras++}`, name, value ? plainTypeOf(value.schema) : { kind: 'json' });
  }
}

function allows({ type }: Place['schema'], wanted: string): boolean {
  return type === undefined || type === wanted || (Array.isArray(type) && type.includes(wanted));
}

/** The form in which a field that has no column is read quickest. */
function plainTypeOf({ type }: Place['schema']): AvroType {
  if (type === 'string') return { kind: 'string' };
  if (type === 'number') return { kind: 'double' };
  if (type === 'integer') return { kind: 'long', logical: null };
  if (type === 'boolean') return { kind: 'boolean' };
  return { kind: 'nullable', of: { kind: 'json' }, nullIndex: 0 };
}

/** Whether whatever the contract's reader takes is right. */
function isMet(schema: Place['schema'], { type, isNullable }: FastField): boolean {
  if (!assertsOnly(schema, TYPE)) return false;
  if (isNullable && !allows(schema, 'null')) return false;
  switch (type.kind) {
    case 'string':
    case 'enum':
      return allows(schema, 'string');
    case 'int':
    case 'long':
      return type.logical === null && (allows(schema, 'integer') || allows(schema, 'number'));
    case 'float':
    case 'double':
      return allows(schema, 'number');
    case 'boolean':
      return allows(schema, 'boolean');
    default:
      return schema['type'] === undefined;
  }
}
