export interface ObjectInfo {
  readonly path: string;
  readonly bytes: number;
  /** When it was written, by the clock of the store: milliseconds since 1970. */
  readonly modifiedMs: number;
}

/**
 * Where a lake lives. Paths are relative, with `/`. Errors: `lake_unavailable`, `lake_full` (retriable), `lake_denied`,
 * and of the first `putIfAbsent` `lake_unconditional` where a store takes two creates of one name.
 * Every implementation passes the suite in `@gondola/testing` (`describeObjectStore`).
 */
export interface ObjectStore {
  /** For people: where this is, without secrets. */
  readonly address: string;
  /**
   * Creates the object and returns true, or returns false and changes nothing when the name is taken. Durable on return.
   * Bytes must be unlike those of any other writer: where an answer is lost, they tell whose the object is. After a
   * retriable error the object may be there or not.
   */
  putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Writes under a name that nobody else uses. Durable on return; then the caller may use the memory of `bytes` again. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** The whole object, null when there is none. */
  get(path: string): Promise<Uint8Array | null>;
  /** Objects directly under `folder` (no recursion) in name order; with `startAfter`, only names after it. */
  list(folder: string, startAfter?: string): Promise<readonly ObjectInfo[]>;
  /** Every object below `folder` at any depth, in no order; also what killed writers left, which upkeep may delete. */
  listAll(folder: string): AsyncIterable<ObjectInfo>;
  delete(path: string): Promise<void>;
}
