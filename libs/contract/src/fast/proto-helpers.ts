import type { ColumnPlan } from '../column-plan.js';
import type { EventBatchBuilder } from '../event-batch-builder.js';
import { FAIL } from '../problem.js';
import type { FieldReader, Parts } from '../protobuf/proto-decoder.js';
import { GROUP, ProtoInput } from '../protobuf/proto-input.js';
import type { ValueReader } from '../protobuf/proto-value.js';

/** Skips fields, but not those that it was told of: they are written in an unexpected way. */
export class OtherFields {
  private readonly input = new ProtoInput();

  constructor(private readonly numbers: ReadonlySet<number>) {}

  /** Where the field that `tag` began ends, -1 where it may not be skipped. */
  skip(bytes: Buffer, at: number, end: number, tag: number): number {
    if (tag < 8 || (tag & 7) === GROUP || this.numbers.has(tag >>> 3)) return -1;
    this.input.reset(bytes, at, end);
    return this.input.skip(tag) === FAIL ? -1 : this.input.position;
  }
}

/** A value that is not in its column as it is in the bytes: decoded first. */
export class ProtoValue {
  start = 0;
  size = 0;
  number = 0;
  private readonly input = new ProtoInput();

  constructor(
    private readonly reader: ValueReader,
    /** Of the field, where it is an enum. */
    private readonly symbols: readonly string[] | null,
  ) {}

  /** Where the value ends, -1 when it is none. */
  read({ bytes, placed }: EventBatchBuilder, at: number, end: number): number {
    this.input.reset(bytes, at, end);
    const value = this.reader.read(this.input);
    if (value === FAIL) return -1;
    if (typeof value !== 'string') this.number = Number(value);
    else if (this.symbols) this.number = this.symbols.indexOf(value);
    else {
      this.start = placed.add(value);
      this.size = placed.size;
    }
    return this.input.position;
  }
}

/** A field that is no scalar: decoded as its parts come, and then placed as its column's text. */
export class ProtoComposite {
  start = 0;
  size = 0;
  private parts: Parts = [];
  private readonly input = new ProtoInput();

  constructor(
    private readonly reader: FieldReader,
    private readonly slot: number,
    private readonly plan: ColumnPlan | null,
  ) {}

  reset(): void {
    this.parts = [];
  }

  /** Where the part that `tag` began ends, -1 when it is none. */
  read(bytes: Buffer, at: number, end: number, tag: number): number {
    this.input.reset(bytes, at, end);
    return this.reader.read(this.input, tag, this.parts) === FAIL ? -1 : this.input.position;
  }

  place({ placed }: EventBatchBuilder): boolean {
    const part = this.parts[this.slot];
    if (part === undefined) return false;
    const value = this.reader.finish(part, this.input.trouble);
    if (value === FAIL) return false;
    if (this.plan?.toText) {
      this.start = placed.add(this.plan.toText(value));
      this.size = placed.size;
    }
    return true;
  }
}
