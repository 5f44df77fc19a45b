import avsc from 'avsc';
import { SetupError } from '@gondola/stream';

/**
 * A schema as we need it, Avro's or another kind's: references resolved, null taken out of unions. What cannot be in a row of a
 * table (bytes, fixed, recursion) is refused when the contract is read.
 */
export type AvroType =
  | { readonly kind: 'boolean' | 'float' | 'double' | 'string' }
  | { readonly kind: 'int'; readonly logical: 'date' | null }
  | { readonly kind: 'long'; readonly logical: 'timestamp-millis' | 'timestamp-micros' | null }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly symbols: readonly string[];
      readonly fallback: string | null;
    }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  /** In Avro, the union of null, which stands at `nullIndex`, and the type, or the branches where that is a union. */
  | { readonly kind: 'nullable'; readonly of: AvroType; readonly nullIndex: number }
  /** Of several types, none of them null. */
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  /** Any JSON. */
  | { readonly kind: 'json' }
  | AvroRecord;

export interface AvroRecord {
  readonly kind: 'record';
  readonly name: string;
  readonly doc: string | null;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly doc: string | null;
  readonly type: AvroType;
  /** Natural JSON; undefined when the field must be given. */
  readonly fallback: unknown;
  /** Of a JSON Schema: it must be given although there is a default. */
  readonly isRequired?: true;
}

/**
 * A value in the order of its schema: a record is an array with one entry per field, an enum its symbol, a time the
 * number that Avro carries; what is one of several types, or any JSON, is its JSON text. Arrays keep reading, rules and columns free of look-ups by name.
 */
export type Slot = string | number | boolean | null | readonly Slot[] | ReadonlyMap<string, Slot>;

/**
 * Reads the text of an `.avsc` file. `references`: texts of schemas whose types it names, each after those it names itself.
 * `where` names the file in errors (`contract_invalid`).
 */
export function parseAvroSchema(text: string, where: string, references: readonly string[] = []): AvroRecord {
  const schemas: unknown[] = [];
  try {
    const registry = {};
    for (const one of [...references, text]) {
      const schema: unknown = JSON.parse(one);
      // avsc knows Avro's rules on names, defaults and symbols; what it accepts is well formed.
      avsc.Type.forSchema(schema as avsc.Schema, { registry });
      schemas.push(schema);
    }
  } catch (cause) {
    throw new SetupError('contract_invalid', `${where}: not an Avro schema: ${messageOf(cause)}`, { cause });
  }
  const reader = new SchemaReader(where);
  for (const schema of schemas.slice(0, -1)) reader.readReference(schema);
  const type = reader.read(schemas[schemas.length - 1], '', null);
  if (type.kind !== 'record')
    throw new SetupError('contract_invalid', `${where}: must be a record, is ${type.kind}`);
  return type;
}

type Json = Readonly<Record<string, unknown>>;

class SchemaReader {
  private readonly named = new Map<string, AvroType | 'open'>();

  constructor(private readonly where: string) {}

  /** Its named types may be named by what is read after it. */
  readReference(schema: unknown): void {
    this.read(schema, '/references', null);
  }

  read(schema: unknown, at: string, namespace: string | null): AvroType {
    if (typeof schema === 'string') return this.readName(schema, at, namespace);
    if (Array.isArray(schema)) return this.readUnion(schema, at, namespace);
    const json = schema as Json;
    // avsc takes types without a name; a registry elsewhere may hold one.
    if ((json.type === 'record' || json.type === 'enum') && typeof json.name !== 'string')
      throw this.refuse(at, `${json.type === 'enum' ? 'an enum' : 'a record'} must have a name`);
    switch (json.type) {
      case 'record':
        return this.readRecord(json, at, namespace);
      case 'enum':
        return this.define(json, at, namespace, () => ({
          kind: 'enum',
          name: json.name as string,
          symbols: json.symbols as string[],
          fallback: (json.default as string | undefined) ?? null,
        }));
      case 'array':
        return { kind: 'array', items: this.read(json.items, `${at}/*`, namespace) };
      case 'map':
        return { kind: 'map', values: this.read(json.values, `${at}/*`, namespace) };
      case 'int':
        return { kind: 'int', logical: json.logicalType === 'date' ? 'date' : null };
      case 'long': {
        const known = json.logicalType === 'timestamp-millis' || json.logicalType === 'timestamp-micros';
        return {
          kind: 'long',
          logical: known ? (json.logicalType as 'timestamp-millis' | 'timestamp-micros') : null,
        };
      }
      default:
        return this.read(json.type, at, namespace);
    }
  }

  private readName(name: string, at: string, namespace: string | null): AvroType {
    if (name === 'boolean' || name === 'float' || name === 'double' || name === 'string')
      return { kind: name };
    if (name === 'int') return { kind: 'int', logical: null };
    if (name === 'long') return { kind: 'long', logical: null };
    const known = this.named.get(fullName(name, namespace)) ?? this.named.get(name);
    if (known === 'open') throw this.refuse(at, `type ${name} contains itself`);
    if (!known) throw this.refuse(at, `type ${name} cannot be a column`);
    return known;
  }

  private readUnion(branches: readonly unknown[], at: string, namespace: string | null): AvroType {
    const nullIndex = branches.indexOf('null');
    const types = branches
      .filter((branch) => branch !== 'null')
      .map((branch) => this.read(branch, at === '' ? '/union' : at, namespace));
    if (types.length === 0) throw this.refuse(at, 'a union must have a type besides null');
    const of: AvroType = types.length === 1 ? types[0] : { kind: 'union', branches: types };
    return nullIndex < 0 ? of : { kind: 'nullable', of, nullIndex };
  }

  private readRecord(json: Json, at: string, namespace: string | null): AvroType {
    const inner = namespaceOf(json, namespace);
    return this.define(json, at, namespace, () => {
      const fields = (json.fields as readonly Json[]).map((field): AvroField => {
        const name = field.name as string;
        if (name === '__proto__') throw this.refuse(at, 'a field may not be named __proto__');
        const type = this.read(field.type, `${at}/${name}`, inner);
        return { name, doc: (field.doc as string | undefined) ?? null, type, fallback: field.default };
      });
      // A value of no bytes could be repeated without end in a few bytes of an array.
      if (fields.length === 0) throw this.refuse(at, 'a record must have fields');
      return {
        kind: 'record',
        name: json.name as string,
        doc: (json.doc as string | undefined) ?? null,
        fields,
      };
    });
  }

  private define<T extends AvroType>(json: Json, at: string, namespace: string | null, build: () => T): T {
    const name = json.name as string;
    const full = fullName(name, namespaceOf(json, namespace));
    this.named.set(full, 'open');
    const type = build();
    this.named.set(full, type);
    if (at === '' && type.kind !== 'record') throw this.refuse(at, 'the outermost type must be a record');
    return type;
  }

  private refuse(at: string, why: string): SetupError {
    return new SetupError(
      'contract_invalid',
      `${this.where}: ${at === '' ? 'the schema' : `field ${at}`}: ${why}`,
    );
  }
}

function namespaceOf(json: Json, outer: string | null): string | null {
  const name = json.name as string;
  if (name.includes('.')) return name.slice(0, name.lastIndexOf('.'));
  return (json.namespace as string | undefined) ?? outer;
}

function fullName(name: string, namespace: string | null): string {
  return name.includes('.') || namespace === null ? name : `${namespace}.${name}`;
}

/** What avsc makes of a schema whose references are good. */
export function avscTypeOf(text: string, references: readonly { readonly text: string }[] = []): avsc.Type {
  const registry = {};
  for (const one of references) avsc.Type.forSchema(JSON.parse(one.text) as avsc.Schema, { registry });
  return avsc.Type.forSchema(JSON.parse(text) as avsc.Schema, { registry });
}

/** The value as producers write it in JSON: records as objects, in the schema's order. */
export function toNatural(type: AvroType, value: Slot): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'nullable':
      return toNatural(type.of, value);
    case 'union':
    case 'json':
      return JSON.parse(value as string) as unknown;
    case 'record':
      return Object.fromEntries(
        type.fields.map((field, index) => [field.name, toNatural(field.type, (value as Slot[])[index])]),
      );
    case 'array':
      return (value as readonly Slot[]).map((item) => toNatural(type.items, item));
    case 'map':
      return Object.fromEntries(
        [...(value as ReadonlyMap<string, Slot>)].map(([key, item]) => [key, toNatural(type.values, item)]),
      );
    default:
      return value;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
