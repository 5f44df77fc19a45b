import type { SchemaReference, SchemaVersion } from '@gondola/contract';

type Json = Readonly<Record<string, unknown>>;

interface Document {
  readonly name: string | null;
  readonly base: string;
  /** JSON pointer of its place in the AsyncAPI document. */
  readonly place: string;
  readonly json: unknown;
}

/** Of documents without an address: names are resolved against something. */
const NO_ADDRESS = 'https://schema.invalid/schema';
/** What is in them are schemas by name: no key is a keyword. */
const BY_NAME = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
/** What is in them is data, not schemas. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);

/**
 * A JSON Schema with the documents that it names, ready to stand in one AsyncAPI document: there, `$ref` is resolved from the
 * whole document, so each one names a place of it. `place`: JSON pointer at which the schema will stand. The documents are
 * keyed as `components.schemas` takes them.
 */
export function jsonDocumentsOf(
  subject: string,
  { text, references = [] }: SchemaVersion,
  place: string,
): { readonly schema: unknown; readonly named: Readonly<Record<string, unknown>> } {
  const root = documentOf(null, text, place);
  const keyed = references.map((one) => ({ key: keyOf(subject, one), one }));
  const others = keyed.map(({ key, one }) =>
    documentOf(one.name, one.text, `/components/schemas/${key}/schema`),
  );
  const all = [root, ...others];
  const named = Object.fromEntries(
    keyed.map(({ key }, index) => [key, referring(others[index].json, others[index].base, all)]),
  );
  return { schema: referring(root.json, root.base, all), named };
}

function documentOf(name: string | null, text: string, place: string): Document {
  const json = JSON.parse(text) as unknown;
  return { name, base: addressOf(json, resolved(name ?? '', NO_ADDRESS)), place, json };
}

/** AsyncAPI's keys have no other characters. */
const keyOf = (subject: string, one: SchemaReference): string =>
  `${subject}.${one.subject}.v${one.version}`.replace(/[^\w.-]/g, '_');

function referring(value: unknown, base: string, documents: readonly Document[]): unknown {
  if (Array.isArray(value)) return value.map((entry) => referring(entry, base, documents));
  if (!isObject(value)) return value;
  const own = addressOf(value, base);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      // An address would move what its `$ref`s are resolved from.
      if ((key === '$id' || key === 'id') && typeof inner === 'string') return [];
      if (key === '$ref' && typeof inner === 'string') return [[key, placeOf(inner, own, documents)]];
      if (BY_NAME.has(key) && isObject(inner))
        return [[key, mapped(inner, (one) => referring(one, own, documents))]];
      return [[key, DATA.has(key) ? inner : referring(inner, own, documents)]];
    }),
  );
}

/** Anchors stay as they are. */
function placeOf(ref: string, base: string, documents: readonly Document[]): string {
  const [name, pointer = ''] = ref.split('#', 2);
  const address = resolved(name, base).split('#')[0];
  const found =
    documents.find((one) => name !== '' && one.name === name) ??
    documents.find((one) => one.base.split('#')[0] === address);
  return found && (pointer === '' || pointer.startsWith('/')) ? `#${found.place}${pointer}` : ref;
}

function addressOf(json: unknown, base: string): string {
  const id = isObject(json) ? (json['$id'] ?? json['id']) : undefined;
  return typeof id === 'string' ? resolved(id, base) : base;
}

function resolved(name: string, base: string): string {
  return URL.canParse(name, base) ? new URL(name, base).href : name || base;
}

const mapped = (schemas: Json, to: (schema: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, to(one)]));
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
