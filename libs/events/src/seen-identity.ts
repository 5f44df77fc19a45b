/** How a row of silver tells the identity of its event. */
export interface IdentityColumns {
  readonly columns: readonly string[];
  /** The hash, from the values that a reader finds in those columns, in their order. */
  identityOf(values: readonly unknown[]): bigint;
}

/**
 * Told of one event that passed: its identity (see `EventBatch`) and when it happened, in milliseconds since 1970, UTC.
 * One at a time: a window of a day holds more of them than objects fit into memory.
 */
export type TellIdentity = (partition: string, identity: bigint, eventTimeMs: number) => void;
