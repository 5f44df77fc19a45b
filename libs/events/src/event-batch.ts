import type { ColumnTable, ColumnValues } from '@gondola/stream';

/** What a row does to a shelf. */
export type ShelfEffect =
  | 'sale' // units leave with a customer
  | 'return' // units come back from a customer; they need not be sellable
  | 'receipt' // units arrive: receipt or transfer in
  | 'issue' // units leave without a sale: transfer out, shrink, return to vendor
  | 'adjustment' // the record is corrected by a signed quantity
  | 'count' // somebody looked: record and shelf are this quantity
  | 'record' // a system states its record; nobody looked at the shelf
  | 'ordered' // units were ordered to refill the store
  | 'shipped' // units of an order are on their way
  | 'order_done' // nothing more of an order will come: so many units came
  | 'order_cancelled' // nothing of an order will come
  | 'seen_full' // somebody looked and did not count: there is stock on the shelf now
  | 'seen_empty' // somebody looked and did not count: the shelf is empty
  | 'ignore'; // training, void, suspended

/** Which columns of a subject speak of shelves. Column names of the contract's silver table. */
export interface ShelfBinding {
  readonly store: string;
  readonly item: string;
  /** null: the subject speaks of no units. */
  readonly quantity: string | null;
  readonly unitPrice: string | null;
  readonly currency: string | null;
  readonly category: string | null;
  /** Column that names the order or delivery note a row speaks of. */
  readonly document: string | null;
  /** Column that says when the goods are expected. */
  readonly due: string | null;
  /** Till or other workstation of a sale; left out where nothing names it. */
  readonly till?: string | null;
  /** Column whose value chooses the effect; null: `effects['*']` holds for every row. */
  readonly kind: string | null;
  readonly effects: Readonly<Record<string, ShelfEffect>>;
  /** Column -> values that make the row `ignore`, whatever `kind` says: a sale line of a voided transaction. */
  readonly ignoreWhen?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Events of one contract decoded from one RecordBatch, as typed columns. A record with several lines gives
 * several rows, so rows >= records; all rows of a record stand together, in record order.
 */
export interface EventBatch {
  readonly subject: string;
  /** The contract's columns (snake_case), in the contract's order. */
  readonly table: ColumnTable;
  /** row -> index of its record in the RecordBatch it came from. */
  readonly recordIndex: Int32Array;
  /** Text. */
  readonly eventId: ColumnValues;
  /** Milliseconds since 1970, UTC; with a fraction where the schema has microseconds. */
  readonly eventTimeMs: Float64Array;
  readonly schemaVersion: Int32Array;
  /** 64-bit hash of the event's business identity (the same for every row of one record). */
  readonly identity: BigInt64Array;
  /** null: detection has no interest in this subject. */
  readonly shelf: ShelfBinding | null;
}
