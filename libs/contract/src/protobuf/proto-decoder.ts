import type { AvroRecord, AvroType, Slot } from '../avro-type.js';
import { FAIL, type Fail, type Trouble } from '../problem.js';
import { bindFields, type BoundField } from './proto-binding.js';
import { SIZED, type ProtoInput } from './proto-input.js';
import type { ProtoField, ProtoMessage, ProtoType } from './proto-schema.js';
import { cannotRead, compileProtoValue, symbolsOf, zeroOf, type ValueReader } from './proto-value.js';

/** The fields read so far, undefined where there was none. A nested message is such a list itself until all is read. */
export type Parts = (Slot | undefined)[];

/**
 * Reads a message in two steps, because a field may come more than once: the last scalar stands, entries add up, messages merge.
 * `fill` takes the fields up to the input's end, `finish` puts in what is missing.
 */
export interface MessageReader {
  readonly fill: (input: ProtoInput, parts: Parts) => true | Fail;
  readonly finish: (parts: Parts, trouble: Trouble) => Slot[] | Fail;
}

/** Of a field of the contract that the writer has. */
export interface FieldReader {
  /** Of the contract. */
  readonly name: string;
  readonly read: (input: ProtoInput, tag: number, parts: Parts) => true | Fail;
  /** Of what was read. */
  readonly finish: (part: Slot, trouble: Trouble) => Slot | Fail;
}

/**
 * A reader of what `writer` wrote into the fields of `reader`. `idSlot` as in `bindFields`. Throws `contract_invalid` when it
 * cannot be read.
 */
export function compileMessage(
  writer: ProtoMessage,
  reader: AvroRecord,
  where: string,
  idSlot = -1,
): MessageReader {
  const bound = bindFields(writer, reader, where, idSlot);
  const readers = bound.map((field) => field.writer && compileField(field, field.writer, where));
  const byNumber = new Map<number, FieldReader>();
  bound.forEach((field, slot) => {
    const read = readers[slot];
    if (field.writer && read) byNumber.set(field.writer.number, read);
  });
  for (const field of writer.fields) {
    const others = othersInOneof(field, writer, bound);
    if (others.length > 0) byNumber.set(field.number, replacing(others, field, byNumber.get(field.number)));
  }
  return {
    fill(input, parts) {
      while (input.position < input.end) {
        const tag = input.tag();
        if (tag === FAIL) return FAIL;
        const field = byNumber.get(tag >>> 3);
        if (!field) {
          if (input.skip(tag) === FAIL) return FAIL;
        } else if (field.read(input, tag, parts) === FAIL) return input.trouble.within(field.name);
      }
      return true;
    },
    finish(parts, trouble) {
      const record: Slot[] = [];
      for (let slot = 0; slot < bound.length; slot++) {
        const part = parts[slot];
        const value =
          part === undefined
            ? (bound[slot].absent ?? missing(bound[slot], trouble))
            : (readers[slot]?.finish(part, trouble) ?? part);
        if (value === FAIL) return trouble.within(bound[slot].reader.name);
        record.push(value);
      }
      return record;
    },
  };
}

function missing({ absent }: BoundField, trouble: Trouble): Slot | Fail {
  return absent === undefined ? trouble.fail('schema_mismatch', 'missing') : absent;
}

/** Slots of the fields that a field takes the place of. */
export function othersInOneof(
  { oneof, number }: ProtoField,
  writer: ProtoMessage,
  bound: readonly BoundField[],
): readonly number[] {
  if (oneof === null) return [];
  const others = writer.fields.filter((field) => field.oneof === oneof && field.number !== number);
  return bound.flatMap(({ slot, writer: field }) => (field && others.includes(field) ? [slot] : []));
}

/** Of one that the contract does not have, only that it came counts. */
function replacing(
  others: readonly number[],
  field: ProtoField,
  reader: FieldReader | undefined,
): FieldReader {
  const name = reader?.name ?? field.name;
  return {
    name,
    finish: (part) => part,
    read(input, tag, parts) {
      const read = reader ? reader.read(input, tag, parts) : input.skip(tag);
      for (const slot of others) parts[slot] = undefined;
      return read;
    },
  };
}

export function compileField(bound: BoundField, writer: ProtoField, where: string): FieldReader {
  const { slot, type } = bound;
  const { name } = bound.reader;
  const at = `${where}/${name}`;
  const whole: FieldReader['finish'] = (part) => part;
  if (writer.type.kind === 'map')
    return { name, read: compileMap(writer.type, type, slot, at), finish: whole };
  if (writer.isRepeated) {
    if (type.kind !== 'array') throw cannotRead(writer.type, type, `${at}: repeated`);
    return { name, read: compileEntries(compileValue(writer.type, type.items, at), slot), finish: whole };
  }
  if (writer.type.kind === 'message') {
    if (type.kind !== 'record') throw cannotRead(writer.type, type, at);
    const message = compileMessage(writer.type.message, type, at);
    return {
      name,
      read: (input, tag, parts) => {
        if ((tag & 7) !== SIZED) return wrongWay(input);
        const end = input.enter();
        if (end === FAIL) return FAIL;
        const inner = (parts[slot] ??= []) as Parts;
        const read = message.fill(input, inner);
        input.end = end;
        return read;
      },
      finish: (part, trouble) => message.finish(part as Parts, trouble),
    };
  }
  const value = compileProtoValue(writer.type, type, at);
  // A zero that the contract has no symbol for is as good as no field.
  const hasZero = writer.type.kind !== 'enum' || symbolsOf(writer.type, type, at).has(0);
  return {
    name,
    finish: whole,
    read: (input, tag, parts) => {
      if ((tag & 7) !== value.wireType) return wrongWay(input);
      const read = value.read(input);
      if (read === FAIL) {
        if (hasZero || input.low !== 0) return FAIL;
        parts[slot] = undefined;
      } else parts[slot] = read;
      return true;
    },
  };
}

const wrongWay = (input: ProtoInput): Fail =>
  input.fail('a value that is written in the way of another type');

/** Of one value that is whole by itself. */
function compileValue(type: ProtoType, reader: AvroType, where: string): ValueReader {
  if (type.kind !== 'message') return compileProtoValue(type, reader, where);
  const of = reader.kind === 'nullable' ? reader.of : reader;
  if (of.kind !== 'record') throw cannotRead(type, of, where);
  const message = compileMessage(type.message, of, where);
  return {
    wireType: SIZED,
    isPackable: false,
    read: (input) => {
      const end = input.enter();
      if (end === FAIL) return FAIL;
      const parts: Parts = [];
      const read = message.fill(input, parts);
      input.end = end;
      return read === FAIL ? FAIL : message.finish(parts, input.trouble);
    },
  };
}

/**
 * Entries of one record that are messages or texts. One that says nothing takes two bytes, and the rows of a table that it makes a
 * hundred times as much.
 */
export const ENTRIES_MAX = 65_536;

function compileEntries({ wireType, isPackable, read }: ValueReader, slot: number): FieldReader['read'] {
  return (input, tag, parts) => {
    const entries = (parts[slot] ??= []) as Slot[];
    const add = (): true | Fail => {
      const entry = read(input);
      if (entry === FAIL) return input.trouble.within(entries.length);
      entries.push(entry);
      return true;
    };
    if (!isPackable && entries.length === ENTRIES_MAX)
      return input.trouble.fail('value_too_large', `more than ${ENTRIES_MAX} entries`);
    if ((tag & 7) === wireType) return add();
    if (!isPackable || (tag & 7) !== SIZED) return wrongWay(input);
    const end = input.enter();
    if (end === FAIL) return FAIL;
    while (input.position < input.end) if (add() === FAIL) return FAIL;
    input.end = end;
    return true;
  };
}

const KEY = 1;
const VALUE = 2;

function compileMap(
  type: ProtoType & { readonly kind: 'map' },
  reader: AvroType,
  slot: number,
  where: string,
): FieldReader['read'] {
  if (reader.kind !== 'map') throw cannotRead(type, reader, where);
  const text = type.key === 'string' ? 'string' : type.key === 'bool' ? 'boolean' : 'long';
  const key = compileProtoValue(
    { kind: type.key },
    text === 'long' ? { kind: 'long', logical: null } : { kind: text },
    where,
  );
  const value = compileValue(type.value, reader.values, where);
  const zero = zeroValueOf(value);
  return (input, tag, parts) => {
    if ((tag & 7) !== SIZED) return wrongWay(input);
    const end = input.enter();
    if (end === FAIL) return FAIL;
    const entries = (parts[slot] ??= new Map<string, Slot>()) as Map<string, Slot>;
    let [keyRead, valueRead]: (Slot | Fail | undefined)[] = [undefined, undefined];
    while (input.position < input.end) {
      const inner = input.tag();
      if (inner === FAIL) return FAIL;
      const of = inner >>> 3 === KEY ? key : inner >>> 3 === VALUE ? value : null;
      const read =
        of === null ? input.skip(inner) : (inner & 7) === of.wireType ? of.read(input) : wrongWay(input);
      // Not with the key in the pointer: it may be any text.
      if (read === FAIL) return FAIL;
      if (of === key) keyRead = read;
      else if (of === value) valueRead = read;
    }
    input.end = end;
    valueRead ??= zero(input);
    if (valueRead === FAIL) return FAIL;
    entries.set(String(keyRead ?? zeroOf(type.key)), valueRead);
    return true;
  };
}

const ZEROS = Buffer.alloc(8);

/** What an entry without a value holds: what zeros are read as. */
function zeroValueOf({ read }: ValueReader): (input: ProtoInput) => Slot | Fail {
  return (input) => {
    const { bytes, position, end } = input;
    input.reset(ZEROS, 0, ZEROS.length);
    const value = read(input);
    input.reset(bytes, position, end);
    return value;
  };
}
