import type { SchemaVersion } from '@gondola/contract';

type Json = Readonly<Record<string, unknown>>;
/** Full name -> the definition, with its namespace said. */
type Definitions = Map<string, Json>;

const NAMED = new Set(['record', 'error', 'enum', 'fixed']);

/** An Avro schema in which each type of its references is defined where it is first named. */
export function wholeAvroOf({ text, references = [] }: SchemaVersion): unknown {
  const definitions: Definitions = new Map();
  for (const one of references) define(JSON.parse(one.text), null, definitions);
  return new Inliner(definitions).inlined(JSON.parse(text), null);
}

function define(schema: unknown, namespace: string | null, definitions: Definitions): void {
  if (Array.isArray(schema)) for (const one of schema) define(one, namespace, definitions);
  if (!isObject(schema)) return;
  if (!isNamed(schema)) {
    for (const key of ['type', 'items', 'values']) define(schema[key], namespace, definitions);
    return;
  }
  const inner = namespaceOf(schema, namespace);
  const isDotted = schema.name.includes('.');
  definitions.set(fullName(schema.name, inner), isDotted ? schema : { ...schema, namespace: inner ?? '' });
  for (const field of fieldsOf(schema)) define(field['type'], inner, definitions);
}

class Inliner {
  private readonly defined = new Set<string>();

  constructor(private readonly definitions: Definitions) {}

  inlined(schema: unknown, namespace: string | null): unknown {
    if (typeof schema === 'string') return this.named(schema, namespace);
    if (Array.isArray(schema)) return schema.map((one) => this.inlined(one, namespace));
    if (!isObject(schema)) return schema;
    if (!isNamed(schema))
      return mapped(schema, (key, inner) =>
        ['type', 'items', 'values'].includes(key) ? this.inlined(inner, namespace) : inner,
      );
    const inner = namespaceOf(schema, namespace);
    const full = fullName(schema.name, inner);
    if (this.defined.has(full)) return full;
    this.defined.add(full);
    if (!('fields' in schema)) return schema;
    const fields = fieldsOf(schema).map((field) => ({
      ...field,
      type: this.inlined(field['type'], inner),
    }));
    return { ...schema, fields };
  }

  private named(name: string, namespace: string | null): unknown {
    const full = fullName(name, namespace);
    const [known, definition] = [full, name]
      .map((one) => [one, this.definitions.get(one)] as const)
      .find(([, one]) => one !== undefined) ?? [full, undefined];
    if (!definition) return name;
    return this.defined.has(known) ? known : this.inlined(definition, null);
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNamed = (schema: Json): schema is Json & { readonly name: string } =>
  NAMED.has(String(schema['type'])) && typeof schema['name'] === 'string';
const fieldsOf = (schema: Json): readonly Json[] => (schema['fields'] as readonly Json[] | undefined) ?? [];
const fullName = (name: string, namespace: string | null): string =>
  name.includes('.') || !namespace ? name : `${namespace}.${name}`;
const mapped = (schema: Json, to: (key: string, inner: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(schema).map(([key, inner]) => [key, to(key, inner)]));

function namespaceOf(schema: Json & { readonly name: string }, outer: string | null): string | null {
  const { name } = schema;
  if (name.includes('.')) return name.slice(0, name.lastIndexOf('.'));
  const own = schema['namespace'];
  return typeof own === 'string' ? own || null : outer;
}
