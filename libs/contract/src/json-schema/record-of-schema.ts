import { SetupError } from '@gondola/stream';
import type { AvroField, AvroRecord, AvroType } from '../avro-type.js';
import type { JsonSchema, Place } from './json-schema.js';
import { listIn, shapeOf } from './object-shape.js';

/**
 * The rows of a JSON Schema: its named fields with the types that columns can have. It takes every value that the schema allows, which
 * is what Ajv decides; so it may be looser, but never stricter, than the schema, except in what no column holds: whole numbers beyond 53 bits.
 *
 *     string                 text; with `format: date-time` a timestamp, `date` a date, `enum` or `const` symbols
 *     integer                long, or int where its bounds fit into 32 bits;    number: double
 *     array, object          arrays, records (`properties`), maps (only `additionalProperties`)
 *     oneOf, anyOf, then     fields of the alternatives, those that only some have nullable
 *     not required           nullable, or its `default`
 *     anything else          its JSON, as text: values of several types, what contains itself
 *
 * A schema with `properties` and no `type` is one of objects.
 *
 * Refused with `contract_invalid`: a schema that is no object with named fields, and names that cannot be fields.
 */
export function recordOfSchema(schema: JsonSchema, where: string): AvroRecord {
  const root = schema.follow(schema.root) ?? schema.root;
  const record = new SchemaReader(schema, where).record(schema.root, titleOf(root) ?? 'Event', '');
  if (record) return record;
  throw new SetupError('contract_invalid', `${where}: the schema: must be an object with properties`);
}

const JSON_TYPE: AvroType = { kind: 'nullable', of: { kind: 'json' }, nullIndex: 0 };
const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

class SchemaReader {
  /** Schemas that are being read: what meets itself is kept as JSON. */
  private readonly open = new Set<unknown>();
  private readonly names = new Set<string>();

  constructor(
    private readonly schema: JsonSchema,
    private readonly where: string,
  ) {}

  record(place: Place, name: string, at: string): AvroRecord | null {
    const { fields, required } = shapeOf(this.schema, place);
    if (fields.size === 0) return null;
    return {
      kind: 'record',
      name: this.unused(name),
      doc: textIn(place, 'description'),
      fields: [...fields].map(([field, places]) =>
        this.field(field, places, required.has(field), `${at}/${field}`),
      ),
    };
  }

  /** Two records of one name would be one interface. */
  private unused(name: string): string {
    let unused = name;
    for (let number = 2; this.names.has(unused); number++) unused = `${name}${number}`;
    this.names.add(unused);
    return unused;
  }

  private field(name: string, places: readonly Place[], isRequired: boolean, at: string): AvroField {
    if (name === '__proto__' || name === '')
      throw new SetupError('contract_invalid', `${this.where}: field ${at}: cannot be the name of a field`);
    const type = this.oneOf(places, nameOf(name), at);
    const doc = textIn(places[0], 'description');
    const fallback = defaultOf(this.schema, places[0]);
    const given = fallback === null ? nullable(type) : type;
    if (isRequired) return { name, doc, type: given, fallback, isRequired };
    if (fallback !== undefined) return { name, doc, type: given, fallback };
    return { name, doc, type: nullable(type), fallback: null };
  }

  /** The one type that takes the values of all; several that have no type in common are kept as JSON. */
  private oneOf(places: readonly Place[], name: string, at: string): AvroType {
    const types = places.map((place) => this.type(place, name, at));
    return types.reduce(commonOf);
  }

  private type(given: Place, name: string, at: string): AvroType {
    const place = this.schema.follow(given);
    if (!place || this.open.has(place.schema)) return JSON_TYPE;
    this.open.add(place.schema);
    const type = this.typeOfPlace(place, textIn(place, 'title') ? (titleOf(place) ?? name) : name, at);
    this.open.delete(place.schema);
    return type;
  }

  private typeOfPlace(place: Place, name: string, at: string): AvroType {
    const { schema } = place;
    const values = 'const' in schema ? [schema['const']] : schema['enum'];
    const named = typesIn(schema);
    if (named === null) {
      if (Array.isArray(values)) return typeOfValues(values);
      return this.unnamed(place, name, at);
    }
    const types = named.filter((one) => one !== 'null');
    // Alternatives that narrow a named type say nothing of its column; but a null that none of them allows does.
    const of = types.length === 1 ? this.named(types[0], place, name, at) : JSON_TYPE;
    return types.length < named.length || schema['nullable'] === true ? nullable(of) : of;
  }

  /** Without a type of its own: what its alternatives or parts are. */
  private unnamed(place: Place, name: string, at: string): AvroType {
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
      const parts = [...listIn(place.schema[keyword]).keys()].map((index) =>
        this.schema.within(place, keyword, String(index)),
      );
      if (parts.length === 0) continue;
      const isNull = (part: Place | null) =>
        part?.schema['type'] === 'null' || part?.schema['const'] === null;
      const typed = parts.filter((part) => !isNull(part));
      if (typed.length === 0 || typed.some((part) => part === null)) return JSON_TYPE;
      const types = (typed as Place[]).map((part) => this.type(part, name, at));
      // Of parts that all hold, the first that says a type does.
      const of =
        keyword === 'allOf'
          ? (types.find((type) => type !== JSON_TYPE) ?? JSON_TYPE)
          : types.reduce(commonOf);
      const isObject =
        of.kind === 'record' || (keyword !== 'allOf' && types.every(({ kind }) => kind === 'record'));
      const whole = isObject ? (this.record(place, name, at) ?? of) : of;
      return typed.length < parts.length ? nullable(whole) : whole;
    }
    return JSON_TYPE;
  }

  private named(type: unknown, place: Place, name: string, at: string): AvroType {
    const { schema } = place;
    switch (type) {
      case 'boolean':
        return { kind: 'boolean' };
      case 'number':
        return { kind: 'double' };
      case 'integer':
        return { kind: fitsInt(schema) ? 'int' : 'long', logical: null };
      case 'string':
        return typeOfText(schema, name);
      case 'array': {
        // Of a tuple, `items` are those that follow it.
        const items = 'prefixItems' in schema ? null : this.schema.within(place, 'items');
        return { kind: 'array', items: items ? this.type(items, name, `${at}/*`) : JSON_TYPE };
      }
      case 'object': {
        const record = this.record(place, name, at);
        if (record) return record;
        const values = this.schema.within(place, 'additionalProperties');
        return values && !('patternProperties' in schema)
          ? { kind: 'map', values: this.type(values, name, `${at}/*`) }
          : JSON_TYPE;
      }
      default:
        return JSON_TYPE;
    }
  }
}

function typesIn(schema: Place['schema']): readonly unknown[] | null {
  const { type } = schema;
  if (Array.isArray(type)) return type;
  if (type !== undefined) return [type];
  return 'properties' in schema ? ['object'] : null;
}

function typeOfText(schema: Place['schema'], name: string): AvroType {
  const values = 'const' in schema ? [schema['const']] : schema['enum'];
  const symbols = listIn(values).filter((value) => typeof value === 'string');
  if (symbols.length > 0) return { kind: 'enum', name, symbols: [...new Set(symbols)], fallback: null };
  if (schema['format'] === 'date-time') return { kind: 'long', logical: 'timestamp-micros' };
  if (schema['format'] === 'date') return { kind: 'int', logical: 'date' };
  return { kind: 'string' };
}

function typeOfValues(values: readonly unknown[]): AvroType {
  const given = values.filter((value) => value !== null);
  const isAll = (is: (value: unknown) => boolean) => given.length > 0 && given.every(is);
  let of: AvroType = JSON_TYPE;
  if (isAll((value) => typeof value === 'string'))
    of = { kind: 'enum', name: 'Symbol', symbols: [...new Set(given as string[])], fallback: null };
  else if (isAll(Number.isSafeInteger)) of = { kind: 'long', logical: null };
  else if (isAll((value) => typeof value === 'number')) of = { kind: 'double' };
  else if (isAll((value) => typeof value === 'boolean')) of = { kind: 'boolean' };
  return given.length < values.length ? nullable(of) : of;
}

/** Both ends must be said, and be within 32 bits. */
function fitsInt(schema: Place['schema']): boolean {
  if (schema['format'] === 'int32') return true;
  const [least, above, most, below] = [
    schema['minimum'],
    schema['exclusiveMinimum'],
    schema['maximum'],
    schema['exclusiveMaximum'],
  ];
  const isFrom = isAtLeast(least, INT_MIN) || isAtLeast(above, INT_MIN - 1);
  return isFrom && (isAtMost(most, INT_MAX) || isAtMost(below, INT_MAX + 1));
}

const isAtLeast = (bound: unknown, least: number): boolean => typeof bound === 'number' && bound >= least;
const isAtMost = (bound: unknown, most: number): boolean => typeof bound === 'number' && bound <= most;

/** The type that takes the values of both. */
function commonOf(left: AvroType, right: AvroType): AvroType {
  if (left.kind === 'nullable' || right.kind === 'nullable')
    return nullable(commonOf(withoutNull(left), withoutNull(right)));
  if (left.kind === 'enum' && right.kind === 'enum')
    return { ...left, symbols: [...new Set([...left.symbols, ...right.symbols])] };
  const texts = [left.kind, right.kind];
  if (texts.every((kind) => kind === 'enum' || kind === 'string')) return { kind: 'string' };
  const numbers = ['int', 'long', 'double'];
  const isPlain = (type: AvroType) => !('logical' in type) || type.logical === null;
  if (texts.every((kind) => numbers.includes(kind)) && isPlain(left) && isPlain(right))
    return numbers.indexOf(left.kind) < numbers.indexOf(right.kind) ? right : left;
  return JSON.stringify(left) === JSON.stringify(right) ? left : { kind: 'json' };
}

const withoutNull = (type: AvroType): AvroType => (type.kind === 'nullable' ? type.of : type);
const nullable = (type: AvroType): AvroType =>
  type.kind === 'nullable' ? type : { kind: 'nullable', of: type, nullIndex: 0 };

/** `default` beside a reference, or where it leads. */
function defaultOf(schema: JsonSchema, place: Place): unknown {
  return 'default' in place.schema ? place.schema['default'] : schema.follow(place)?.schema['default'];
}

function textIn({ schema }: Place, keyword: string): string | null {
  const text = schema[keyword];
  return typeof text === 'string' && text !== '' ? text.replace(/\s+/g, ' ') : null;
}

/** The name of a generated interface. */
function titleOf(place: Place): string | null {
  const title = textIn(place, 'title');
  return title === null ? null : nameOf(title) || null;
}

function nameOf(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(name) ? name : `Of${name}`;
}
