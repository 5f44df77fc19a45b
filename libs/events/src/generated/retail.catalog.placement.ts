// Generated from schemas/retail.catalog.placement/v1.avsc by libs/contract: do not edit.

/** Where an item stands in a store. A later event for the same store and item replaces the earlier. Key: retailStoreId. */
export interface CatalogPlacement {
  /** Unique for each emitted event. */
  readonly eventId: string;
  /** The partition key. */
  readonly retailStoreId: string;
  /** The retailer's own item id. */
  readonly itemId: string;
  /** As people of the store say it: P7-3, or Pasillo 7, módulo 3. Null: it has no place there any more. */
  readonly bay: string | null;
  /** UTC. Milliseconds since 1970. */
  readonly updatedAt: number;
}
