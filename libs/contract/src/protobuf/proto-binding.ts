import { SetupError } from '@gondola/stream';
import type { AvroField, AvroRecord, AvroType, Slot } from '../avro-type.js';
import { readJson } from '../json-reader.js';
import { FAIL } from '../problem.js';
import { ProtoInput } from './proto-input.js';
import type { ProtoField, ProtoMessage } from './proto-schema.js';
import { cannotRead, converterOf, symbolsOf, zeroOf } from './proto-value.js';

/** A field of the contract, and the field of a writer that has its name. */
export interface BoundField {
  readonly slot: number;
  readonly reader: AvroField;
  /** Of the reader, without null. */
  readonly type: AvroType;
  /** Null: the writer has none. */
  readonly writer: ProtoField | null;
  /** What the field is where the record does not have it; undefined: it has to be given. */
  readonly absent: Slot | undefined;
}

/**
 * Which fields of `writer` are those of `reader`: they have the same name, as the file spells it or in camelCase.
 * `idSlot`: of the event id (-1: none), which Protobuf's empty text is not. Throws `contract_invalid` when the reader wants
 * what the writer does not have.
 */
export function bindFields(
  writer: ProtoMessage,
  reader: AvroRecord,
  where: string,
  idSlot = -1,
): readonly BoundField[] {
  return reader.fields.map((field, slot): BoundField => {
    const written = fieldNamed(writer, field.name);
    const type = field.type.kind === 'nullable' ? field.type.of : field.type;
    const at = `${where}/${field.name}`;
    const fallback = field.fallback === undefined ? undefined : readJson(field.type, field.fallback, at);
    if (written) {
      const absent = slot === idSlot ? fallback : absentOf(written, field.type, fallback, at);
      return { slot, reader: field, type, writer: written, absent };
    }
    if (fallback === undefined)
      throw new SetupError(
        'contract_invalid',
        `${where}: there is no field ${field.name}, and it has no default`,
      );
    return { slot, reader: field, type, writer: null, absent: fallback };
  });
}

function fieldNamed({ fields }: ProtoMessage, name: string): ProtoField | null {
  const camel = camelCase(name);
  return (
    fields.find((field) => field.name === name) ??
    fields.find(({ jsonName }) => jsonName === name) ??
    fields.find((field) => camelCase(field.name) === camel) ??
    null
  );
}

/** As Protobuf makes names for JSON. */
const camelCase = (name: string): string =>
  name.replace(/_+([a-zA-Z0-9]?)/g, (_, next: string) => next.toUpperCase());

function absentOf(
  field: ProtoField,
  reader: AvroType,
  fallback: Slot | undefined,
  where: string,
): Slot | undefined {
  const of = reader.kind === 'nullable' ? reader.of : reader;
  const { type, declaredDefault } = field;
  if (field.isRepeated) return type.kind === 'map' ? new Map<string, Slot>() : [];
  if (field.isRequired) return undefined;
  const unsaid = reader.kind === 'nullable' ? null : fallback;
  if (declaredDefault === undefined && field.hasPresence) return unsaid;
  switch (type.kind) {
    case 'enum': {
      const symbols = symbolsOf(type, of, where);
      if (declaredDefault === undefined) return symbols.get(0) ?? unsaid;
      const named = [...type.names].find(([, names]) => names.includes(String(declaredDefault)));
      return (named && symbols.get(named[0])) ?? unsaid;
    }
    case 'message':
    case 'timestamp':
    case 'date':
    case 'wrapper':
    case 'map':
      return unsaid;
    case 'unreadable':
      throw cannotRead(type, of, where);
    default: {
      const value = converterOf(type.kind, of, where)(declaredDefault ?? zeroOf(type.kind), new ProtoInput());
      // An empty text is no date and no symbol: it says nothing.
      return value === FAIL ? unsaid : value;
    }
  }
}
