import type { AnySchemaObject, Options, ValidateFunction } from 'ajv';
import { SetupError } from '@gondola/stream';
import { messageOf } from '../avro-type.js';
import { Problem } from '../problem.js';
import { ajvLibrary, type AjvLibrary } from './ajv-library.js';
import { compilePattern } from './linear-pattern.js';
import { areUnique } from './unique-items.js';
import { violationOf } from './violation.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A schema within the documents of a `JsonSchema`, and where it stands. */
export interface Place {
  /** Objects; what is `true` or `false` or something else has no places. */
  readonly schema: JsonObject;
  /** Of the document. */
  readonly base: string;
  /** Steps of a JSON pointer, encoded for a URI's fragment: '' or '/properties/a'. */
  readonly pointer: string;
}

/** A document that others name in `$ref`, under the name that they use. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

type DraftName = Exclude<keyof AjvLibrary, 'formats'>;
type Draft = AjvLibrary[DraftName];

/** What `$schema` says -> who reads it. Draft 7 has all of draft 6, and is what Confluent takes a schema for that says nothing. */
const DRAFTS: readonly (readonly [RegExp, DraftName])[] = [
  [/^https?:\/\/json-schema\.org\/draft-0[67]\/schema#?$/, 'Ajv'],
  [/^https:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/, 'Ajv2019'],
  [/^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/, 'Ajv2020'],
];

/** Of documents without an address: names are resolved against something. Nothing is ever fetched. */
const NO_ADDRESS = 'https://schema.invalid/schema';

const OPTIONS: Options = {
  // Words of other tools (`javaType`, `confluent:tags`) and formats that nobody knows say nothing of a value.
  strict: false,
  // Each document is checked once, by a compiled meta-schema that all share: it costs more than most schemas.
  meta: false,
  validateSchema: false,
  logger: false,
  // Names kinds of what was found; its value is never shown.
  verbose: true,
  // `required: [constructor]` is not met by what every object inherits.
  ownProperties: true,
  // 4.29 is a multiple of 0.01.
  multipleOfPrecision: 9,
  code: { regExp: Object.assign(compilePattern, { code: 'compilePattern' }) },
};

const USUAL_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;
/** Ajv's own check takes longer than that of all other fields together; most times are told at a glance. */
function dateTimeOf({ formats }: AjvLibrary): (text: string) => boolean {
  const anyTime = formats.get('date-time') as { readonly validate: (text: string) => boolean };
  return (text) => USUAL_TIME.test(text) || anyTime.validate(text);
}

/** Formats whose check takes the square of a text's length: longer texts are none of them. */
const SLOW_FORMATS = ['url', 'regex'] as const;
const SLOW_UNITS_MAX = 2_000;

function shortOnly(format: unknown): (text: string) => boolean {
  const isOne =
    format instanceof RegExp ? (text: string) => format.test(text) : (format as (text: string) => boolean);
  return (text) => text.length <= SLOW_UNITS_MAX && isOne(text);
}

const metaSchemas = new Map<Draft, InstanceType<Draft>>();

/**
 * A JSON Schema (draft 6, 7, 2019-09 or 2020-12), compiled, with `format` enforced. `references` are the documents that it may
 * name; nothing else is looked for. `where` names it in errors: throws `contract_invalid`, with the reason.
 */
export class JsonSchema {
  readonly root: Place;
  private readonly ajv: InstanceType<Draft>;
  private readonly documents = new Map<string, JsonObject>();
  private readonly validate: ValidateFunction;

  constructor(text: string, where: string, references: readonly NamedText[] = []) {
    const refuse = (why: string, cause?: unknown) =>
      new SetupError('contract_invalid', `${where}: ${why}`, { cause });
    try {
      const schema = documentOf(text);
      const DraftOfSchema = draftOf(schema['$schema']);
      this.ajv = new DraftOfSchema(OPTIONS);
      const library = ajvLibrary();
      library.formats(this.ajv);
      this.ajv.addFormat('date-time', dateTimeOf(library));
      for (const name of SLOW_FORMATS) this.ajv.addFormat(name, shortOnly(this.ajv.formats[name]));
      this.ajv.removeKeyword('uniqueItems');
      this.ajv.addKeyword({
        keyword: 'uniqueItems',
        type: 'array',
        schemaType: 'boolean',
        error: { message: 'entries must differ' },
        validate: (isDemanded: boolean, entries: readonly unknown[]) => !isDemanded || areUnique(entries),
      });
      const address = this.resolve(NO_ADDRESS, addressOf(schema) ?? '');
      this.add(schema, address, DraftOfSchema);
      for (const { name, text: referred } of references) {
        const document = documentOf(referred);
        const own = addressOf(document);
        for (const alias of new Set([name, ...(own === null ? [] : [own])]))
          this.add(document, this.resolve(address, alias), DraftOfSchema);
      }
      const validate = this.ajv.getSchema(address);
      if (!validate) throw new Error('there is nothing to compile');
      // It would answer with a promise, which is true.
      if ('$async' in validate) throw new Error('$async schemas ask somebody else');
      this.validate = validate;
      this.root = { schema: this.documents.get(address) as JsonObject, base: address, pointer: '' };
    } catch (cause) {
      throw refuse(`cannot be compiled as JSON Schema: ${messageOf(cause)}`, cause);
    }
  }

  /** Why a value breaks the schema, or null. Never throws. */
  check(value: unknown): Problem | null {
    try {
      if (this.validate(value)) return null;
      return violationOf(this.validate.errors ?? []);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return new Problem('schema_mismatch', '', 'nested more deeply than can be checked');
    }
  }

  /**
   * Whether a value keeps what the schema at a place demands; null where that cannot be asked by itself. The function may throw a
   * RangeError on what is nested very deeply.
   */
  acceptsAt({ base, pointer }: Place): ((value: unknown) => boolean) | null {
    try {
      const validate = this.ajv.getSchema(pointer === '' ? base : `${base}#${pointer}`);
      return validate ? (value) => validate(value) as boolean : null;
    } catch {
      // The whole was compiled: what cannot be taken out of it is checked with it.
      return null;
    }
  }

  /** The schema that stands in another one at these steps; null: none, or one that is only `true` or `false`. */
  within(place: Place, ...steps: readonly string[]): Place | null {
    let schema: unknown = place.schema;
    for (const step of steps) {
      if (typeof schema !== 'object' || schema === null || !Object.hasOwn(schema, step)) return null;
      schema = (schema as JsonObject)[step];
    }
    if (!isObject(schema)) return null;
    const address = steps.length === 0 ? null : addressOf(schema);
    if (address !== null && !address.startsWith('#')) {
      // A document within the document: what it names is meant from there.
      const base = this.resolve(place.base, address);
      this.documents.set(base, schema);
      return { schema, base, pointer: '' };
    }
    const pointer = steps.map((step) => `/${encodeURIComponent(escapeStep(step))}`).join('');
    return { schema, base: place.base, pointer: place.pointer + pointer };
  }

  /** Where a schema's `$ref` leads, through others; the place itself when it has none; null where that cannot be told here. */
  follow(place: Place): Place | null {
    const seen = new Set<JsonObject>();
    let at = place;
    while (typeof at.schema['$ref'] === 'string') {
      if (seen.has(at.schema)) return null;
      seen.add(at.schema);
      const [base, fragment = ''] = this.resolve(at.base, at.schema['$ref']).split('#');
      const document = this.documents.get(base);
      if (!document || (fragment !== '' && !fragment.startsWith('/'))) return null;
      const steps = fragment.split('/').slice(1).map(stepOf);
      const next = this.within({ schema: document, base, pointer: '' }, ...steps);
      if (!next) return null;
      at = next;
    }
    return at;
  }

  private add(document: JsonObject, address: string, draft: Draft): void {
    if (this.documents.has(address)) return;
    const { $schema: _, id: __, ...rest } = document;
    const meta = metaSchemas.get(draft) ?? new draft({ strict: false, logger: false });
    metaSchemas.set(draft, meta);
    if (meta.validateSchema(rest as AnySchemaObject) !== true)
      throw new Error(meta.errorsText(meta.errors, { dataVar: 'the schema' }));
    const addressed = { ...rest, $id: address };
    this.documents.set(address, addressed);
    this.ajv.addSchema(addressed as AnySchemaObject, address);
  }

  private resolve(base: string, name: string): string {
    return this.ajv.opts.uriResolver.resolve(base, name).replace(/#$/, '');
  }
}

function documentOf(text: string): JsonObject {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (cause) {
    throw new Error('not JSON', { cause });
  }
  if (schema === true) return {};
  if (!isObject(schema)) throw new Error('an object expected');
  return schema;
}

function draftOf(named: unknown): Draft {
  if (named === undefined) return ajvLibrary().Ajv;
  const known = DRAFTS.find(([pattern]) => typeof named === 'string' && pattern.test(named));
  if (known) return ajvLibrary()[known[1]];
  throw new Error(`$schema ${String(named)} is not known: draft 6, 7, 2019-09 and 2020-12 are`);
}

function addressOf(schema: JsonObject): string | null {
  const { $id } = schema;
  return typeof $id === 'string' && $id !== '' ? $id : null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const escapeStep = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1');
const stepOf = (escaped: string): string =>
  decodeURIComponent(escaped).replaceAll('~1', '/').replaceAll('~0', '~');
