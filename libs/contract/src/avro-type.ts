import avsc from 'avsc';
import { SetupError } from '@gondola/stream';

/**
 * An Avro schema as we need it: references resolved, unions reduced to "may be null". What cannot be a row of a
 * table (bytes, fixed, unions of several types, recursion) is refused when the contract is read.
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
  | { readonly kind: 'nullable'; readonly of: AvroType; readonly nullIndex: 0 | 1 }
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
}

/**
 * A value in the order of its schema: a record is an array with one entry per field, an enum its symbol, a time the
 * number that Avro carries. Arrays keep reading, rules and columns free of look-ups by name.
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
    if (branches.length !== 2 || nullIndex < 0)
      throw this.refuse(at, 'a union must be null and one other type');
    const of = this.read(branches[1 - nullIndex], at, namespace);
    return { kind: 'nullable', of, nullIndex: nullIndex as 0 | 1 };
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

/** The value as producers write it in JSON: records as objects, in the schema's order. */
export function toNatural(type: AvroType, value: Slot): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'nullable':
      return toNatural(type.of, value);
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
