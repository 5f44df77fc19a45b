// Generated from schemas/retail.pos.transaction/v1.avsc by libs/contract: do not edit.

export interface PosLine {
  /** From 1, in scan order. */
  readonly lineSequence: number;
  /** VOID lines were taken back before payment. */
  readonly lineType: 'SALE' | 'RETURN' | 'VOID';
  /** The retailer's own item id. */
  readonly itemId: string;
  /** GTIN on the pack. */
  readonly gtin: string | null;
  /** Text on the receipt. */
  readonly description: string | null;
  /** Category by which demand profiles are shared. */
  readonly merchandiseGroup: string | null;
  /** Units, always positive; lineType says which way they go. */
  readonly quantity: number;
  /** Price paid for one unit, tax included. */
  readonly unitPrice: number | null;
  /** Promotion that changed the price. */
  readonly promotionId: string | null;
}

/** One till transaction with its lines, named after ARTS POSLog. Key: retailStoreId. */
export interface PosTransaction {
  /** Unique for each emitted event. */
  readonly eventId: string;
  /** Store in which it was sold; the partition key. */
  readonly retailStoreId: string;
  /** Till. */
  readonly workstationId: string;
  /** The till's own count within the business day. */
  readonly sequenceNumber: number;
  /** Business day of the store. Days since 1970. */
  readonly businessDayDate: number;
  /** When the first line was scanned, UTC. Milliseconds since 1970. */
  readonly beginDateTime: number;
  /** Only SALE and RETURN move stock. */
  readonly transactionType: 'SALE' | 'RETURN' | 'VOID' | 'SUSPEND' | 'TRAINING' | 'NO_SALE';
  /** ISO 4217. */
  readonly currencyCode: string;
  /** Who served. */
  readonly operatorId: string | null;
  /** Who bought. */
  readonly customerId: string | null;
  /** Loyalty card. */
  readonly loyaltyId: string | null;
  /** At least one. */
  readonly lines: readonly PosLine[];
}
