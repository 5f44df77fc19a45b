import { createRequire } from 'node:module';
import type protobuf from 'protobufjs';
import { SetupError } from '@gondola/stream';
import { messageOf } from '../avro-type.js';
import type {
  MessagePlace,
  ProtoEnum,
  ProtoField,
  ProtoFile,
  ProtoMessage,
  ProtoScalar,
  ProtoType,
} from './proto-schema.js';

/** Bundled with the parser; whoever registers a schema need not register them. */
const BUNDLED = ['any', 'duration', 'empty', 'field_mask', 'struct', 'timestamp', 'wrappers'];
const SCALARS: ReadonlySet<string> = new Set<ProtoScalar>([
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
]);
const WRAPPERS: Readonly<Record<string, ProtoScalar>> = {
  'google.protobuf.DoubleValue': 'double',
  'google.protobuf.FloatValue': 'float',
  'google.protobuf.Int64Value': 'int64',
  'google.protobuf.UInt64Value': 'uint64',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.UInt32Value': 'uint32',
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.BytesValue': 'bytes',
};

/** Loaded by the first `.proto` file: most processes never see one. */
let loaded: typeof protobuf | null = null;

function library(): typeof protobuf {
  loaded ??= createRequire(import.meta.url)('protobufjs') as typeof protobuf;
  return loaded;
}

/**
 * Reads the text of a `.proto` file. `references`: texts of the files that it imports, each after those it imports itself; those of
 * Google's that come with every compiler need not be given. `where` names the file in errors (`contract_invalid`).
 */
export function parseProto(text: string, where: string, references: readonly string[] = []): ProtoFile {
  const { Root, Type, parse, common } = library();
  const options = { keepCase: true, alternateCommentMode: true };
  const root = new Root();
  const names: string[] = [];
  try {
    // By itself first: which messages are the file's own, and in which order, is not to be seen among its imports.
    const collect = ({ nestedArray }: protobuf.NamespaceBase) => {
      for (const one of nestedArray) {
        if (one instanceof Type) names.push(one.fullName);
        else if ('nestedArray' in one) collect(one as protobuf.NamespaceBase);
      }
    };
    collect(parse(text, new Root(), options).root);
    for (const name of BUNDLED) root.addJSON(common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
    for (const one of [...references, text]) parse(one, root, options);
  } catch (cause) {
    throw new SetupError('contract_invalid', `${where}: not a .proto file: ${messageOf(cause)}`, { cause });
  }
  try {
    root.resolveAll();
  } catch {
    // A type that is not there only matters where a contract wants the field that has it.
  }
  if (names.length === 0) throw new SetupError('contract_invalid', `${where}: there is no message in it`);
  return new ParsedFile(names.map((name) => root.lookupType(name)));
}

class ParsedFile implements ProtoFile {
  private readonly messages = new Map<protobuf.Type, ProtoMessage>();
  private byGlue: readonly (protobuf.Type | null)[] | null = null;

  constructor(private readonly tops: readonly protobuf.Type[]) {}

  messageAt(place: MessagePlace): ProtoMessage | null {
    const type = this.typeAt(place);
    return type ? this.messageOf(type) : null;
  }

  private typeAt(place: MessagePlace): protobuf.Type | null {
    if (place === null) return this.tops[0];
    if (typeof place === 'number') return (this.byGlue ??= inGlueOrder(this.tops))[place] ?? null;
    let among = this.tops;
    let type: protobuf.Type | null = null;
    for (const index of place) {
      type = among[index] ?? null;
      if (!type) return null;
      among = nestedIn(type);
    }
    return type;
  }

  private messageOf(type: protobuf.Type): ProtoMessage {
    const known = this.messages.get(type);
    if (known) return known;
    const fields: ProtoField[] = [];
    // Known before its fields are, which may hold it.
    const message: ProtoMessage = {
      fullName: type.fullName.slice(1),
      name: type.name,
      doc: type.comment,
      fields,
    };
    this.messages.set(type, message);
    for (const field of type.fieldsArray) fields.push(this.fieldOf(field));
    return message;
  }

  private fieldOf(given: protobuf.FieldBase): ProtoField {
    // Its types leave out that a map's field is one too.
    const field = given as protobuf.Field;
    const type = this.typeOf(field, resolvedTypeOf(field));
    const { kind } = type;
    const isRepeated = field.repeated || kind === 'map';
    const isMessage = kind === 'message' || kind === 'timestamp' || kind === 'date' || kind === 'wrapper';
    const options = (field.options ?? {}) as Readonly<Record<string, unknown>>;
    const declared = options['default'];
    return {
      name: field.name,
      jsonName: field.jsonName ?? field.name,
      number: field.id,
      type,
      isRepeated,
      hasPresence: !isRepeated && (isMessage || Boolean(field.hasPresence)),
      isRequired:
        field.required ||
        options['(buf.validate.field).required'] === true ||
        options['(google.api.field_behavior)'] === 'REQUIRED',
      declaredDefault:
        typeof declared === 'string' || typeof declared === 'number' || typeof declared === 'boolean'
          ? declared
          : undefined,
      oneof: field.partOf && !field.partOf.isProto3Optional ? field.partOf.name : null,
      doc: field.comment,
    };
  }

  private typeOf(field: protobuf.Field, resolved: protobuf.Type | protobuf.Enum | null): ProtoType {
    const value = this.valueTypeOf(field, resolved);
    const { keyType } = field as { readonly keyType?: string };
    return keyType === undefined ? value : { kind: 'map', key: keyType as ProtoScalar, value };
  }

  private valueTypeOf(field: protobuf.Field, type: protobuf.Type | protobuf.Enum | null): ProtoType {
    if (SCALARS.has(field.type)) return { kind: field.type as ProtoScalar };
    const { Enum } = library();
    const name = (type?.fullName ?? field.type).replace(/^\./, '');
    if (name === 'google.protobuf.Timestamp') return { kind: 'timestamp' };
    // Registries know Google's common types too, so that it may come without its file.
    if (name === 'google.type.Date') return { kind: 'date' };
    if (Object.hasOwn(WRAPPERS, name)) return { kind: 'wrapper', of: WRAPPERS[name] };
    if (type instanceof Enum) return enumOf(type);
    if (!type || field.delimited) return { kind: 'unreadable', name };
    return { kind: 'message', message: this.messageOf(type) };
  }
}

/** Null for scalars, and for types that are not there. Names for JSON are made by the way. */
function resolvedTypeOf(field: protobuf.Field): protobuf.Type | protobuf.Enum | null {
  try {
    return field.resolve().resolvedType;
  } catch {
    return null;
  }
}

function enumOf({ name, values }: protobuf.Enum): ProtoEnum {
  const names = new Map<number, string[]>();
  for (const [symbol, number] of Object.entries(values))
    names.set(number, [...(names.get(number) ?? []), symbol]);
  return { kind: 'enum', name, names };
}

function nestedIn(type: protobuf.Type): readonly protobuf.Type[] {
  const { Type } = library();
  return type.nestedArray.filter((one) => one instanceof Type);
}

/** Glue numbers all messages of a file by their full names, also those that a compiler makes of a map's entries. */
function inGlueOrder(tops: readonly protobuf.Type[]): readonly (protobuf.Type | null)[] {
  const named: (readonly [string, protobuf.Type | null])[] = [];
  const visit = (type: protobuf.Type) => {
    named.push([type.fullName, type]);
    for (const { map, jsonName, name } of type.fieldsArray) {
      if (!map) continue;
      const camel = jsonName ?? name;
      named.push([`${type.fullName}.${camel[0].toUpperCase()}${camel.slice(1)}Entry`, null]);
    }
    nestedIn(type).forEach(visit);
  };
  tops.forEach(visit);
  return named.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, type]) => type);
}
