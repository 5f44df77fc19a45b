interface ReplayHead {
  /** Partition key: the store, where one is known, else ''. */
  readonly key: string;
  /** Subject of the contract or CloudEvents type; '' when the file does not say: the stream's default holds. */
  readonly subject: string;
  /** When it was sent, milliseconds since 1970: paces a replay. The last known time where a line has none. */
  readonly timeMs: number;
}

/** An event that the producer has to encode, as the contract's Avro or as JSON. */
export interface ReplayEvent extends ReplayHead {
  readonly encoding: 'avro' | 'json';
  readonly event: object;
}

/** Bytes that go out exactly as they are, be they garbage. */
export interface ReplayBytes extends ReplayHead {
  readonly encoding: 'raw';
  readonly event: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What every reader yields. Readers are deterministic: the same file and options give the same records in the same
 * order, so a producer that knows it sent N of them goes on by skipping N.
 */
export type ReplayRecord = ReplayEvent | ReplayBytes;
