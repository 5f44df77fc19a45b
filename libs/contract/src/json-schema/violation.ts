import type { DefinedError, ErrorObject } from 'ajv';
import { Problem } from '../problem.js';

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  array: 'array',
  object: 'object',
  null: 'null',
};

/** Longer lists, patterns and names would hide what the message says. */
const LIST_MAX = 12;
const TEXT_MAX = 100;

/**
 * What a producer has to mend, from what Ajv says of a value: the rule by its keyword, then words. Values are never quoted,
 * they may be personal; what the schema itself says may be.
 */
export function violationOf(errors: readonly ErrorObject[]): Problem {
  const error = mostTelling(errors) as DefinedError | undefined;
  if (!error) return new Problem('schema_mismatch', '', 'breaks its schema');
  return new Problem(
    'schema_mismatch',
    pointerOf(error),
    `${error.keyword}: ${wordsOf(error) ?? 'what the schema demands is not met'}`,
  );
}

const ALTERNATIVES = new Set(['anyOf', 'oneOf']);

/**
 * The last error is the one that decided. Where none of some alternatives fits, the one that got furthest into the value
 * is likely to be what the producer meant.
 */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const last = errors.at(-1);
  if (last?.keyword === 'if') return errors.at(-2) ?? last;
  if (!last || !ALTERNATIVES.has(last.keyword)) return last;
  const inside = errors.slice(0, -1);
  const furthest = inside.reduce((best, one) => (depthOf(one) > depthOf(best) ? one : best), last);
  if (furthest !== last) return furthest;
  const telling = inside.filter(({ keyword }) => keyword !== 'type' && !ALTERNATIVES.has(keyword));
  return telling.length === 1 ? telling[0] : last;
}

const depthOf = ({ instancePath }: ErrorObject): number => instancePath.split('/').length;

function pointerOf(error: DefinedError): string {
  const { instancePath, keyword } = error;
  const name =
    keyword === 'required' || keyword === 'dependentRequired' || keyword === 'dependencies'
      ? error.params.missingProperty
      : keyword === 'additionalProperties'
        ? error.params.additionalProperty
        : null;
  // A name as long as a text may be one.
  if (name === null || name.length > TEXT_MAX) return instancePath;
  return `${instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function wordsOf(error: DefinedError): string | null {
  switch (error.keyword) {
    case 'type':
      return `${typesOf(error.params.type)} expected, found ${kindOf(error.data)}`;
    case 'required':
      return 'missing';
    case 'dependentRequired':
    case 'dependencies':
      return `missing, although ${error.params.property} is given`;
    case 'additionalProperties':
      return 'the schema allows no field of this name';
    case 'enum':
      return `one of ${listOf(error.params.allowedValues)} expected`;
    case 'const':
      return `${short(JSON.stringify(error.params.allowedValue))} expected`;
    case 'format':
      return `not of the form ${error.params.format}`;
    case 'pattern':
      return `text that matches ${short(error.params.pattern)} expected`;
    case 'multipleOf':
      return `a multiple of ${error.params.multipleOf} expected`;
    case 'oneOf':
      return error.params.passingSchemas
        ? 'more than one of the alternatives fit'
        : 'none of the alternatives fits';
    case 'anyOf':
      return 'none of the alternatives fits';
    case 'not':
      return 'what the schema rules out';
    case 'uniqueItems':
      return 'entries must differ';
    case 'propertyNames':
      return 'the name of a field is not as it should be';
    case 'contains':
      return 'no entry is as one must be';
    case 'false schema':
      return 'the schema allows nothing here';
    default:
      return limitOf(error);
  }
}

const LIMITS: Readonly<Record<string, string>> = {
  minLength: 'text of at least # characters',
  maxLength: 'text of at most # characters',
  minItems: 'at least # entries',
  maxItems: 'at most # entries',
  minProperties: 'at least # fields',
  maxProperties: 'at most # fields',
  minimum: 'at least #',
  maximum: 'at most #',
  exclusiveMinimum: 'more than #',
  exclusiveMaximum: 'less than #',
  items: 'at most # entries',
  additionalItems: 'at most # entries',
};

function limitOf({ keyword, params }: ErrorObject): string | null {
  const words = LIMITS[keyword];
  const limit: unknown = (params as { readonly limit?: unknown }).limit;
  return words && typeof limit === 'number' ? `${words.replace('#', String(limit))} expected` : null;
}

function typesOf(types: unknown): string {
  const names = (Array.isArray(types) ? types : String(types).split(',')) as readonly string[];
  return names.map((name) => TYPES[name] ?? name).join(' or ');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'number beyond what a double holds';
  if (typeof value === 'number') return Number.isInteger(value) ? 'whole number' : 'number';
  return typeof value === 'string' ? 'text' : typeof value;
}

function listOf(values: readonly unknown[]): string {
  const shown = values
    .slice(0, LIST_MAX)
    .map((value) => (typeof value === 'string' ? short(value) : short(JSON.stringify(value))));
  return shown.join(', ') + (values.length > LIST_MAX ? ` and ${values.length - LIST_MAX} more` : '');
}

const short = (text: string): string => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}...` : text);
