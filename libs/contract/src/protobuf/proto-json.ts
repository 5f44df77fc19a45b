import type { AvroType } from '../avro-type.js';
import type { ProtoMessage, ProtoType } from './proto-schema.js';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Protobuf's JSON as the natural JSON of the contract's schema: numbers may be in quotes (integers of 64 bits always are), enums may be given
 * by number, null is "not given". Whatever it does not know stays as it is, for the reader to refuse.
 */
export function fromProtoJson(value: unknown, schema: AvroType, message: ProtoMessage): unknown {
  return convert(value, schema, { kind: 'message', message });
}

function convert(value: unknown, schema: AvroType, type: ProtoType | null): unknown {
  const of = schema.kind === 'nullable' ? schema.of : schema;
  switch (of.kind) {
    case 'record': {
      if (type?.kind !== 'message' || !isObject(value)) return value;
      const entries = of.fields.flatMap(({ name, type: inner }) => {
        // What is null is not given; where it may not be missing, the reader says so.
        if (!Object.hasOwn(value, name) || value[name] === null) return [];
        const field = type.message.fields.find(({ jsonName }) => jsonName === name);
        return [[name, convert(value[name], inner, field?.type ?? null)] as const];
      });
      return Object.fromEntries(entries);
    }
    case 'array':
      return Array.isArray(value) ? value.map((item) => convert(item, of.items, type)) : value;
    case 'map': {
      if (!isObject(value)) return value;
      const inner = type?.kind === 'map' ? type.value : null;
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, convert(item, of.values, inner)]),
      );
    }
    case 'int':
    case 'long':
      return of.logical === null ? numberOf(value) : value;
    case 'float':
    case 'double':
      return numberOf(value);
    case 'enum':
      return (type?.kind === 'enum' && typeof value === 'number' && type.names.get(value)?.[0]) || value;
    default:
      return value;
  }
}

const numberOf = (value: unknown): unknown =>
  typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
