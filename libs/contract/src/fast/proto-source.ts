import type { AvroRecord } from '../avro-type.js';
import { Base128 } from '../protobuf/base128.js';
import { bindFields, type BoundField } from '../protobuf/proto-binding.js';
import { compileField, othersInOneof } from '../protobuf/proto-decoder.js';
import { FIXED32, FIXED64, SIZED, VARINT } from '../protobuf/proto-input.js';
import type {
  ProtoEnum,
  ProtoField,
  ProtoMessage,
  ProtoScalar,
  ProtoType,
} from '../protobuf/proto-schema.js';
import { compileProtoValue, symbolsOf } from '../protobuf/proto-value.js';
import { Unsupported, type Constants } from './constants.js';
import { setDefault, symbolsOf as symbolsOfField, type FastField } from './field.js';
import { OtherFields, ProtoComposite, ProtoTime, ProtoValue } from './proto-helpers.js';
import type { ReadSource } from './reader-source.js';
import type { FastShape } from './shape.js';

const WHERE = 'the fast reader';
/** Fields whose presence one variable can tell. */
const MASK_BITS = 31;
/** Of enums whose numbers are looked up in a list. */
const SYMBOL_NUMBER_MAX = 1000;

/**
 * Reads messages of `writer` into the fields of `shape`, which are those of `schema`. A field may come in any place, and again;
 * fields that the contract does not have are skipped. Gives up on groups, on numbers above 2,047 and on what is not written as the
 * file says.
 */
export function protoReadSource(
  writer: ProtoMessage,
  schema: AvroRecord,
  shape: FastShape,
  examined: ReadonlySet<FastField>,
  entryEnd: string,
  constants: Constants,
): ReadSource {
  const source = new ProtoSource(shape, examined, entryEnd, constants);
  return { body: source.message('e', writer, schema, shape.event, 'end'), declarations: 'let q = 0;' };
}

class ProtoSource {
  private readonly base128: string;

  constructor(
    private readonly shape: FastShape,
    private readonly examined: ReadonlySet<FastField>,
    private readonly entryEnd: string,
    private readonly constants: Constants,
  ) {
    this.base128 = constants.add(new Base128());
  }

  /** `level` tells the variables of an entry's loop from those of the event's. */
  message(
    level: 'e' | 'r',
    message: ProtoMessage,
    schema: AvroRecord,
    fields: readonly FastField[],
    end: string,
  ): string {
    const bound = bindFields(message, schema, WHERE, level === 'e' ? this.shape.eventIdSlot : -1);
    const seen = new Seen(level, bound, level === 'e' ? this.shape.rowsSlot : -1);
    const composites = new Map<number, string>();
    const cases = bound.flatMap((one) => {
      const { slot, writer } = one;
      if (!writer) return [];
      const field = fields[slot];
      if (slot === seen.rowsSlot) return [this.rows(writer, field, end)];
      const others = othersInOneof(writer, message, bound).map((other) => seen.clear(other));
      const mark = [...others, seen.set(slot)].join(' ');
      if (field.kind !== 'composite') {
        const { wireType } = compileProtoValue(writer.type, field.type, WHERE);
        return [`case ${tagOf(writer, wireType)}:\n${this.value(writer.type, field, end)}\n${mark}\nbreak;`];
      }
      const reader = compileField(one, writer, WHERE);
      const composite = this.constants.add(new ProtoComposite(reader, slot, field.plan));
      composites.set(slot, composite);
      return [
        `${compositeCases(writer)}
if (!(${seen.test(slot)})) ${composite}.reset();
p = ${composite}.read(bytes, p, ${end}, t);
if (p < 0) return false;
${mark}
break;`,
      ];
    });
    const others = this.constants.add(new OtherFields(numbersOf(message, bound)));
    return `${seen.declarations}
while (p < ${end}) {
t = bytes[p++];
if (t > 127) {
if (p >= ${end} || bytes[p] > 127) return false;
t = (t & 127) | (bytes[p++] << 7);
}
switch (t) {
${cases.join('\n')}
default:
p = ${others}.skip(bytes, p, ${end}, t);
if (p < 0) return false;
}
}
${this.missing(seen, bound, fields, composites)}`;
  }

  private missing(
    seen: Seen,
    bound: readonly BoundField[],
    fields: readonly FastField[],
    composites: ReadonlyMap<number, string>,
  ): string {
    return bound
      .filter(({ slot }) => slot !== seen.rowsSlot)
      .map(({ slot, writer, absent }) => {
        const field = fields[slot];
        const source = this.absent(field, absent);
        if (!writer) return source;
        const composite = composites.get(slot);
        if (composite === undefined) return `if (!(${seen.test(slot)})) { ${source} }`;
        return `if (${seen.test(slot)}) {
if (!${composite}.place(b)) return false;
s_${field.id} = ${composite}.start; z_${field.id} = ${composite}.size;
} else { ${source} }`;
      })
      .join('\n');
  }

  private absent(field: FastField, absent: BoundField['absent']): string {
    // Protobuf's usual default stands anywhere in the batch's bytes.
    if (absent === '' && field.kind === 'text') return `s_${field.id} = 0; z_${field.id} = 0;`;
    return setDefault({ ...field, fallback: absent }, this.examined.has(field), this.constants);
  }

  private rows(writer: ProtoField, field: FastField, end: string): string {
    const { entry } = this.shape;
    const items = field.type.kind === 'array' ? field.type.items : null;
    if (!writer.isRepeated || writer.type.kind !== 'message' || items?.kind !== 'record' || !entry)
      throw new Unsupported();
    return `case ${tagOf(writer, SIZED)}: {
${this.size(end)}
const endOfEntry = p + q;
${this.message('r', writer.type.message, items, entry, 'endOfEntry')}
${this.entryEnd}break;
}`;
  }

  private value(type: ProtoType, field: FastField, end: string): string {
    const { id, kind } = field;
    if (type.kind === 'wrapper' && isDirect(type.of, field)) return this.wrapped(type.of, field, end);
    if (type.kind === 'timestamp' && field.type.kind === 'long') {
      const time = this.constants.add(new ProtoTime(field.type.logical === 'timestamp-millis' ? 1000 : 1));
      return `${this.size(end)}
n_${id} = ${time}.read(bytes, p, p + q); x_${id} = 0;
if (n_${id} !== n_${id}) return false;
p += q;`;
    }
    if (type.kind === 'enum' && kind === 'symbol') {
      const source = this.symbol(type, field, end);
      if (source !== null) return source;
    }
    if (isDirect(type.kind, field)) return this.scalar(type.kind as ProtoScalar, field, end);
    // Texts that are looked at must stand in the batch's bytes.
    if (kind === 'text' && this.examined.has(field)) throw new Unsupported();
    const symbols = kind === 'symbol' ? symbolsOfField(field) : null;
    const value = this.constants.add(new ProtoValue(compileProtoValue(type, field.type, WHERE), symbols));
    const into =
      kind === 'text'
        ? `s_${id} = ${value}.start; z_${id} = ${value}.size;`
        : kind === 'symbol'
          ? `i_${id} = ${value}.number;`
          : `n_${id} = ${value}.number; x_${id} = 0;`;
    return `p = ${value}.read(b, p, ${end});\nif (p < 0) return false;\n${into}`;
  }

  /** A message with its scalar in the only field, or with nothing: the scalar's zero. */
  private wrapped(kind: ProtoScalar, field: FastField, end: string): string {
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

  private scalar(kind: ProtoScalar, field: FastField, end: string): string {
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
  private size(end: string): string {
    return `${this.varint('q', end)}\nif (q < 0 || q > ${end} - p) return false;`;
  }

  private symbol(type: ProtoEnum, field: FastField, end: string): string | null {
    const numbers = [...type.names.keys()];
    if (numbers.some((number) => number < 0 || number > SYMBOL_NUMBER_MAX)) return null;
    const symbols = symbolsOf(type, field.type, WHERE);
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

/** Which fields of a message have come, as bits of variables. */
class Seen {
  readonly declarations: string;

  constructor(
    private readonly level: string,
    bound: readonly BoundField[],
    readonly rowsSlot: number,
  ) {
    const words = Math.ceil(bound.length / MASK_BITS);
    this.declarations = `let ${Array.from({ length: words }, (_, word) => `seen${word}_${level} = 0`).join(', ')};`;
  }

  test(slot: number): string {
    return `(${this.wordOf(slot)} & ${bitOf(slot)}) !== 0`;
  }

  set(slot: number): string {
    return `${this.wordOf(slot)} |= ${bitOf(slot)};`;
  }

  clear(slot: number): string {
    return `${this.wordOf(slot)} &= ~${bitOf(slot)};`;
  }

  private wordOf(slot: number): string {
    return `seen${Math.floor(slot / MASK_BITS)}_${this.level}`;
  }
}

const bitOf = (slot: number): number => 2 ** (slot % MASK_BITS);

const tagOf = ({ number }: ProtoField, wireType: number): number => number * 8 + wireType;

function wireTypeOf(kind: ProtoScalar): number {
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

/** Entries of scalars come one by one, or all in one. */
function compositeCases(writer: ProtoField): string {
  const { kind } = writer.type;
  const isPackable =
    writer.isRepeated && (kind === 'enum' || (isScalar(kind) && kind !== 'string' && kind !== 'bytes'));
  const one = isPackable
    ? `case ${tagOf(writer, kind === 'enum' ? VARINT : wireTypeOf(kind as ProtoScalar))}: `
    : '';
  return `${one}case ${tagOf(writer, SIZED)}:`;
}

const isScalar = (kind: ProtoType['kind']): boolean =>
  !['enum', 'message', 'timestamp', 'date', 'wrapper', 'map', 'unreadable'].includes(kind);

/** Whether the bytes are what the field's variables hold. */
function isDirect(kind: ProtoType['kind'], field: FastField): boolean {
  if (field.kind === 'text') return kind === 'string';
  if (field.kind === 'flag') return kind === 'bool';
  return field.kind === 'number' && isScalar(kind) && !['string', 'bytes', 'bool'].includes(kind);
}

/** What may not be skipped: fields of the contract, and those that take the place of one. */
function numbersOf(message: ProtoMessage, bound: readonly BoundField[]): ReadonlySet<number> {
  const fields = message.fields.filter(
    (field) =>
      bound.some(({ writer }) => writer === field) || othersInOneof(field, message, bound).length > 0,
  );
  return new Set(fields.map(({ number }) => number));
}
