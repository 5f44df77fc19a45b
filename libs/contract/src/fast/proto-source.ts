import type { AvroRecord } from '../avro-type.js';
import { bindFields, type BoundField } from '../protobuf/proto-binding.js';
import { compileField, ENTRIES_MAX, othersInOneof } from '../protobuf/proto-decoder.js';
import { SIZED, VARINT } from '../protobuf/proto-input.js';
import type { ProtoField, ProtoMessage, ProtoScalar, ProtoType } from '../protobuf/proto-schema.js';
import { compileProtoValue } from '../protobuf/proto-value.js';
import { Unsupported, type Constants } from './constants.js';
import { setDefault, symbolsOf, type FastField } from './field.js';
import { OtherFields, ProtoComposite, ProtoValue } from './proto-helpers.js';
import { isDirect, isScalar, ProtoScalarSource, wireTypeOf } from './proto-scalar-source.js';
import type { ReadSource } from './reader-source.js';
import type { FastShape } from './shape.js';

const WHERE = 'the fast reader';
/** Fields whose presence one variable can tell. */
const MASK_BITS = 31;

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
  private readonly scalars: ProtoScalarSource;

  constructor(
    private readonly shape: FastShape,
    private readonly examined: ReadonlySet<FastField>,
    private readonly entryEnd: string,
    private readonly constants: Constants,
  ) {
    this.scalars = new ProtoScalarSource(constants);
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
    const cases = bound.flatMap((one): FieldCase[] => {
      const { slot, writer } = one;
      if (!writer) return [];
      const field = fields[slot];
      if (slot === seen.rowsSlot) return [this.rows(writer, field, end)];
      const others = othersInOneof(writer, message, bound).map((other) => seen.clear(other));
      const mark = [...others, seen.set(slot)].join(' ');
      if (field.kind !== 'composite') {
        const { wireType } = compileProtoValue(writer.type, field.type, WHERE);
        const source = `${this.value(writer.type, field, end)}\n${mark}`;
        return [{ tag: tagOf(writer, wireType), oneTag: null, source }];
      }
      const reader = compileField(one, writer, WHERE);
      const composite = this.constants.add(new ProtoComposite(reader, slot, field.plan));
      composites.set(slot, composite);
      const source = `if (!(${seen.test(slot)})) ${composite}.reset();
p = ${composite}.read(bytes, p, ${end}, t);
if (p < 0) return false;
${mark}`;
      return [{ tag: tagOf(writer, SIZED), oneTag: oneByOneTag(writer), source }];
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
${casesSource(cases, end)}
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

  private rows(writer: ProtoField, field: FastField, end: string): FieldCase {
    const { entry } = this.shape;
    const items = field.type.kind === 'array' ? field.type.items : null;
    if (!writer.isRepeated || writer.type.kind !== 'message' || items?.kind !== 'record' || !entry)
      throw new Unsupported();
    const source = `{
${this.scalars.size(end)}
const endOfEntry = p + q;
if (r - first === ${ENTRIES_MAX}) return false;
${this.message('r', writer.type.message, items, entry, 'endOfEntry')}
${this.entryEnd}}`;
    return { tag: tagOf(writer, SIZED), oneTag: null, source };
  }

  private value(type: ProtoType, field: FastField, end: string): string {
    const { id, kind } = field;
    if (type.kind === 'wrapper' && isDirect(type.of, field)) return this.scalars.wrapped(type.of, field, end);
    if (type.kind === 'timestamp') return this.scalars.timestamp(field, end);
    if (type.kind === 'enum' && kind === 'symbol') {
      const source = this.scalars.symbol(type, field, end);
      if (source !== null) return source;
    }
    if (isDirect(type.kind, field)) return this.scalars.scalar(type.kind as ProtoScalar, field, end);
    // Texts that are looked at must stand in the batch's bytes.
    if (kind === 'text' && this.examined.has(field)) throw new Unsupported();
    const symbols = kind === 'symbol' ? symbolsOf(field) : null;
    const value = this.constants.add(new ProtoValue(compileProtoValue(type, field.type, WHERE), symbols));
    const into =
      kind === 'text'
        ? `s_${id} = ${value}.start; z_${id} = ${value}.size;`
        : kind === 'symbol'
          ? `i_${id} = ${value}.number;`
          : `n_${id} = ${value}.number; x_${id} = 0;`;
    return `p = ${value}.read(b, p, ${end});\nif (p < 0) return false;\n${into}`;
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

interface FieldCase {
  readonly tag: number;
  /** Where entries come one by one, and not all in one. */
  readonly oneTag: number | null;
  readonly source: string;
}

/**
 * In the order of their numbers, in which most libraries write them: after each field the next one is expected, and only another one
 * goes back to the switch.
 */
function casesSource(cases: readonly FieldCase[], end: string): string {
  const ordered = cases.toSorted((left, right) => left.tag - right.tag);
  return ordered
    .map(({ tag, oneTag, source }, index) => {
      const label = `${oneTag === null ? '' : `case ${oneTag}: `}case ${tag}:`;
      const next = ordered[index + 1];
      if (!next || next.tag > 127) return `${label}\n${source}\nbreak;`;
      return `${label}\n${source}\nif (p >= ${end} || bytes[p] !== ${next.tag}) break;\nt = bytes[p++];`;
    })
    .join('\n');
}

/** Null: its entries are not scalars of a size that shows. */
function oneByOneTag(writer: ProtoField): number | null {
  const { kind } = writer.type;
  if (!writer.isRepeated || kind === 'string' || kind === 'bytes') return null;
  if (kind === 'enum') return tagOf(writer, VARINT);
  return isScalar(kind) ? tagOf(writer, wireTypeOf(kind as ProtoScalar)) : null;
}

/** What may not be skipped: fields of the contract, and those that take the place of one. */
function numbersOf(message: ProtoMessage, bound: readonly BoundField[]): ReadonlySet<number> {
  const fields = message.fields.filter(
    (field) =>
      bound.some(({ writer }) => writer === field) || othersInOneof(field, message, bound).length > 0,
  );
  return new Set(fields.map(({ number }) => number));
}
