import { SetupError } from '@gondola/stream';
import type { AvroType, Slot } from '../avro-type.js';
import { daysOfIsoDate, microsOfIsoTime } from '../iso-time.js';
import { FAIL, type Fail } from '../problem.js';
import { FIXED32, FIXED64, SIZED, VARINT, type ProtoInput } from './proto-input.js';
import type { ProtoEnum, ProtoScalar, ProtoType } from './proto-schema.js';

/** How one value is read, where a field's tag says that it is written in the way of `wireType`. */
export interface ValueReader {
  readonly wireType: number;
  readonly read: (input: ProtoInput) => Slot | Fail;
  /** Where several may stand in one field, one after the other. */
  readonly isPackable: boolean;
}

type Convert = (value: Slot, input: ProtoInput) => Slot | Fail;

const MS_PER_DAY = 86_400_000;
const NANOS_PER_MICRO = 1000;
const NANOS_MAX = 999_999_999;

/**
 * A reader of one value that is no message of one's own, by which `reader` knows it. Throws `contract_invalid` when it can be no such
 * value.
 */
export function compileProtoValue(type: ProtoType, reader: AvroType, where: string): ValueReader {
  const of = reader.kind === 'nullable' ? reader.of : reader;
  switch (type.kind) {
    case 'enum': {
      const symbols = symbolsOf(type, of, where);
      const fallback = of.kind === 'enum' ? of.fallback : null;
      return {
        wireType: VARINT,
        isPackable: true,
        read: (input) => {
          if (input.varint() === FAIL) return FAIL;
          return symbols.get(input.low) ?? (input.low === 0 ? null : fallback) ?? noSymbol(input);
        },
      };
    }
    case 'timestamp':
      if (of.kind !== 'long' || of.logical === null) break;
      return sized(readTimestamp(of.logical === 'timestamp-millis' ? 1000 : 1));
    case 'date':
      if (of.kind !== 'int' || of.logical === null) break;
      return sized(readDate);
    case 'wrapper': {
      const inner = compileProtoValue({ kind: type.of }, of, where);
      const zero = zeroOf(type.of);
      const convert = converterOf(type.of, of, where);
      return sized((input) => readWrapped(input, inner, () => convert(zero, input)));
    }
    case 'message':
    case 'map':
    case 'unreadable':
      break;
    default:
      return compileScalar(type.kind, of, where);
  }
  throw cannotRead(type, of, where);
}

export function cannotRead(type: ProtoType, reader: AvroType, where: string): SetupError {
  const wanted = 'logical' in reader && reader.logical ? `${reader.kind} (${reader.logical})` : reader.kind;
  const given =
    type.kind === 'unreadable' ? `${type.name} (a group, or of a file that is not there)` : type.kind;
  return new SetupError('contract_invalid', `${where}: ${given} cannot be read as ${wanted}`);
}

const sized = (readInside: ValueReader['read']): ValueReader => ({
  wireType: SIZED,
  isPackable: false,
  read: (input) => {
    const end = input.enter();
    if (end === FAIL) return FAIL;
    const value = readInside(input);
    input.end = end;
    return value;
  },
});

function compileScalar(kind: ProtoScalar, reader: AvroType, where: string): ValueReader {
  const { wireType, read } = WIRE[kind];
  const convert = converterOf(kind, reader, where);
  return {
    wireType,
    isPackable: wireType !== SIZED,
    read: (input) => {
      const value = read(input);
      return value === FAIL ? FAIL : convert(value, input);
    },
  };
}

const truncating = (read: (input: ProtoInput) => true | Fail, isSigned: boolean) => (input: ProtoInput) => {
  if (read(input) === FAIL) return FAIL;
  return isSigned ? input.low : input.low >>> 0;
};
const varint32 = (input: ProtoInput) => input.varint();
const fixed32 = (input: ProtoInput) => input.fixed32();

/** 32-bit kinds take the lower half of whatever was written, as Protobuf says. */
const WIRE: Readonly<Record<ProtoScalar, { wireType: number; read: (input: ProtoInput) => Slot | Fail }>> = {
  int32: { wireType: VARINT, read: truncating(varint32, true) },
  uint32: { wireType: VARINT, read: truncating(varint32, false) },
  sint32: {
    wireType: VARINT,
    read: (input) => (input.varint() === FAIL ? FAIL : (input.low >>> 1) ^ -(input.low & 1)),
  },
  int64: { wireType: VARINT, read: (input) => input.signed() },
  uint64: { wireType: VARINT, read: (input) => input.unsigned() },
  sint64: { wireType: VARINT, read: (input) => input.zigzag() },
  fixed32: { wireType: FIXED32, read: truncating(fixed32, false) },
  sfixed32: { wireType: FIXED32, read: truncating(fixed32, true) },
  fixed64: { wireType: FIXED64, read: (input) => input.fixed64(false) },
  sfixed64: { wireType: FIXED64, read: (input) => input.fixed64(true) },
  float: { wireType: FIXED32, read: (input) => input.real(4) },
  double: { wireType: FIXED64, read: (input) => input.real(8) },
  bool: {
    wireType: VARINT,
    read: (input) => (input.varint() === FAIL ? FAIL : (input.low | input.high) !== 0),
  },
  string: { wireType: SIZED, read: (input) => input.text() },
  bytes: { wireType: SIZED, read: (input) => input.base64() },
};

/** What a field that is not written holds where the record cannot tell. Bytes are as their text. */
export function zeroOf(kind: ProtoScalar): string | number | boolean {
  if (kind === 'string' || kind === 'bytes') return '';
  return kind === 'bool' ? false : 0;
}

const asIs: Convert = (value) => value;
const toInt: Convert = (value, input) =>
  value === ((value as number) | 0) ? value : input.trouble.fail('schema_mismatch', 'more than 32 bits');

/** Makes of a scalar what `reader` has. Throws `contract_invalid` where it never can. */
export function converterOf(kind: ProtoScalar, reader: AvroType, where: string): Convert {
  const isReal = kind === 'double' || kind === 'float';
  const isText = kind === 'string' || kind === 'bytes';
  switch (reader.kind) {
    case 'boolean':
      if (kind === 'bool') return asIs;
      break;
    case 'string':
      if (isText) return asIs;
      break;
    case 'float':
    case 'double':
      if (!isText && kind !== 'bool') return asIs;
      break;
    case 'int':
      if (kind === 'string' && reader.logical)
        return fromText(daysOfIsoDate, 'not a date: YYYY-MM-DD expected');
      if (!isText && !isReal && kind !== 'bool') return toInt;
      break;
    case 'long':
      if (kind === 'string' && reader.logical)
        return fromText(
          timeReader(reader.logical === 'timestamp-millis' ? 1000 : 1),
          'not a time: ISO 8601 with an offset expected',
        );
      if (!isText && !isReal && kind !== 'bool') return asIs;
      break;
    case 'enum': {
      const symbols = new Set<Slot>(reader.symbols);
      const { fallback } = reader;
      if (kind === 'string')
        return (value, input) => (symbols.has(value) ? value : (fallback ?? noSymbol(input)));
      break;
    }
  }
  throw cannotRead({ kind }, reader, where);
}

function fromText(read: (text: string) => number | null, message: string): Convert {
  return (value, input) => read(value as string) ?? input.trouble.fail('schema_mismatch', message);
}

const timeReader = (microsPerUnit: number) => (text: string) => {
  const micros = microsOfIsoTime(text);
  return micros === null ? null : Math.floor(micros / microsPerUnit);
};

function noSymbol(input: ProtoInput): Fail {
  return input.trouble.fail('schema_mismatch', 'a value of an enum that the contract does not have');
}

/**
 * What the contract calls the numbers of an enum: by the same name, or by what the name is without the enum's own in front
 * (`LINE_TYPE_SALE` of `LineType` is `SALE`), which Protobuf's style guide puts there. As text, it is the name itself.
 */
export function symbolsOf(type: ProtoEnum, reader: AvroType, where: string): ReadonlyMap<number, string> {
  if (reader.kind === 'string') return new Map([...type.names].map(([number, names]) => [number, names[0]]));
  if (reader.kind !== 'enum') throw cannotRead(type, reader, where);
  const prefix = `${type.name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}_`;
  const symbols = new Map<number, string>();
  for (const [number, names] of type.names) {
    const plain = names.map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
    const known = [...names, ...plain].find((name) => reader.symbols.includes(name));
    // Zero means "not said", which is for the field to decide; any other one that is not known is not.
    const symbol = known ?? (number === 0 ? null : reader.fallback);
    if (symbol !== null) symbols.set(number, symbol);
  }
  return symbols;
}

/** The scalar inside, the last one where there are several; what else is there is skipped. */
function readWrapped(input: ProtoInput, inner: ValueReader, zero: () => Slot | Fail): Slot | Fail {
  let value: Slot | Fail | undefined;
  while (input.position < input.end) {
    const tag = input.tag();
    if (tag === FAIL) return FAIL;
    if (tag === 8 + inner.wireType) {
      value = inner.read(input);
      if (value === FAIL) return FAIL;
    } else if (tag >>> 3 === 1) return input.fail('a value that is written in the way of another type');
    else if (input.skip(tag) === FAIL) return FAIL;
  }
  return value ?? zero();
}

/** Into `numbers`: the first fields of a message, which are integers; 0 where there is none. */
function readNumbers(input: ProtoInput, numbers: number[]): true | Fail {
  numbers.fill(0);
  while (input.position < input.end) {
    const tag = input.tag();
    if (tag === FAIL) return FAIL;
    if (tag >>> 3 <= numbers.length) {
      if ((tag & 7) !== VARINT) return input.fail('a value that is written in the way of another type');
      const value = input.signed();
      if (value === FAIL) return FAIL;
      numbers[(tag >>> 3) - 1] = value;
    } else if (input.skip(tag) === FAIL) return FAIL;
  }
  return true;
}

/** `google.protobuf.Timestamp`: seconds and nanoseconds. */
function readTimestamp(microsPerUnit: number): (input: ProtoInput) => number | Fail {
  const numbers = [0, 0];
  return (input) => {
    if (readNumbers(input, numbers) === FAIL) return FAIL;
    const [seconds, nanos] = numbers;
    const micros = seconds * 1_000_000 + Math.floor(nanos / NANOS_PER_MICRO);
    if (nanos >= 0 && nanos <= NANOS_MAX && Number.isSafeInteger(micros))
      return Math.floor(micros / microsPerUnit);
    return input.trouble.fail('schema_mismatch', 'a time that there is not');
  };
}

/** `google.type.Date`: year, month, day, none of them 0. */
function readDate(input: ProtoInput): number | Fail {
  const numbers = [0, 0, 0];
  if (readNumbers(input, numbers) === FAIL) return FAIL;
  const [year, month, day] = numbers;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (year > 0 && year < 10_000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day)
    return date.getTime() / MS_PER_DAY;
  return input.trouble.fail('schema_mismatch', 'a day that there is not');
}
