import { SetupError } from '@gondola/stream';
import type { AvroField, AvroRecord, AvroType } from '../avro-type.js';
import type { ProtoField, ProtoMessage, ProtoScalar, ProtoType } from './proto-schema.js';
import { zeroOf } from './proto-value.js';

/**
 * A message as a contract's schema. Names are those of Protobuf's JSON. A field that can be missing (message, `optional`, member of a
 * oneof) may be null; any other has its type's zero as its default. `given`: fields of the event that are in every record although
 * Protobuf cannot say so, such as its time. Throws `contract_invalid` for what cannot be a row of a table.
 */
export function recordOfMessage(
  message: ProtoMessage,
  given: ReadonlySet<string>,
  where: string,
): AvroRecord {
  return recordOf(message, given, where, []);
}

const NONE: ReadonlySet<string> = new Set();

function recordOf(
  message: ProtoMessage,
  given: ReadonlySet<string>,
  where: string,
  within: readonly ProtoMessage[],
): AvroRecord {
  if (within.includes(message)) throw refuse(where, `${message.fullName} contains itself`);
  if (message.fields.length === 0) throw refuse(where, `${message.fullName} has no fields`);
  const fields = message.fields.map((field): AvroField => {
    const name = field.jsonName;
    if (name === '__proto__') throw refuse(where, 'a field may not be named __proto__');
    const type = typeOf(field.type, `${where}/${name}`, [...within, message]);
    return { name, doc: field.doc, ...presenceOf(field, type, given.has(name) || field.isRequired) };
  });
  return { kind: 'record', name: message.name, doc: message.doc, fields };
}

function presenceOf(
  field: ProtoField,
  type: AvroType,
  isGiven: boolean,
): Pick<AvroField, 'type' | 'fallback'> {
  if (field.type.kind === 'map') return { type, fallback: {} };
  if (field.isRepeated) return { type: { kind: 'array', items: type }, fallback: [] };
  if (isGiven) return { type, fallback: undefined };
  if (field.declaredDefault !== undefined) return { type, fallback: field.declaredDefault };
  if (field.hasPresence) return { type: { kind: 'nullable', of: type, nullIndex: 0 }, fallback: null };
  if (field.type.kind === 'enum') return { type, fallback: field.type.names.get(0)?.[0] };
  return { type, fallback: zeroOf(field.type.kind as ProtoScalar) };
}

const long: AvroType = { kind: 'long', logical: null };

function typeOf(type: ProtoType, where: string, within: readonly ProtoMessage[]): AvroType {
  switch (type.kind) {
    case 'message':
      return recordOf(type.message, NONE, where, within);
    case 'enum':
      return { kind: 'enum', name: type.name, symbols: [...type.names.values()].flat(), fallback: null };
    case 'timestamp':
      return { kind: 'long', logical: 'timestamp-micros' };
    case 'date':
      return { kind: 'int', logical: 'date' };
    case 'wrapper':
      return typeOf({ kind: type.of }, where, within);
    case 'map':
      return { kind: 'map', values: typeOf(type.value, where, within) };
    case 'unreadable':
      throw refuse(where, `${type.name} cannot be a column`);
    case 'bool':
      return { kind: 'boolean' };
    case 'string':
    case 'bytes':
      return { kind: 'string' };
    case 'float':
    case 'double':
      return { kind: type.kind };
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return { kind: 'int', logical: null };
    default:
      return long;
  }
}

function refuse(where: string, why: string): SetupError {
  return new SetupError('contract_invalid', `${where}: ${why}`);
}
