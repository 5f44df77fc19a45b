/**
 * What an event touches of a shelf stands side by side, in a record of 64 bytes: one or two lines of the processor's cache instead
 * of one for each column, which is what an event costs when shelves are many. A field is read and written by the shelf's row.
 */
export const RECORD_BYTES = 64;
export const RECORD_DOUBLES = 8;
export const RECORD_INTS = 16;
export const RECORD_SHORTS = 32;
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
  | 'noted'
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

/** Places of a record's fields, each among the numbers of its kind. */
export const RECORD = 0;
export const RECORD_SET_MS = 1;
export const SILENT_SINCE_MS = 2;
export const UNIT_PRICE = 3;
export const CATEGORY = 18;
export const CURRENCY = 19;
export const TICK_SOLD = 10;
export const FLAGS = 22;
export const NOTED = 23;
export const NEXT_SOLD = 12;

/** The ways to read memory of records. */
export interface RecordViews {
  readonly shorts: Uint16Array;
  readonly ints: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
}

/**
 * The fields of the records from `first` on. Memory of many records begins 16 bytes into a line, so the first 48 bytes of each are in
 * one line: what a sale touches.
 */
export function recordFields(views: RecordViews, first: number): Readonly<Record<RecordName, RecordField>> {
  const { shorts, ints, floats, doubles } = views;
  const double = (place: number) => new DoubleField(doubles, first * RECORD_DOUBLES + place);
  const int = (place: number) => new IntField(ints, first * RECORD_INTS + place);
  const short = (place: number) => new ShortField(shorts, first * RECORD_SHORTS + place);
  return {
    /** Thousandths on hand by the record, NaN when none is known, and when it was last set. */
    record: double(RECORD),
    recordSetMs: double(RECORD_SET_MS),
    /** When the present silence began: last sale or first sight. */
    silentSinceMs: double(SILENT_SINCE_MS),
    unitPrice: double(UNIT_PRICE),
    /** Engine-wide numbers of item, category and currency. */
    item: int(ITEM_PLACE),
    category: short(CATEGORY),
    currency: short(CURRENCY),
    /** Thousandths sold in the running tick. */
    tickSold: int(TICK_SOLD),
    /** Bits: see `FLAG_RECEIPT`. */
    flags: short(FLAGS),
    /** Bits: what else the store keeps of this shelf: see `NOTED_EPISODE`. */
    noted: short(NOTED),
    /** Thousandths sold in the tick after the running one. */
    nextSold: int(NEXT_SOLD),
    /** Log-odds since the last sale from the ledger. */
    ledgerEvidence: new FloatField(floats, first * RECORD_INTS + 13),
    /** P(out) for the running tick, before its evidence. */
    prior: double(7),
  };
}
