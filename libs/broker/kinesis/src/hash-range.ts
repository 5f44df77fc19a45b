import { createHash } from 'node:crypto';

/** Part of the 128-bit ring of hashes that belongs to a shard; both ends are in it. */
export interface HashRange {
  readonly first: bigint;
  readonly last: bigint;
}

export const isWithin = ({ first, last }: HashRange, hash: bigint): boolean => hash >= first && hash <= last;

/** How Kinesis chooses the shard of a record without an explicit hash key. */
export const hashOfKey = (key: Uint8Array): bigint => {
  const digest = createHash('md5').update(key).digest();
  return (digest.readBigUInt64BE(0) << 64n) | digest.readBigUInt64BE(8);
};
