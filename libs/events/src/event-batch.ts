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
  | SightEffect
  | 'ordered' // units were ordered to refill the store
  | 'shipped' // units of an order are on their way
  | 'order_done' // nothing more of an order will come: so many units came
  | 'order_cancelled' // nothing of an order will come
  | 'seen_full' // somebody looked and did not count: there is stock on the shelf now
  | 'seen_empty' // somebody looked and did not count: the shelf is empty
  | 'seen_filled' // somebody found the shelf empty and filled it
  | 'ignore'; // training, void, suspended

/** What people met at a shelf without moving stock: it says something of the shelf and nothing of the record. */
export const SIGHT_EFFECTS = [
  'seen_out', // a visitor of the web shop was shown that there is none
  'cart_failed', // a visitor could not put it into the cart for want of stock
  'carted', // a visitor put it into the cart
  'nil_pick', // somebody who picks orders in the store did not find it
  'picked', // the same found it
  'search_missed', // a visitor looked for this very item, and the list had none
] as const;
export type SightEffect = (typeof SIGHT_EFFECTS)[number];

/** Which columns of a subject speak of shelves. Column names of the contract's silver table. */
export interface ShelfBinding {
  readonly store: string;
  readonly item: string;
  /** null: no effect of this subject moves stock. */
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
  /** Effect -> column -> values of which one must stand there, a whole number by its digits: a view counts as `seen_out` when it showed OutOfStock. */
  readonly onlyWhen?: Readonly<Partial<Record<ShelfEffect, Readonly<Record<string, readonly string[]>>>>>;
  /** Whose sight it was, of subjects with a `SightEffect`: a visit, an order that is picked. */
  readonly session: string | null;
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
