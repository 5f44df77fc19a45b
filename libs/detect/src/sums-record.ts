import { SUM_FIELDS } from './sibling-sums.js';

/** What the stores of one partition say of items in one hour: part of it, or all. */
export interface SumsRecord {
  /** Environment, stream and partition of the sender. */
  readonly sender: string;
  /** Hours since 1970. */
  readonly hour: number;
  /** This part and how many there are. */
  readonly part: number;
  readonly parts: number;
  /** City and item of each entry, see `sumsKey`. */
  readonly keys: BigUint64Array;
  /** [entry][field] of the hour alone, without what hours before it left. */
  readonly sums: Float32Array;
}

/** "GSU" and the format. */
const MAGIC = 0x47535501;
const HEAD_BYTES = 24;
/** Entries of one record: 200 kB, far below what brokers take. */
export const SUMS_ENTRIES_MAX = 5_000;
const ENTRY_BYTES = 8 + SUM_FIELDS * 4;

/** Layout, little-endian: u32 magic, i32 hour, u32 part, parts, entries, bytes of the sender; sender as UTF-8; per entry u64 key and floats. */
export function encodeSums({ sender, hour, part, parts, keys, sums }: SumsRecord): Uint8Array {
  const name = Buffer.from(sender);
  const bytes = Buffer.alloc(HEAD_BYTES + name.length + keys.length * ENTRY_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeInt32LE(hour, 4);
  [part, parts, keys.length, name.length].forEach((value, at) => bytes.writeUInt32LE(value, 8 + at * 4));
  name.copy(bytes, HEAD_BYTES);
  let at = HEAD_BYTES + name.length;
  for (let entry = 0; entry < keys.length; entry++) {
    at = bytes.writeBigUInt64LE(keys[entry], at);
    for (let field = 0; field < SUM_FIELDS; field++)
      at = bytes.writeFloatLE(sums[entry * SUM_FIELDS + field], at);
  }
  return bytes;
}

/** Null for bytes of another format, e.g. of a later version that runs beside this one, and for sums that are no numbers. */
export function decodeSums(value: Uint8Array): SumsRecord | null {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (bytes.length < HEAD_BYTES || bytes.readUInt32LE(0) !== MAGIC) return null;
  const [part, parts, entries, nameBytes] = [8, 12, 16, 20].map((at) => bytes.readUInt32LE(at));
  if (bytes.length !== HEAD_BYTES + nameBytes + entries * ENTRY_BYTES || part >= parts) return null;
  const keys = new BigUint64Array(entries);
  const sums = new Float32Array(entries * SUM_FIELDS);
  let at = HEAD_BYTES + nameBytes;
  for (let entry = 0; entry < entries; entry++) {
    keys[entry] = bytes.readBigUInt64LE(at);
    at += 8;
    for (let field = 0; field < SUM_FIELDS; field++, at += 4)
      sums[entry * SUM_FIELDS + field] = bytes.readFloatLE(at);
  }
  if (!sums.every(Number.isFinite)) return null;
  const sender = bytes.toString('utf8', HEAD_BYTES, HEAD_BYTES + nameBytes);
  return { sender, hour: bytes.readInt32LE(4), part, parts, keys, sums };
}
