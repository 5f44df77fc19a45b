import { GondolaError } from './errors.js';

export type NumberArray = Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** Numbers of which some are null: `numbers[row]` counts only where `isNull[row]` is 0. */
export class NullableNumbers {
  constructor(
    readonly numbers: NumberArray,
    readonly isNull: Uint8Array,
  ) {}

  get length(): number {
    return this.isNull.length;
  }

  select(rows: Int32Array): NullableNumbers {
    const numbers = new (this.numbers.constructor as new (length: number) => NumberArray)(rows.length);
    const isNull = new Uint8Array(rows.length);
    for (let at = 0; at < rows.length; at++) {
      numbers[at] = this.numbers[rows[at]];
      isNull[at] = this.isNull[rows[at]];
    }
    return new NullableNumbers(numbers, isNull);
  }
}

/** What a 32-bit `start` reaches. */
const BYTES_MAX = 2 ** 31 - 1;

/**
 * Text (UTF-8, checked by whoever made it) or bytes where they stand: row r is `size[r]` bytes of `bytes` from
 * `start[r]`; a size of -1 is null.
 * Throws `input_invalid` for more bytes than `start` can reach, which would else be read from elsewhere.
 */
export class ByteValues {
  constructor(
    readonly bytes: Uint8Array,
    readonly start: Int32Array,
    readonly size: Int32Array,
  ) {
    if (bytes.length > BYTES_MAX) throw tooLarge(bytes.length);
  }

  static of(values: readonly (string | Uint8Array | null)[]): ByteValues {
    const parts = values.map((value) => (typeof value === 'string' ? Buffer.from(value) : value));
    const start = new Int32Array(parts.length);
    const size = new Int32Array(parts.length);
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + (part?.length ?? 0), 0));
    let end = 0;
    parts.forEach((part, row) => {
      start[row] = end;
      size[row] = part ? part.length : -1;
      if (!part) return;
      bytes.set(part, end);
      end += part.length;
    });
    return new ByteValues(bytes, start, size);
  }

  get length(): number {
    return this.start.length;
  }

  bytesAt(row: number): Uint8Array | null {
    const size = this.size[row];
    return size < 0 ? null : this.bytes.subarray(this.start[row], this.start[row] + size);
  }

  textAt(row: number): string | null {
    const part = this.bytesAt(row);
    return part && Buffer.from(part.buffer, part.byteOffset, part.length).toString('utf8');
  }

  toArray(): readonly (Uint8Array | null)[] {
    return Array.from({ length: this.length }, (_, row) => this.bytesAt(row));
  }

  select(rows: Int32Array): ByteValues {
    const start = Int32Array.from(rows, (row) => this.start[row]);
    const size = Int32Array.from(rows, (row) => this.size[row]);
    return new ByteValues(this.bytes, start, size);
  }
}

/** Text or bytes that repeat: row r is entry `index[r]`, -1 is null. No entry is null. */
export class DictionaryValues {
  constructor(
    readonly index: Int32Array,
    readonly entries: ByteValues,
  ) {}

  /** The same text in every row. */
  static constant(text: string, rows: number): DictionaryValues {
    return new DictionaryValues(new Int32Array(rows), ByteValues.of([text]));
  }

  static nulls(rows: number): DictionaryValues {
    return new DictionaryValues(new Int32Array(rows).fill(-1), ByteValues.of([]));
  }

  get length(): number {
    return this.index.length;
  }

  toArray(): readonly (Uint8Array | null)[] {
    return Array.from(this.index, (entry) => (entry < 0 ? null : this.entries.bytesAt(entry)));
  }

  select(rows: Int32Array): DictionaryValues {
    return new DictionaryValues(
      Int32Array.from(rows, (row) => this.index[row]),
      this.entries,
    );
  }
}

/** A list without elements in every row, as headers of records nearly always are. */
export class EmptyLists {
  constructor(readonly length: number) {}
}

function tooLarge(bytes: number): GondolaError {
  return new GondolaError(
    'input_invalid',
    `values of ${bytes} bytes stand in one part of a column, which holds ${BYTES_MAX}: ` +
      'read in smaller batches (stream.batchBytesMax), or take out the records whose values are that large',
    false,
  );
}
