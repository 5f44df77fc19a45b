import type { EventBatch } from '@gondola/events';
import { ByteValues, columnOf, DictionaryValues, type Column, type ColumnValues } from '@gondola/stream';
import { IdentityHasher } from './identity-hash.js';

/** Adds the value of a row to the hash. */
type AddRow = (row: number) => void;

/**
 * Hashes values of a batch's columns as `identityHash([subject, ...values])` hashes them one by one. Nothing is
 * allocated for a row. Values must be given: null is for the caller to leave out.
 */
export class RowHasher {
  private readonly hasher = new IdentityHasher();
  private adders: readonly AddRow[] = [];

  constructor(
    private readonly subject: string,
    private readonly columns: readonly string[],
  ) {}

  get low(): number {
    return this.hasher.low;
  }

  get high(): number {
    return this.hasher.high;
  }

  /** The rows that are hashed from now on. */
  open({ table, eventId }: EventBatch): void {
    this.adders = this.columns.map((name) =>
      // Every table of silver has that column, whatever the contract calls the field.
      name === 'event_id' ? this.adder(eventId, 1) : this.adderOf(columnOf(table, name)),
    );
  }

  hash(row: number): void {
    const { hasher, adders } = this;
    hasher.begin();
    hasher.addText(this.subject);
    for (let index = 0; index < adders.length; index++) adders[index](row);
    hasher.finish();
  }

  private adderOf({ spec, values }: Column): AddRow {
    return this.adder(values, spec.type.kind === 'decimal' ? 10 ** spec.type.scale : 1);
  }

  /** `units`: in which a column of decimals counts. */
  private adder(values: ColumnValues, units: number): AddRow {
    const { hasher } = this;
    if (values instanceof ByteValues) {
      const { bytes, start, size } = values;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return (row) => hasher.addUtf8(buffer, view, start[row], size[row]);
    }
    if (values instanceof DictionaryValues) {
      const { index, entries } = values;
      const texts = Array.from({ length: entries.length }, (_, entry) => entries.textAt(entry) ?? '');
      return (row) => hasher.addText(texts[index[row]]);
    }
    if (values instanceof BigInt64Array) {
      // By halves: a bigint for each row would be an object for each row.
      const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
      return (row) =>
        hasher.addNumber((halves[2 * row + 1] * 4_294_967_296 + (halves[2 * row] >>> 0)) / units);
    }
    if (ArrayBuffer.isView(values)) return (row) => hasher.addNumber((values as Int32Array)[row]);
    throw new Error('a column of an identity holds texts or whole numbers that are always given');
  }
}
