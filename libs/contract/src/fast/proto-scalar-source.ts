import { Base128 } from '../protobuf/base128.js';
import { FIXED32, FIXED64, SIZED, VARINT } from '../protobuf/proto-input.js';
import type { ProtoEnum, ProtoScalar, ProtoType } from '../protobuf/proto-schema.js';
import { symbolsOf } from '../protobuf/proto-value.js';
import { Unsupported, type Constants } from './constants.js';
import { symbolsOf as symbolsOfField, type FastField } from './field.js';

/** Of enums whose numbers are looked up in a list. */
const SYMBOL_NUMBER_MAX = 1000;

/** Microseconds of this many seconds are exact. */
const SECONDS_MAX = 9e9;

/** Source that reads one value at `p` into a field's variables. `end`: the variable that says where its message ends. */
export class ProtoScalarSource {
  private readonly base128: string;

  constructor(private readonly constants: Constants) {
    this.base128 = constants.add(new Base128());
  }

  /** A message with its scalar in the only field, or with nothing: the scalar's zero. */
  wrapped(kind: ProtoScalar, field: FastField, end: string): string {
    const { id } = field;
    const zero = field.kind === 'text' ? `s_${id} = p; z_${id} = 0;` : `n_${id} = 0; x_${id} = 0;`;
    return `${this.size(end)}
if (q === 0) { ${zero} }
else {
const endOfWrapper = p + q;
if (bytes[p++] !== ${8 + wireTypeOf(kind)}) return false;
${this.scalar(kind, field, 'endOfWrapper')}
if (p !== endOfWrapper) return false;
}`;
  }

  /** Seconds and nanoseconds in this order, either of them left out where it is 0. */
  timestamp({ id, type }: FastField, end: string): string {
    const isMillis = type.kind === 'long' && type.logical === 'timestamp-millis';
    const [perSecond, nanosPerUnit] = isMillis ? [1000, 1_000_000] : [1_000_000, 1000];
    return `${this.size(end)}
const ${id}End = p + q;
n_${id} = 0; x_${id} = 0; q = 0;
if (p < ${id}End && bytes[p] === 8) { p++; ${this.varint(`n_${id}`, `${id}End`)} }
if (p < ${id}End && bytes[p] === 16) { p++; ${this.varint('q', `${id}End`)} }
if (p !== ${id}End || !(q >= 0 && q < 1e9) || n_${id} > ${SECONDS_MAX} || n_${id} < -${SECONDS_MAX}) return false;
n_${id} = n_${id} * ${perSecond} + Math.floor(q / ${nanosPerUnit});`;
  }

  scalar(kind: ProtoScalar, field: FastField, end: string): string {
    const { id } = field;
    if (field.kind === 'text')
      return `${this.size(end)}
s_${id} = p; z_${id} = q; p += q;
if (!${this.constants.helpers.isUtf8Within}(bytes, view, s_${id}, p)) return false;`;
    if (field.kind === 'flag')
      return `if (p >= ${end}) return false;
n_${id} = bytes[p++]; x_${id} = 0;
if (n_${id} > 1) return false;`;
    const range = field.type.kind === 'int' ? `\nif (n_${id} !== (n_${id} | 0)) return false;` : '';
    return `${this.number(kind, `n_${id}`, end)}${range}\nx_${id} = 0;`;
  }

  private number(kind: ProtoScalar, name: string, end: string): string {
    const { varint } = this.constants.helpers;
    const isSafe = `if (${name} > ${Number.MAX_SAFE_INTEGER} || ${name} < -${Number.MAX_SAFE_INTEGER}) return false;`;
    switch (kind) {
      case 'int32':
        return `${this.varint(name, end)}\nif (${name} !== (${name} | 0)) return false;`;
      case 'uint32':
        return `${this.varint(name, end)}\nif (${name} !== (${name} >>> 0)) return false;`;
      case 'int64':
        return this.varint(name, end);
      case 'uint64':
        return `${this.varint(name, end)}\nif (${name} < 0) return false;`;
      case 'sint32':
      case 'sint64':
        return `${name} = ${varint}.read(bytes, p, ${end});
if (${name} !== ${kind === 'sint32' ? `(${name} | 0)` : name}) return false;
p = ${varint}.next;`;
      case 'fixed32':
        return this.fixed(4, `${name} = view.getUint32(p, true);`, end);
      case 'sfixed32':
        return this.fixed(4, `${name} = view.getInt32(p, true);`, end);
      case 'fixed64':
      case 'sfixed64': {
        const get = kind === 'fixed64' ? 'getUint32' : 'getInt32';
        const value = `${name} = view.${get}(p + 4, true) * 4294967296 + view.getUint32(p, true);`;
        return `${this.fixed(8, value, end)}\n${isSafe}`;
      }
      case 'float':
        return `${this.fixed(4, `${name} = view.getFloat32(p, true);`, end)}
if (${name} - ${name} !== 0) return false;`;
      case 'double':
        return `${this.fixed(8, `${name} = view.getFloat64(p, true);`, end)}
if (${name} - ${name} !== 0) return false;`;
      default:
        throw new Unsupported();
    }
  }

  private fixed(size: number, read: string, end: string): string {
    return `if (${end} - p < ${size}) return false;\n${read} p += ${size};`;
  }

  private varint(name: string, end: string): string {
    return `if (p >= ${end}) return false;
t = bytes[p];
if (t < 128) { p++; ${name} = t; }
else { ${name} = ${this.base128}.read(bytes, p, ${end}); if (${name} !== ${name}) return false; p = ${this.base128}.next; }`;
  }

  /** Into `q`: how many bytes follow. */
  size(end: string): string {
    return `${this.varint('q', end)}\nif (q < 0 || q > ${end} - p) return false;`;
  }

  symbol(type: ProtoEnum, field: FastField, end: string): string | null {
    const numbers = [...type.names.keys()];
    if (numbers.some((number) => number < 0 || number > SYMBOL_NUMBER_MAX)) return null;
    const symbols = symbolsOf(type, field.type, 'the fast reader');
    const known = symbolsOfField(field);
    const indexes = Array.from({ length: Math.max(...numbers) + 1 }, (_, number) =>
      known.indexOf(symbols.get(number) ?? ''),
    );
    const name = `i_${field.id}`;
    return `${this.varint('u', end)}
${name} = u < 0 ? -1 : ${this.constants.add(indexes)}[u];
if (!(${name} >= 0)) return false;`;
  }
}

export function wireTypeOf(kind: ProtoScalar): number {
  switch (kind) {
    case 'string':
    case 'bytes':
      return SIZED;
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      return FIXED32;
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return FIXED64;
    default:
      return VARINT;
  }
}

export const isScalar = (kind: ProtoType['kind']): boolean =>
  !['enum', 'message', 'timestamp', 'date', 'wrapper', 'map', 'unreadable'].includes(kind);

/** Whether the bytes are what the field's variables hold. */
export function isDirect(kind: ProtoType['kind'], field: FastField): boolean {
  if (field.kind === 'text') return kind === 'string';
  if (field.kind === 'flag') return kind === 'bool';
  return field.kind === 'number' && isScalar(kind) && !['string', 'bytes', 'bool'].includes(kind);
}
