// Generated from schemas/retail.catalog.store/v1.avsc by libs/contract: do not edit.

/** What a store is. A later event for the same store replaces the earlier. Key: retailStoreId. */
export interface CatalogStore {
  /** Unique for each emitted event. */
  readonly eventId: string;
  /** Store id. */
  readonly retailStoreId: string;
  /** For people. */
  readonly name: string;
  /** City, by which sibling stores are found. */
  readonly city: string | null;
  /** IANA name, e.g. America/Bogota. */
  readonly timeZone: string;
  /** UTC. Milliseconds since 1970. */
  readonly updatedAt: number;
}
