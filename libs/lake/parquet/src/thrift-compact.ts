import { ByteSink } from './byte-sink.js';

/** Element types of lists in Thrift's compact protocol. */
export const ThriftType = { bool: 1, i32: 5, i64: 6, binary: 8, struct: 12 } as const;
/** A page header takes less. */
const HEADER_BYTES = 64;
const I16 = 4;
const LIST = 9;
const FALSE = 2;

/**
 * Thrift's compact protocol, as far as Parquet's metadata needs it. Fields of a struct are written in ascending order of
 * their ids; a value of undefined leaves the field out.
 */
export class ThriftWriter {
  private readonly sink = new ByteSink(HEADER_BYTES);
  private lastField = 0;

  /** The bytes of one struct. */
  static struct(fields: (writer: ThriftWriter) => void): Uint8Array {
    const writer = new ThriftWriter();
    writer.element(fields);
    return writer.sink.written();
  }

  bool(field: number, value: boolean): void {
    this.header(field, value ? ThriftType.bool : FALSE);
  }

  i32(field: number, value: number | undefined): void {
    if (value === undefined) return;
    this.header(field, ThriftType.i32);
    this.sink.zigzag(value);
  }

  i16(field: number, value: number): void {
    this.header(field, I16);
    this.sink.zigzag(value);
  }

  i64(field: number, value: number | undefined): void {
    if (value === undefined) return;
    this.header(field, ThriftType.i64);
    this.sink.zigzag(value);
  }

  binary(field: number, value: Uint8Array | string | undefined): void {
    if (value === undefined) return;
    this.header(field, ThriftType.binary);
    this.binaryElement(value);
  }

  struct(field: number, fields: (writer: ThriftWriter) => void): void {
    this.header(field, ThriftType.struct);
    this.element(fields);
  }

  list<Item>(
    field: number,
    type: number,
    items: readonly Item[],
    write: (item: Item, index: number) => void,
  ): void {
    this.header(field, LIST);
    if (items.length < 15) this.sink.byte((items.length << 4) | type);
    else {
      this.sink.byte(0xf0 | type);
      this.sink.varint(items.length);
    }
    items.forEach(write);
  }

  /** A struct as an element of a list. */
  element(fields: (writer: ThriftWriter) => void): void {
    const outer = this.lastField;
    this.lastField = 0;
    fields(this);
    this.sink.byte(0);
    this.lastField = outer;
  }

  binaryElement(value: Uint8Array | string): void {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.sink.varint(bytes.length);
    this.sink.append(bytes);
  }

  intElement(value: number): void {
    this.sink.zigzag(value);
  }

  boolElement(value: boolean): void {
    this.sink.byte(value ? ThriftType.bool : FALSE);
  }

  private header(field: number, type: number): void {
    const step = field - this.lastField;
    if (step > 0 && step < 16) this.sink.byte((step << 4) | type);
    else {
      this.sink.byte(type);
      this.sink.zigzag(field);
    }
    this.lastField = field;
  }
}
