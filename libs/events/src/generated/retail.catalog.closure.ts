// Generated from schemas/retail.catalog.closure/v1.avsc by libs/contract: do not edit.

/** A time for which a store is closed on purpose: holiday, works, moving. A later event for the same closure replaces the earlier. Key: closureId. */
export interface CatalogClosure {
  /** Unique for each emitted event. */
  readonly eventId: string;
  /** Of this closure, for ever. */
  readonly closureId: string;
  /** Store id. */
  readonly retailStoreId: string;
  /** UTC. Milliseconds since 1970. */
  readonly closedFrom: number;
  /** It opens again then, UTC. Milliseconds since 1970. */
  readonly closedUntil: number;
  /** For people. */
  readonly reason: string | null;
  /** Nothing will come of it. */
  readonly isCancelled: boolean;
  /** UTC. Milliseconds since 1970. */
  readonly updatedAt: number;
}
