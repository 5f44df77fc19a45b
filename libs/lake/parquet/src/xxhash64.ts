/** 64 bits as two halves: bigints would be objects for every step. */
class Long {
  constructor(
    public low: number,
    public high: number,
  ) {}
}

const PRIME1 = new Long(0x85ebca87, 0x9e3779b1);
const PRIME2 = new Long(0x27d4eb4f, 0xc2b2ae3d);
const PRIME3 = new Long(0x9e3779f9, 0x165667b1);
const PRIME4 = new Long(0xc2b2ae63, 0x85ebca77);
const PRIME5 = new Long(0x165667c5, 0x27d4eb2f);

/** XXH64 with seed 0 of `bytes[start, start + size)`, as two unsigned halves: the hash of Parquet's bloom filters. */
export function xxHash64(bytes: Uint8Array, start: number, size: number): { low: number; high: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, size);
  const lane = (at: number) => new Long(view.getInt32(at, true), view.getInt32(at + 4, true));
  let at = 0;
  let hash = new Long(PRIME5.low, PRIME5.high);
  if (size >= 32) {
    const lanes = [
      add(PRIME1, PRIME2),
      new Long(PRIME2.low, PRIME2.high),
      new Long(0, 0),
      new Long(-PRIME1.low | 0, ~PRIME1.high),
    ];
    for (; at + 32 <= size; at += 32)
      for (let index = 0; index < 4; index++) lanes[index] = round(lanes[index], lane(at + 8 * index));
    hash = [1, 7, 12, 18].map((bits, index) => rotate(lanes[index], bits)).reduce(add);
    for (const value of lanes) hash = add(multiply(xor(hash, round(new Long(0, 0), value)), PRIME1), PRIME4);
  }
  hash = add(hash, new Long(size, 0));
  for (; at + 8 <= size; at += 8)
    hash = add(multiply(rotate(xor(hash, round(new Long(0, 0), lane(at))), 27), PRIME1), PRIME4);
  if (at + 4 <= size) {
    const word = multiply(new Long(view.getInt32(at, true), 0), PRIME1);
    hash = add(multiply(rotate(xor(hash, word), 23), PRIME2), PRIME3);
    at += 4;
  }
  for (; at < size; at++)
    hash = multiply(rotate(xor(hash, multiply(new Long(view.getUint8(at), 0), PRIME5)), 11), PRIME1);
  hash = multiply(xor(hash, shiftRight(hash, 33)), PRIME2);
  hash = multiply(xor(hash, shiftRight(hash, 29)), PRIME3);
  hash = xor(hash, shiftRight(hash, 32));
  return { low: hash.low >>> 0, high: hash.high >>> 0 };
}

function round(sum: Long, lane: Long): Long {
  return multiply(rotate(add(sum, multiply(lane, PRIME2)), 31), PRIME1);
}

function add(left: Long, right: Long): Long {
  const low = (left.low >>> 0) + (right.low >>> 0);
  return new Long(low | 0, (left.high + right.high + (low > 0xffffffff ? 1 : 0)) | 0);
}

function xor(left: Long, right: Long): Long {
  return new Long(left.low ^ right.low, left.high ^ right.high);
}

function rotate({ low, high }: Long, bits: number): Long {
  const rest = 32 - bits;
  return new Long((low << bits) | (high >>> rest), (high << bits) | (low >>> rest));
}

function shiftRight({ low, high }: Long, bits: number): Long {
  if (bits >= 32) return new Long(high >>> (bits - 32), 0);
  return new Long((low >>> bits) | (high << (32 - bits)), high >>> bits);
}

/** Modulo 2^64, by 16-bit limbs for the carry out of the lower halves. */
function multiply(left: Long, right: Long): Long {
  const a0 = left.low & 0xffff;
  const a1 = left.low >>> 16;
  const b0 = right.low & 0xffff;
  const b1 = right.low >>> 16;
  const low = Math.imul(a0, b0) >>> 0;
  const middle = (low >>> 16) + (Math.imul(a1, b0) >>> 0);
  const other = (middle & 0xffff) + (Math.imul(a0, b1) >>> 0);
  const carry = Math.floor(middle / 0x10000) + Math.floor(other / 0x10000) + (Math.imul(a1, b1) >>> 0);
  const high = (carry | 0) + Math.imul(left.high, right.low) + Math.imul(left.low, right.high);
  return new Long(((other & 0xffff) << 16) | (low & 0xffff), high | 0);
}
