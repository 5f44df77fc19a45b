/** What the dedupe window remembers of an event: its identity (see `EventBatch`) and when it happened. */
export interface SeenIdentity {
  readonly identity: bigint;
  /** Milliseconds since 1970, UTC. */
  readonly eventTimeMs: number;
}
