/**
 * What an event touches of a shelf stands side by side, in a record of 64 bytes: one or two lines of the processor's cache instead
 * of one for each column, which is what an event costs when shelves are many. A field is read and written by the shelf's row.
 */
export const RECORD_DOUBLES = 8;
export const RECORD_INTS = 16;
const RECORD_SHORTS = 32;
/** Of the item's number, among a record's 32-bit numbers. */
export const ITEM_PLACE = 8;

type RecordField = {
  at(row: number): number;
  set(row: number, value: number): void;
};

type RecordName =
  | 'record'
  | 'recordSetMs'
  | 'silentSinceMs'
  | 'unitPrice'
  | 'item'
  | 'category'
  | 'currency'
  | 'tickSold'
  | 'flags'
  | 'nextSold'
  | 'ledgerEvidence'
  | 'prior';

// A class for each kind of number: V8 makes one kind of access of each.

class DoubleField implements RecordField {
  constructor(
    private readonly view: Float64Array,
    private readonly place: number,
  ) {}

  at(row: number): number {
    return this.view[row * RECORD_DOUBLES + this.place];
  }

  set(row: number, value: number): void {
    this.view[row * RECORD_DOUBLES + this.place] = value;
  }
}

class FloatField implements RecordField {
  constructor(
    private readonly view: Float32Array,
    private readonly place: number,
  ) {}

  at(row: number): number {
    return this.view[row * RECORD_INTS + this.place];
  }

  set(row: number, value: number): void {
    this.view[row * RECORD_INTS + this.place] = value;
  }
}

class IntField implements RecordField {
  constructor(
    private readonly view: Int32Array,
    private readonly place: number,
  ) {}

  at(row: number): number {
    return this.view[row * RECORD_INTS + this.place];
  }

  set(row: number, value: number): void {
    this.view[row * RECORD_INTS + this.place] = value;
  }
}

class ShortField implements RecordField {
  constructor(
    private readonly view: Uint16Array,
    private readonly place: number,
  ) {}

  at(row: number): number {
    return this.view[row * RECORD_SHORTS + this.place];
  }

  set(row: number, value: number): void {
    this.view[row * RECORD_SHORTS + this.place] = value;
  }
}

/**
 * The fields of records. Memory of many records begins 16 bytes into a line, so the first 48 bytes of each are in one line: what a
 * sale touches.
 */
export function recordFields(records: Float64Array): Readonly<Record<RecordName, RecordField>> {
  const { buffer, byteOffset, byteLength } = records;
  const floats = new Float32Array(buffer, byteOffset, byteLength / 4);
  const ints = new Int32Array(buffer, byteOffset, byteLength / 4);
  const shorts = new Uint16Array(buffer, byteOffset, byteLength / 2);
  return {
    /** Thousandths on hand by the record, NaN when none is known, and when it was last set. */
    record: new DoubleField(records, 0),
    recordSetMs: new DoubleField(records, 1),
    /** When the present silence began: last sale or first sight. */
    silentSinceMs: new DoubleField(records, 2),
    unitPrice: new DoubleField(records, 3),
    /** Engine-wide numbers of item, category and currency. */
    item: new IntField(ints, ITEM_PLACE),
    category: new ShortField(shorts, 18),
    currency: new ShortField(shorts, 19),
    /** Thousandths sold in the running tick. */
    tickSold: new IntField(ints, 10),
    /** Bits: see `FLAG_RECEIPT`. */
    flags: new ShortField(shorts, 22),
    /** Thousandths sold in the tick after the running one. */
    nextSold: new IntField(ints, 12),
    /** Log-odds since the last sale from the ledger. */
    ledgerEvidence: new FloatField(floats, 13),
    /** P(out) for the running tick, before its evidence. */
    prior: new DoubleField(records, 7),
  };
}
