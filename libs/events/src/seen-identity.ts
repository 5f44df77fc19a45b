/** How a row of silver tells the identity of its event. */
export interface IdentityColumns {
  readonly columns: readonly string[];
  /** The hash, from the values that a reader finds in those columns, in their order. */
  identityOf(values: readonly unknown[]): bigint;
}

/** What the dedupe window remembers of an event: its identity (see `EventBatch`) and when it happened. */
export interface SeenIdentity {
  readonly identity: bigint;
  /** Milliseconds since 1970, UTC. */
  readonly eventTimeMs: number;
}
