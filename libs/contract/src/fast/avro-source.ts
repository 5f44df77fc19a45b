import type { AvroRecord, AvroType } from '../avro-type.js';
import { AvroInput, compileAvroValue, type ReadAvro } from '../avro-decoder.js';
import type { ColumnPlan } from '../column-plan.js';
import type { EventBatchBuilder } from '../event-batch-builder.js';
import { FAIL } from '../problem.js';
import { Unsupported, type Constants } from './constants.js';
import { declare, fieldOf, setDefault, setNull, symbolsOf, type FastField } from './field.js';
import type { ReadSource } from './reader-source.js';
import type { FastShape } from './shape.js';

/** Reads what `writer` wrote into the fields of `shape`, which are those of `reader` (Avro's schema resolution). */
export function avroReadSource(
  writer: AvroRecord,
  shape: FastShape,
  examined: ReadonlySet<FastField>,
  entryEnd: string,
  constants: Constants,
): ReadSource {
  return new AvroWriter(shape, examined, entryEnd, constants).source(writer);
}

class AvroWriter {
  private readonly skipped: FastField[] = [];

  constructor(
    private readonly shape: FastShape,
    private readonly examined: ReadonlySet<FastField>,
    private readonly entryEnd: string,
    private readonly constants: Constants,
  ) {}

  source(writer: AvroRecord): ReadSource {
    const { event, rowsSlot } = this.shape;
    const body = this.record(writer, event, event[rowsSlot]);
    return { body, declarations: this.skipped.map(declare).join('') };
  }

  private record(writer: AvroRecord, fields: readonly FastField[], rows: FastField | undefined): string {
    const given = writer.fields.map(({ name, type }) => {
      const field = fields.find((candidate) => candidate.name === name);
      if (field && field === rows) return this.rows(type);
      return this.value(type, field ?? this.skip(name, type));
    });
    const missing = fields.filter(({ name }) => !writer.fields.some((field) => field.name === name));
    if (rows && missing.includes(rows)) throw new Unsupported();
    const defaults = missing.map((field) => setDefault(field, this.examined.has(field), this.constants));
    return [...given, ...defaults].join('\n');
  }

  /** A field that only the writer has is read, because it must be right, and forgotten. */
  private skip(name: string, type: AvroType): FastField {
    const field = fieldOf(`w${this.skipped.length}`, name, type);
    this.skipped.push(field);
    return field;
  }

  private rows(writer: AvroType): string {
    if (writer.kind !== 'array' || writer.items.kind !== 'record' || !this.shape.entry)
      throw new Unsupported();
    return `for (;;) {
let count = 0;
${this.long('count')}
if (count === 0) break;
if (count < 0) { count = -count; ${this.long('u')} }
for (; count > 0; count--) {
${this.record(writer.items, this.shape.entry, undefined)}
${this.entryEnd}}
}`;
  }

  private value(writer: AvroType, field: FastField): string {
    const { id, kind } = field;
    if (writer.kind === 'union' || (writer.kind === 'nullable' && writer.of.kind === 'union')) {
      if (kind !== 'composite') throw new Unsupported();
      return this.composite(writer, field);
    }
    if (writer.kind === 'nullable')
      return `if (p >= end) return false;
t = bytes[p++];
if (t === ${2 * writer.nullIndex}) { ${field.isNullable ? setNull(field) : 'return false;'} }
else if (t === ${2 * (1 - writer.nullIndex)}) {
${this.value(writer.of, field)}
} else return false;`;
    switch (kind) {
      case 'text':
        return this.text(id);
      case 'symbol':
        return this.symbol(writer, field);
      case 'flag':
        return `if (p >= end) return false;
n_${id} = bytes[p++]; x_${id} = 0;
if (n_${id} > 1) return false;`;
      case 'number':
        return `${this.number(writer, `n_${id}`)}\nx_${id} = 0;`;
      case 'composite':
        return this.composite(writer, field);
    }
  }

  private long(name: string): string {
    const { varint } = this.constants.helpers;
    return `if (p >= end) return false;
t = bytes[p];
if (t < 128) { p++; ${name} = (t >>> 1) ^ -(t & 1); }
else { ${name} = ${varint}.read(bytes, p, end); if (${name} !== ${name}) return false; p = ${varint}.next; }`;
  }

  private text(id: string): string {
    return `${this.long(`z_${id}`)}
if (z_${id} < 0 || z_${id} > end - p) return false;
s_${id} = p; p += z_${id};
if (!${this.constants.helpers.isUtf8Within}(bytes, view, s_${id}, p)) return false;`;
  }

  private number(writer: AvroType, name: string): string {
    switch (writer.kind) {
      case 'int':
        return `${this.long(name)}\nif (${name} !== (${name} | 0)) return false;`;
      case 'long':
        return this.long(name);
      case 'float':
        return `if (end - p < 4) return false;
${name} = view.getFloat32(p, true); p += 4;
if (${name} - ${name} !== 0) return false;`;
      case 'double':
        return `if (end - p < 8) return false;
${name} = view.getFloat64(p, true); p += 8;
if (${name} - ${name} !== 0) return false;`;
      default:
        throw new Unsupported();
    }
  }

  private symbol(writer: AvroType, field: FastField): string {
    if (writer.kind !== 'enum' || field.type.kind !== 'enum') throw new Unsupported();
    const known = symbolsOf(field);
    const fallback = field.type.fallback === null ? -1 : known.indexOf(field.type.fallback);
    const numbers = writer.symbols.map((symbol) =>
      known.includes(symbol) ? known.indexOf(symbol) : fallback,
    );
    const name = `i_${field.id}`;
    const range = `${this.long(name)}\nif (!(${name} >= 0 && ${name} < ${numbers.length})) return false;`;
    if (numbers.every((number, index) => number === index)) return range;
    return `${range}\n${name} = ${this.constants.add(numbers)}[${name}];\nif (${name} < 0) return false;`;
  }

  /** What becomes text in its column is read the slow way, field by field. */
  private composite(writer: AvroType, { id, type, isNullable, plan }: FastField): string {
    const reader: AvroType = isNullable ? { kind: 'nullable', of: type, nullIndex: 0 } : type;
    const value = this.constants.add(new AvroComposite(writer, reader, plan));
    return `p = ${value}.read(b, p, end);
if (p < 0) return false;
s_${id} = ${value}.start; z_${id} = ${value}.size;`;
  }
}

/** A value that is no scalar: decoded, and placed as its column's text. */
class AvroComposite {
  start = 0;
  size = 0;
  private readonly input = new AvroInput();
  private readonly decode: ReadAvro;

  constructor(
    writer: AvroType,
    reader: AvroType,
    private readonly plan: ColumnPlan | null,
  ) {
    this.decode = compileAvroValue(writer, reader, 'the fast reader');
  }

  /** Where the value ends, -1 when it is none. */
  read({ bytes, placed }: EventBatchBuilder, start: number, end: number): number {
    this.input.reset(bytes, start, end);
    const value = this.decode(this.input);
    if (value === FAIL) return -1;
    if (value === null) this.size = -1;
    else if (this.plan?.toText) {
      this.start = placed.add(this.plan.toText(value));
      this.size = placed.size;
    }
    return this.input.position;
  }
}
