import { isUtf8 } from 'node:buffer';
import { SetupError } from '@gondola/stream';
import { toNatural, type AvroRecord, type AvroType, type Slot } from './avro-type.js';
import { compileIntoUnion, compileUnion, type CompileAvro } from './avro-union.js';
import { readJson } from './json-reader.js';
import { FAIL, Problem, Trouble, type Fail } from './problem.js';

/** Decodes one Avro value from `bytes[start, end)`, which must hold exactly that. Never throws. */
export type AvroDecoder = (bytes: Buffer, start: number, end: number) => Slot[] | Problem;

/**
 * Compiles a decoder of what `writer` wrote into the fields of `reader` (Avro's schema resolution).
 *
 * Not avsc's: bytes come from anyone, and avsc reads past the end before it looks (five bytes can promise an array of
 * two thousand million entries and it collects them), accepts invalid UTF-8, and cannot say which field was not finite.
 * Throws `contract_invalid` when the schemas cannot be resolved.
 */
export function compileAvroDecoder(writer: AvroRecord, reader: AvroRecord, where: string): AvroDecoder {
  const read = compileRecord(writer, reader, where);
  const input = new AvroInput();
  return (bytes, start, end) => {
    input.reset(bytes, start, end);
    const value = read(input);
    if (value === FAIL) return input.trouble.toProblem();
    if (input.position !== end)
      return new Problem('decode_failed', '', `${end - input.position} bytes follow the Avro value`);
    return value as Slot[];
  };
}

/** The fields, as JSON, that can be read before the first one that cannot. */
export function readAvroSoFar(
  writer: AvroRecord,
  bytes: Buffer,
  start: number,
  end: number,
): Readonly<Record<string, unknown>> {
  const input = new AvroInput();
  input.reset(bytes, start, end);
  const fields: Record<string, unknown> = {};
  for (const { name, type } of writer.fields) {
    const value = compileAvroValue(type, type, name)(input);
    if (value === FAIL) break;
    fields[name] = toNatural(type, value);
  }
  return fields;
}

/** Reads one value and moves the input behind it. */
export type ReadAvro = (input: AvroInput) => Slot | Fail;

const TRUNCATED = 'the bytes end inside the Avro value';

export class AvroInput {
  readonly trouble = new Trouble();
  bytes: Buffer = Buffer.alloc(0);
  position = 0;
  end = 0;
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** Of `view`, which cannot be asked once the memory is given back. */
  private viewed: {
    readonly buffer: ArrayBufferLike;
    readonly offset: number;
    readonly length: number;
  } | null = null;

  reset(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    const { viewed } = this;
    const { buffer, byteOffset: offset, length } = bytes;
    // Node cuts small buffers out of one pool: another may begin where the last one did and be longer.
    if (viewed?.buffer === buffer && viewed.offset === offset && viewed.length === length) return;
    this.viewed = { buffer, offset, length };
    this.view = new DataView(buffer, offset, length);
  }

  truncated(): Fail {
    return this.trouble.fail('decode_failed', TRUNCATED);
  }

  /** A zigzag integer of at most 64 bits as a number; beyond 53 bits it is inexact, and callers refuse it. */
  long(): number | Fail {
    const { bytes, end } = this;
    let position = this.position;
    if (position >= end) return this.truncated();
    let byte = bytes[position++];
    const negative = (byte & 1) === 1;
    // The sign bit is kept apart, so that all of 53 bits stay exact.
    let half = (byte & 0x7f) >>> 1;
    for (let scale = 64, groups = 1; groups <= 10; scale *= 128, groups++) {
      if (byte < 0x80) {
        this.position = position;
        return negative ? -half - 1 : half;
      }
      if (position >= end) return this.truncated();
      byte = bytes[position++];
      half += (byte & 0x7f) * scale;
    }
    return this.trouble.fail('decode_failed', 'an Avro integer of more than 10 bytes');
  }

  double(): number | Fail {
    if (this.end - this.position < 8) return this.truncated();
    const value = this.view.getFloat64(this.position, true);
    this.position += 8;
    return Number.isFinite(value) ? value : this.trouble.fail('number_not_finite', 'NaN or infinity');
  }

  float(): number | Fail {
    if (this.end - this.position < 4) return this.truncated();
    const value = this.view.getFloat32(this.position, true);
    this.position += 4;
    return Number.isFinite(value) ? value : this.trouble.fail('number_not_finite', 'NaN or infinity');
  }

  string(): string | Fail {
    const length = this.long();
    if (length === FAIL) return FAIL;
    if (length < 0) return this.trouble.fail('decode_failed', 'a text of negative length');
    if (length > this.end - this.position) return this.truncated();
    const start = this.position;
    this.position += length;
    const text = this.bytes.toString('utf8', start, this.position);
    // Node puts U+FFFD where bytes are not UTF-8; only then is it worth looking closer.
    if (text.includes('\uFFFD') && !isUtf8(this.bytes.subarray(start, this.position)))
      return this.trouble.fail('decode_failed', 'a text that is not UTF-8');
    return text;
  }

  /**
   * Entries in the next block of an array or map, 0 at its end. It may promise any number: every entry has at least
   * one byte, so reading them ends with the bytes.
   */
  blockCount(): number | Fail {
    const count = this.long();
    if (count === FAIL || count >= 0) return count;
    return this.long() === FAIL ? FAIL : -count;
  }
}

/** A reader of what was written as `writer`, by which `reader` knows it. Throws `contract_invalid`. */
export function compileAvroValue(writer: AvroType, reader: AvroType, where: string): ReadAvro {
  const compile: CompileAvro = (written, read) => compileAvroValue(written, read, where);
  if (writer.kind === 'nullable' || writer.kind === 'union') return compileUnion(writer, reader, compile);
  if (reader.kind === 'nullable') return compileAvroValue(writer, reader.of, where);
  if (reader.kind === 'union') return compileIntoUnion(writer, reader.branches, compile);
  switch (reader.kind) {
    case 'boolean':
      if (writer.kind === 'boolean') return readBoolean;
      break;
    case 'string':
      if (writer.kind === 'string') return (input) => input.string();
      break;
    case 'int':
      if (writer.kind === 'int' && writer.logical === reader.logical) return readInt;
      break;
    case 'long':
      if (writer.kind === 'int' && writer.logical === null && reader.logical === null) return readInt;
      if (writer.kind === 'long' && writer.logical === reader.logical) return readLong;
      break;
    case 'float':
    case 'double':
      return compileReal(writer, reader, where);
    case 'enum':
      if (writer.kind === 'enum') return compileEnum(writer.symbols, reader.symbols, reader.fallback);
      break;
    case 'array':
      if (writer.kind === 'array') return compileArray(compileAvroValue(writer.items, reader.items, where));
      break;
    case 'map':
      if (writer.kind === 'map') return compileMap(compileAvroValue(writer.values, reader.values, where));
      break;
    case 'record':
      if (writer.kind === 'record') return compileRecord(writer, reader, where);
      break;
  }
  throw new SetupError(
    'contract_invalid',
    `${where}: ${describe(writer)} cannot be read as ${describe(reader)}`,
  );
}

function describe(type: AvroType): string {
  if (type.kind === 'nullable') return `${describe(type.of)} or null`;
  if (type.kind === 'union') return type.branches.map(describe).join(' or ');
  return 'logical' in type && type.logical ? `${type.kind} (${type.logical})` : type.kind;
}

const readBoolean: ReadAvro = (input) => {
  if (input.position >= input.end) return input.truncated();
  const byte = input.bytes[input.position++];
  return byte > 1 ? input.trouble.fail('decode_failed', 'a boolean that is neither 0 nor 1') : byte === 1;
};

const readInt: ReadAvro = (input) => {
  const value = input.long();
  if (value === FAIL || value === (value | 0)) return value;
  return input.trouble.fail('decode_failed', 'an Avro int of more than 32 bits');
};

const readLong: ReadAvro = (input) => {
  const value = input.long();
  if (value === FAIL || Number.isSafeInteger(value)) return value;
  return input.trouble.fail('schema_mismatch', 'an integer beyond 53 bits');
};

function compileReal(writer: AvroType, reader: AvroType, where: string): ReadAvro {
  if (writer.kind === 'float') return (input) => input.float();
  if (writer.kind === 'double' && reader.kind === 'double') return (input) => input.double();
  if (writer.kind === 'int') return readInt;
  if (writer.kind === 'long') return readLong;
  throw new SetupError(
    'contract_invalid',
    `${where}: ${describe(writer)} cannot be read as ${describe(reader)}`,
  );
}

function compileEnum(
  written: readonly string[],
  known: readonly string[],
  fallback: string | null,
): ReadAvro {
  const symbols = written.map((symbol) => (known.includes(symbol) ? symbol : fallback));
  return (input) => {
    const index = input.long();
    if (index === FAIL) return FAIL;
    const symbol = symbols[index];
    if (symbol === undefined)
      return input.trouble.fail('decode_failed', 'an enum symbol that does not exist');
    return (
      symbol ?? input.trouble.fail('schema_mismatch', 'an enum symbol that the newest schema no longer has')
    );
  };
}

function compileArray(item: ReadAvro): ReadAvro {
  return (input) => {
    const items: Slot[] = [];
    for (;;) {
      const count = input.blockCount();
      if (count === FAIL) return FAIL;
      if (count === 0) return items;
      for (let left = count; left > 0; left--) {
        const value = item(input);
        if (value === FAIL) return input.trouble.within(items.length);
        items.push(value);
      }
    }
  };
}

function compileMap(item: ReadAvro): ReadAvro {
  return (input) => {
    const entries = new Map<string, Slot>();
    for (;;) {
      const count = input.blockCount();
      if (count === FAIL) return FAIL;
      if (count === 0) return entries;
      for (let left = count; left > 0; left--) {
        const key = input.string();
        if (key === FAIL) return FAIL;
        const value = item(input);
        if (value === FAIL) return input.trouble.withinEntry();
        entries.set(key, value);
      }
    }
  };
}

function compileRecord(writer: AvroRecord, reader: AvroRecord, where: string): ReadAvro {
  const steps = writer.fields.map(({ name, type }) => {
    const slot = reader.fields.findIndex((field) => field.name === name);
    const read = compileAvroValue(type, slot < 0 ? type : reader.fields[slot].type, `${where}/${name}`);
    return { name, slot, read };
  });
  const start = reader.fields.map((field) => {
    if (writer.fields.some(({ name }) => name === field.name)) return null;
    if (field.fallback === undefined)
      throw new SetupError('contract_invalid', `${where}: field ${field.name} is new and has no default`);
    return readJson(field.type, field.fallback, `${where}/${field.name}`);
  });
  return (input) => {
    const record: Slot[] = start.slice();
    for (let index = 0; index < steps.length; index++) {
      const { slot, read } = steps[index];
      const value = read(input);
      if (value === FAIL) return input.trouble.within(steps[index].name);
      if (slot >= 0) record[slot] = value;
    }
    return record;
  };
}
