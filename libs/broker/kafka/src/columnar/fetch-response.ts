import type { AbortedTransaction } from './record-batches.js';

/** What the broker says of one partition. */
export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

export interface FetchResponse {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
  /** What the records of all partitions lie in. */
  readonly bytes: Buffer;
}

/**
 * Fetch's version: the last one in plain encoding that names topics. Brokers have it since Kafka 2.3, and 4.4 still does; later
 * ones bring topic ids and hints about leaders, which the client's metadata gives us anyway.
 */
export const FETCH_VERSION = 11;

/** The body of a version 11 response about one topic. Records stay where they are, nothing in them is looked at. */
export function readFetchResponse(bytes: Buffer): FetchResponse {
  const errorCode = bytes.readInt16BE(4);
  const partitions: FetchedPartition[] = [];
  let at = 10; // throttle time, error code, session
  const int32 = (): number => bytes.readInt32BE((at += 4) - 4);
  for (let topics = int32(); topics > 0; topics--) {
    at += 2 + bytes.readInt16BE(at);
    for (let left = int32(); left > 0; left--) {
      const partition = int32();
      const code = bytes.readInt16BE(at);
      at += 2 + 3 * 8; // the code, high watermark, last stable offset, start of the log
      const aborted: AbortedTransaction[] = [];
      for (let transactions = int32(); transactions > 0; transactions--, at += 16)
        aborted.push({ producerId: bytes.readBigInt64BE(at), firstOffset: bytes.readBigInt64BE(at + 8) });
      at += 4; // preferred read replica
      const length = Math.max(0, int32());
      if (at + length > bytes.length) throw new RangeError('a fetch response ends within its records');
      partitions.push({ partition, errorCode: code, aborted, records: bytes.subarray(at, at + length) });
      at += length;
    }
  }
  return { errorCode, partitions, bytes };
}
