import { toNatural, type AvroRecord, type Slot } from '../avro-type.js';
import type { FastRead } from '../fast/fast-reader.js';
import { compileFastProtobuf } from '../fast/fast-reader.js';
import type { FastShape } from '../fast/shape.js';
import { FAIL, Problem } from '../problem.js';
import { compileMessage, type MessageReader, type Parts } from './proto-decoder.js';
import { ProtoInput } from './proto-input.js';
import type { ProtoMessage } from './proto-schema.js';

interface Writer {
  readonly message: ProtoMessage;
  readonly reader: MessageReader;
  fast: FastRead | null | undefined;
}

/** What Protobuf messages that one contract reads are, under keys. */
export class ProtobufWriters {
  private readonly writers = new Map<number | string, Writer>();
  private readonly refused = new Map<number | string, Problem>();
  private readonly input = new ProtoInput();

  constructor(
    private readonly schema: AvroRecord,
    private readonly shape: FastShape,
  ) {}

  /** Throws `contract_invalid` when the contract's newest schema cannot read what `message` writes. */
  add(key: number | string, message: ProtoMessage, where: string): void {
    const reader = compileMessage(message, this.schema, where, this.shape.eventIdSlot);
    this.writers.set(key, { message, reader, fast: undefined });
  }

  /** Whatever is under this key is refused with `problem`. */
  refuse(key: number | string, problem: Problem): void {
    this.refused.set(key, problem);
  }

  /** Decodes `bytes[start, end)`, which is one message. Never throws. */
  decode(bytes: Buffer, start: number, end: number, key: number | string): readonly Slot[] | Problem {
    const refused = this.refused.get(key);
    if (refused) return refused;
    const { reader } = this.of(key);
    const { input } = this;
    input.reset(bytes, start, end);
    const parts: Parts = [];
    const event = reader.fill(input, parts) === FAIL ? FAIL : reader.finish(parts, input.trouble);
    if (event !== FAIL) return event;
    const { reason, pointer, message } = input.trouble;
    return new Problem(reason, pointer, message);
  }

  /** Fields of the contract before the first one that cannot be read, as JSON. */
  soFar(bytes: Buffer, start: number, end: number, key: number | string): Readonly<Record<string, unknown>> {
    if (this.refused.has(key)) return {};
    const { reader } = this.of(key);
    this.input.reset(bytes, start, end);
    const parts: Parts = [];
    reader.fill(this.input, parts);
    const fields: Record<string, unknown> = {};
    this.schema.fields.forEach(({ name, type }, slot) => {
      const value = parts[slot];
      // What is nested may be half read.
      const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      if (isScalar) fields[name] = toNatural(type, value);
    });
    return fields;
  }

  /** Null when every message has to be decoded. */
  fastReader(key: number | string): FastRead | null {
    if (this.refused.has(key)) return null;
    const writer = this.of(key);
    if (writer.fast === undefined) writer.fast = compileFastProtobuf(writer.message, this.schema, this.shape);
    return writer.fast;
  }

  private of(key: number | string): Writer {
    const writer = this.writers.get(key);
    if (!writer) throw new RangeError(`there is no Protobuf writer ${key}`);
    return writer;
  }
}
