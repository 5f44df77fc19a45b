// Generated from schemas/retail.catalog.store/v2.avsc by libs/contract: do not edit.

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
  /** As schema.org writes them, parts separated by semicolons, in the store's time: Mo-Sa 07:00-22:00; Su 08:00-13:00,15:00-20:00. Days not named are closed; null: not told. Detection goes by them in the place of the hours in which a store is known to sell. */
  readonly openingHours: string | null;
  /** UTC. Milliseconds since 1970. */
  readonly updatedAt: number;
}
