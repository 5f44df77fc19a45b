import type { Constants } from './constants.js';
import { symbolsOf, type FastField } from './field.js';
import { assertsOnly } from '../json-schema/keywords.js';
import type { FieldDemand } from './json-demands.js';

const WORDS = new Set(['type', 'enum']);
const LENGTHS = new Set(['type', 'minLength', 'maxLength']);
const FORMAT = new Set(['type', 'format']);

/**
 * Gives up where the value that was just read, the one that began at `v` where it is a number, is not what the schema demands.
 * Ajv is asked for the value alone; what most schemas say is told from the bytes instead, since making a text of them costs more.
 */
export function demandSource(field: FastField, demand: FieldDemand, constants: Constants): string {
  const { accepts } = demand;
  if (accepts === null) return '';
  const { id, kind } = field;
  const value = `(bytes[v] === 34 ? ${constants.helpers.textWithin}(bytes, v + 1, p - v - 2) : n_${id})`;
  switch (kind) {
    case 'text':
      return `\n${textSource(field, demand, constants) ?? `if (!${constants.add(accepts)}(${constants.helpers.textWithin}(bytes, s_${id}, z_${id}))) return false;`}`;
    case 'symbol':
      return tableSource(symbolsOf(field).map(accepts), `i_${id}`, constants);
    case 'flag':
      return tableSource([false, true].map(accepts), `n_${id}`, constants);
    case 'number':
      return `\n${timeSource(field, demand) ?? `if (!${constants.add(accepts)}(${value})) return false;`}`;
    case 'composite':
      // Has asked for itself.
      return '';
  }
}

function tableSource(allowed: readonly boolean[], index: string, constants: Constants): string {
  if (allowed.every(Boolean)) return '';
  return `\nif (!${constants.add(allowed)}[${index}]) return false;`;
}

/** Of texts that have only a length or a list of words to keep to. */
function textSource({ id }: FastField, { schema }: FieldDemand, constants: Constants): string | null {
  const { symbolWithin, pointsOfUtf8 } = constants.helpers;
  const { type, minLength = 0, maxLength = Infinity, enum: words } = schema;
  if (type !== 'string') return null;
  if (Array.isArray(words) && assertsOnly(schema, WORDS)) {
    const texts = words.filter((word) => typeof word === 'string').map((word) => Buffer.from(word));
    return `if (${symbolWithin}(${constants.add(texts)}, bytes, s_${id}, z_${id}) < 0) return false;`;
  }
  if (!assertsOnly(schema, LENGTHS)) return null;
  return `u = ${pointsOfUtf8}(bytes, s_${id}, s_${id} + z_${id});
if (u < ${Number(minLength)} || u > ${Number(maxLength)}) return false;`;
}

/**
 * A text that the reader took for a time keeps to `date-time` (RFC 3339) when it has seconds, and no comma before their fraction;
 * one that it took for a date is a `date`.
 */
function timeSource({ type }: FastField, { schema }: FieldDemand): string | null {
  const { type: named, format } = schema;
  if (!('logical' in type) || named !== 'string' || !assertsOnly(schema, FORMAT)) return null;
  if (type.logical === 'date' && format === 'date') return 'if (bytes[v] !== 34) return false;';
  if (type.logical === null || type.logical === 'date' || format !== 'date-time') return null;
  return 'if (bytes[v] !== 34 || bytes[v + 17] !== 58 || bytes[v + 20] === 44) return false;';
}
