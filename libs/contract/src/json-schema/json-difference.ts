import type { Difference } from '../avro-differences.js';
import { listIn } from './object-shape.js';
import { isObject, type JsonSchema, type Place } from './json-schema.js';
import { assertionsOf } from './keywords.js';

/**
 * What first keeps who reads by `reader` from taking all that `writer` allows, e.g. `/price` `minimum is 1, was 0`; empty: nothing.
 * Strict: where it cannot tell (patterns, alternatives, conditions), it only takes what did not change. A field that is new
 * must not be required; one that writers may already send under another meaning in `additionalProperties` is not looked for.
 */
export function jsonDifferences(reader: JsonSchema, writer: JsonSchema): readonly Difference[] {
  const first = new Comparison(reader, writer).differ(reader.root, writer.root, '');
  return first ? [first] : [];
}

/** The reader's must not be above, or not below, the writer's. */
const LEAST = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const MOST = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const COMPARED = new Set([...LEAST, ...MOST, 'type', 'properties', 'required', 'additionalProperties']);
const VALUES = new Set(['enum', 'const', 'nullable', 'items']);

class Comparison {
  /** Pairs that are being compared: a schema may contain itself. */
  private readonly open = new Map<unknown, Set<unknown>>();

  constructor(
    private readonly reader: JsonSchema,
    private readonly writer: JsonSchema,
  ) {}

  differ(readerGiven: Place, writerGiven: Place, at: string): Difference | null {
    const reader = this.reader.follow(readerGiven);
    const writer = this.writer.follow(writerGiven);
    if (!reader || !writer)
      return isSame(readerGiven.schema, writerGiven.schema) ? null : say(at, 'cannot be compared');
    const against = this.open.get(reader.schema) ?? new Set();
    if (against.has(writer.schema)) return null;
    this.open.set(reader.schema, against.add(writer.schema));
    return (
      typesDiffer(reader.schema, writer.schema, at) ??
      valuesDiffer(reader.schema, writer.schema, at) ??
      limitsDiffer(reader.schema, writer.schema, at) ??
      this.fieldsDiffer(reader, writer, at) ??
      this.entriesDiffer(reader, writer, at) ??
      restDiffers(reader.schema, writer.schema, at)
    );
  }

  private fieldsDiffer(reader: Place, writer: Place, at: string): Difference | null {
    const known = new Set(listIn(writer.schema['required']));
    const added = listIn(reader.schema['required']).find(
      (name) => !known.has(name) && !this.hasDefault(reader, String(name)),
    );
    if (added !== undefined) return say(`${at}/${String(added)}`, 'is required, was not');
    const isOpen = (schema: Place['schema']) => schema['additionalProperties'] !== false;
    const names = namesIn(writer.schema['properties']);
    for (const name of names) {
      const [left, right] = [
        this.reader.within(reader, 'properties', name),
        this.writer.within(writer, 'properties', name),
      ];
      if (!left && !namesIn(reader.schema['properties']).includes(name)) {
        if (!isOpen(reader.schema)) return say(`${at}/${name}`, 'is no longer allowed');
        continue;
      }
      const difference = this.pairDiffers(left, right, `${at}/${name}`);
      if (difference !== null) return difference;
    }
    if (isOpen(writer.schema) && !isOpen(reader.schema))
      return say(at, 'no longer allows fields that it does not name');
    const [left, right] = [reader, writer].map(({ schema }) => schema['additionalProperties']);
    return isObject(left) && !isSame(left, right) ? say(at, 'additionalProperties changed') : null;
  }

  private entriesDiffer(reader: Place, writer: Place, at: string): Difference | null {
    const [left, right] = [reader.schema['items'], writer.schema['items']];
    if (left === undefined || left === true) return null;
    return this.pairDiffers(
      this.reader.within(reader, 'items'),
      this.writer.within(writer, 'items'),
      `${at}/*`,
      [left, right],
    );
  }

  /** Null: no schema, or one that takes anything or nothing, which only `raw` tells. */
  private pairDiffers(
    left: Place | null,
    right: Place | null,
    at: string,
    raw?: readonly unknown[],
  ): Difference | null {
    if (left && right) return this.differ(left, right, at);
    if (raw ? isSame(raw[0], raw[1]) : !left && !right) return null;
    return left && assertionsOf(left.schema).length === 0
      ? null
      : say(at, 'was not described before, or is not now');
  }

  private hasDefault(reader: Place, name: string): boolean {
    const property = this.reader.within(reader, 'properties', name);
    return property !== null && 'default' in property.schema;
  }
}

function typesDiffer(reader: Place['schema'], writer: Place['schema'], at: string): Difference | null {
  const [left, right] = [typesOf(reader), typesOf(writer)];
  if (left === null) return right === null ? null : say(at, `has no type, was ${right.join(' or ')}`);
  if (right === null) return say(at, `is ${left.join(' or ')}, was of any type`);
  const isTaken = (type: unknown) => left.includes(type) || (type === 'integer' && left.includes('number'));
  // A column of texts or numbers does not become one of JSON.
  const isColumn =
    left.filter((type) => type !== 'null').length <= right.filter((type) => type !== 'null').length;
  return right.every(isTaken) && isColumn
    ? null
    : say(at, `is ${left.join(' or ')}, was ${right.join(' or ')}`);
}

function typesOf(schema: Place['schema']): readonly unknown[] | null {
  if (schema['type'] === undefined) return null;
  const types: readonly unknown[] = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  return schema['nullable'] === true && !types.includes('null') ? [...types, 'null'] : types;
}

function valuesDiffer(reader: Place['schema'], writer: Place['schema'], at: string): Difference | null {
  const [left, right] = [valuesOf(reader), valuesOf(writer)];
  if (left === null) return null;
  if (right === null) return say(at, `is one of ${left.join(', ')}, was any`);
  const gone = right.filter((value) => !left.includes(value));
  return gone.length === 0 ? null : say(at, `no longer may be ${gone.join(', ')}`);
}

function valuesOf(schema: Place['schema']): readonly string[] | null {
  const values = 'const' in schema ? [schema['const']] : schema['enum'];
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)) : null;
}

function limitsDiffer(reader: Place['schema'], writer: Place['schema'], at: string): Difference | null {
  for (const keyword of [...LEAST, ...MOST]) {
    const [left, right] = [reader[keyword], writer[keyword]];
    if (typeof left !== 'number') continue;
    const isWider = typeof right === 'number' && (LEAST.includes(keyword) ? left <= right : left >= right);
    const isNothing = LEAST.includes(keyword) && left === 0 && !keyword.endsWith('inimum');
    if (!isWider && !isNothing)
      return say(at, `${keyword} is ${left}, was ${typeof right === 'number' ? right : 'not given'}`);
  }
  return null;
}

/** Formats make columns, and of the other keywords nobody can say which is the wider one. */
function restDiffers(reader: Place['schema'], writer: Place['schema'], at: string): Difference | null {
  const keywords = new Set([...assertionsOf(reader), ...assertionsOf(writer)]);
  const changed = [...keywords].find(
    (keyword) => !COMPARED.has(keyword) && !VALUES.has(keyword) && !isSame(reader[keyword], writer[keyword]),
  );
  return changed === undefined ? null : say(at, `${changed} changed`);
}

const say = (path: string, message: string): Difference => ({ path, rule: 'JSON_SCHEMA_NARROWED', message });
const isSame = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
const namesIn = (value: unknown): readonly string[] => (isObject(value) ? Object.keys(value) : []);
