// Generated from schemas/retail.catalog.item/v2.avsc by libs/contract: do not edit.

/** What an item is. A later event for the same item replaces the earlier. Key: itemId. */
export interface CatalogItem {
  /** Unique for each emitted event. */
  readonly eventId: string;
  /** The retailer's own item id. */
  readonly itemId: string;
  /** GTIN on the pack. */
  readonly gtin: string | null;
  /** For people. */
  readonly name: string;
  /** Category by which demand profiles are shared. */
  readonly merchandiseGroup: string | null;
  /** Usual price of one unit. */
  readonly listPrice: number | null;
  /** ISO 4217. */
  readonly currencyCode: string | null;
  /** When its promotion begins, UTC; null: none is told. Milliseconds since 1970. */
  readonly promotionFrom: number | null;
  /** When it ends, UTC. Milliseconds since 1970. */
  readonly promotionUntil: number | null;
  /** Times its usual demand that is expected meanwhile, in all stores, e.g. 2.5. */
  readonly promotionUplift: number | null;
  /** UTC. Milliseconds since 1970. */
  readonly updatedAt: number;
}
