import { SetupError } from '@gondola/stream';
import { toNatural, type AvroRecord, type AvroType, type Slot } from './avro-type.js';
import { FAIL, type Problem, Trouble, type Fail } from './problem.js';
import { daysOfIsoDate, microsOfIsoTime } from './iso-time.js';

/** Checks parsed JSON against a schema and brings it into the schema's order. Never throws. */
export type JsonReader = (value: unknown) => Slot[] | Problem;

/**
 * Compiles a reader of natural JSON: nullable values without Avro's type tags, enums as their symbols, timestamps as
 * whole milliseconds (or microseconds, as the schema says) or ISO 8601 with an offset, dates as days since 1970 or
 * YYYY-MM-DD. Fields with a default may be missing; fields that the schema does not have are ignored.
 */
export function compileJsonReader(type: AvroRecord): JsonReader {
  const trouble = new Trouble();
  const read = compileJsonValue(type);
  return (value) => {
    const result = read(value, trouble);
    return result === FAIL ? trouble.toProblem() : (result as Slot[]);
  };
}

/** One value of a schema file, e.g. a default. Throws `contract_invalid`. */
export function readJson(type: AvroType, value: unknown, where: string): Slot {
  const trouble = new Trouble();
  const result = compileJsonValue(type)(value, trouble);
  if (result !== FAIL) return result;
  throw new SetupError(
    'contract_invalid',
    `${where}${trouble.pointer}: the default is wrong: ${trouble.message}`,
  );
}

export type ReadJson = (value: unknown, trouble: Trouble) => Slot | Fail;

/** What a text that should be a time says of itself; the contract turns it into `event_time_invalid` for its event time. */
export const NOT_A_TIME = 'not a time: whole number or ISO 8601 with an offset expected';

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** A reader of one value of any type. */
export function compileJsonValue(type: AvroType): ReadJson {
  switch (type.kind) {
    case 'nullable': {
      const inner = compileJsonValue(type.of);
      return (value, trouble) => (value === null ? null : inner(value, trouble));
    }
    case 'boolean':
      return (value, trouble) =>
        typeof value === 'boolean' ? value : mismatch(trouble, 'true or false', value);
    case 'string':
      return readString;
    case 'int':
      return type.logical === 'date' ? readDate : readInt;
    case 'long':
      return type.logical ? compileTime(type.logical === 'timestamp-millis' ? 1000 : 1) : readLong;
    case 'float':
    case 'double':
      return readReal;
    case 'enum': {
      const symbols = new Set<unknown>(type.symbols);
      return (value, trouble) =>
        symbols.has(value)
          ? (value as string)
          : trouble.fail('schema_mismatch', `one of ${type.symbols.join(', ')} expected`);
    }
    case 'array':
      return compileArray(compileJsonValue(type.items));
    case 'map':
      return compileMap(compileJsonValue(type.values));
    case 'record':
      return compileRecord(type);
    case 'union':
      return compileUnion(type.branches);
    case 'json':
      return readAny;
  }
}

/** The first type that takes the value says what of it is kept. */
function compileUnion(branches: readonly AvroType[]): ReadJson {
  const readers = branches.map((type) => ({ type, read: compileJsonValue(type) }));
  return (value, trouble) => {
    for (const { type, read } of readers) {
      const slot = read(value, trouble);
      if (slot !== FAIL) return JSON.stringify(toNatural(type, slot));
    }
    return mismatch(trouble, branches.map(({ kind }) => kind).join(' or '), value);
  };
}

const readAny: ReadJson = (value, trouble) => {
  try {
    return JSON.stringify(value, finiteOnly);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return trouble.fail('schema_mismatch', error instanceof NotFinite ? NOT_FINITE : 'nested too deeply');
  }
};

const NOT_FINITE = 'number beyond what a double holds';

class NotFinite extends RangeError {}

/** `JSON.stringify` would make null of it. */
function finiteOnly(_key: string, value: unknown): unknown {
  if (value === Infinity || value === -Infinity) throw new NotFinite(NOT_FINITE);
  return value;
}

/** Says the kind of what was found, never the value. */
function mismatch(trouble: Trouble, expected: string, found: unknown): Fail {
  const kind =
    found === null ? 'null' : Array.isArray(found) ? 'array' : found === undefined ? 'nothing' : typeof found;
  return trouble.fail('schema_mismatch', `${expected} expected, found ${kind}`);
}

const readString: ReadJson = (value, trouble) => {
  if (typeof value !== 'string') return mismatch(trouble, 'text', value);
  return value.isWellFormed() ? value : trouble.fail('schema_mismatch', 'text with half a surrogate pair');
};

const readInt: ReadJson = (value, trouble) =>
  Number.isInteger(value) && (value as number) >= INT_MIN && (value as number) <= INT_MAX
    ? (value as number) + 0
    : wholeExpected(value, trouble, 'whole number of 32 bits');

const readLong: ReadJson = (value, trouble) =>
  Number.isSafeInteger(value)
    ? (value as number) + 0
    : wholeExpected(value, trouble, 'whole number of at most 53 bits');

const readReal: ReadJson = (value, trouble) => {
  if (typeof value !== 'number') return mismatch(trouble, 'number', value);
  return Number.isFinite(value)
    ? value
    : trouble.fail('number_not_finite', 'number beyond what a double holds');
};

function wholeExpected(value: unknown, trouble: Trouble, expected: string): Fail {
  if (typeof value === 'number' && !Number.isFinite(value))
    return trouble.fail('number_not_finite', 'not a finite number');
  return mismatch(trouble, expected, value);
}

const readDate: ReadJson = (value, trouble) => {
  if (typeof value !== 'string') return readInt(value, trouble);
  return (
    daysOfIsoDate(value) ??
    trouble.fail('schema_mismatch', 'not a date: days since 1970 or YYYY-MM-DD expected')
  );
};

function compileTime(microsPerUnit: number): ReadJson {
  return (value, trouble) => {
    if (typeof value !== 'string') return readLong(value, trouble);
    const micros = microsOfIsoTime(value);
    return micros === null ? trouble.fail('schema_mismatch', NOT_A_TIME) : Math.floor(micros / microsPerUnit);
  };
}

function compileArray(item: ReadJson): ReadJson {
  return (value, trouble) => {
    if (!Array.isArray(value)) return mismatch(trouble, 'array', value);
    const items: Slot[] = [];
    for (let index = 0; index < value.length; index++) {
      const read = item(value[index], trouble);
      if (read === FAIL) return trouble.within(index);
      items.push(read);
    }
    return items;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function compileMap(item: ReadJson): ReadJson {
  return (value, trouble) => {
    if (!isObject(value)) return mismatch(trouble, 'object', value);
    const entries = new Map<string, Slot>();
    for (const [key, entry] of Object.entries(value)) {
      if (!key.isWellFormed()) return trouble.fail('schema_mismatch', 'a key with half a surrogate pair');
      const read = item(entry, trouble);
      if (read === FAIL) return trouble.withinEntry();
      entries.set(key, read);
    }
    return entries;
  };
}

interface FieldReader {
  readonly name: string;
  readonly read: ReadJson;
  /** The default, FAIL when there is none. */
  readonly given: Slot | Fail;
  readonly inherited: boolean;
}

function compileRecord(type: AvroRecord): ReadJson {
  const fields = type.fields.map((field): FieldReader => {
    const given = field.fallback === undefined ? FAIL : readJson(field.type, field.fallback, field.name);
    // `constructor` and its like would otherwise be found on every object.
    return {
      name: field.name,
      read: compileJsonValue(field.type),
      given,
      inherited: field.name in Object.prototype,
    };
  });
  return (value, trouble) => {
    if (!isObject(value)) return mismatch(trouble, 'object', value);
    const record: Slot[] = [];
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index];
      const found = field.inherited && !Object.hasOwn(value, field.name) ? undefined : value[field.name];
      let read: Slot | Fail;
      if (found !== undefined) read = field.read(found, trouble);
      else if (field.given !== FAIL) read = field.given;
      else read = trouble.fail('schema_mismatch', 'missing');
      if (read === FAIL) return trouble.within(field.name);
      record.push(read);
    }
    return record;
  };
}
