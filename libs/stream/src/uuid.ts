import { randomFillSync } from 'node:crypto';

const COUNTER_MAX = 0xfff;

/**
 * Makes version 7 UUIDs (RFC 9562): ordered by time, and within a millisecond by a count in `rand_a`, so that a
 * producer's ids ascend even when its clock is set back.
 */
export function createUuidV7(nowMs: () => number): () => string {
  const bytes = Buffer.alloc(16);
  let lastMs = 0;
  let counter = 0;
  return () => {
    const timeMs = nowMs();
    if (timeMs > lastMs) {
      lastMs = timeMs;
      counter = 0;
    } else if (++counter > COUNTER_MAX) {
      lastMs++;
      counter = 0;
    }
    randomFillSync(bytes);
    bytes.writeUIntBE(lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | counter, 6);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
}
