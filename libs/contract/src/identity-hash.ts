/** What an identity is made of: texts and whole numbers (or any double), in a fixed order. */
export type IdentityPart = string | number | boolean;

/**
 * 64-bit hash of an identity. It is stored in silver and compared after restarts, so it may never change: the tests
 * hold golden values.
 *
 * Two 32-bit lanes of MurmurHash3's mixing, each fed the other's state, over the parts one after the other. A part is
 * its kind, its length (so that `ab, c` differs from `a, bc`) and its content: two UTF-16 units of a text at a time,
 * the two halves of a number's double. Among n identities of one window, any two collide with odds n^2 / 2^65: one in
 * 370,000 for ten million.
 */
export class IdentityHasher {
  /** Lower and upper half of the hash of the last `hash` call. */
  low = 0;
  high = 0;
  private readonly double = new Float64Array(1);
  private readonly halves = new Int32Array(this.double.buffer);

  hash(parts: readonly IdentityPart[]): void {
    this.begin();
    for (let index = 0; index < parts.length; index++) this.addPart(parts[index]);
    this.finish();
  }

  /** Parts one by one: `begin`, then what adds, then `finish`. */
  begin(): void {
    this.low = 0x2b7e1516;
    this.high = 0x28aed2a6;
  }

  private addPart(part: IdentityPart): void {
    if (typeof part === 'string') this.addText(part);
    else this.addNumber(Number(part));
  }

  /** Goes on from what `low` and `high` were after parts that many identities share. */
  resume(low: number, high: number): void {
    this.low = low;
    this.high = high;
  }

  /** The text whose UTF-8, which must be valid, is `bytes[start, start + size)`. `view` is of the same bytes. */
  addUtf8(bytes: Buffer, view: DataView, start: number, size: number): void {
    const { low, high } = this;
    const end = start + size;
    this.mix((size << 2) | 1);
    let all = 0;
    let at = start;
    for (; at + 1 < end; at += 2) {
      const pair = view.getUint16(at, true);
      all |= pair;
      this.mix((pair & 0xff) | ((pair & 0xff00) << 8));
    }
    if (at < end) {
      all |= bytes[at];
      this.mix(bytes[at]);
    }
    if ((all & 0x8080) === 0) return;
    // Not ASCII: bytes are not the units of the text.
    this.resume(low, high);
    this.addText(bytes.toString('utf8', start, end));
  }

  addText(text: string): void {
    const { length } = text;
    this.mix((length << 2) | 1);
    let at = 0;
    for (; at + 1 < length; at += 2) this.mix(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16));
    if (at < length) this.mix(text.charCodeAt(at));
  }

  addNumber(value: number): void {
    // 0 and -0 are one number.
    this.double[0] = value + 0;
    this.mix(2);
    this.mix(this.halves[0]);
    this.mix(this.halves[1]);
  }

  private mix(word: number): void {
    let one = Math.imul(word, 0x239b961b);
    one = Math.imul((one << 15) | (one >>> 17), 0xab0e9789);
    let low = this.low ^ one;
    low = (((low << 19) | (low >>> 13)) + this.high) | 0;
    this.low = (Math.imul(low, 5) + 0x561ccd1b) | 0;
    let two = Math.imul(word, 0x38b34ae5);
    two = Math.imul((two << 17) | (two >>> 15), 0xa1e38b93);
    let high = this.high ^ two;
    high = (((high << 13) | (high >>> 19)) + this.low) | 0;
    this.high = (Math.imul(high, 5) + 0x32ac3b17) | 0;
  }

  finish(): void {
    let low = (this.low + this.high) | 0;
    let high = (this.high + low) | 0;
    low = avalanche(low);
    high = avalanche(high);
    low = (low + high) | 0;
    this.low = low;
    this.high = (high + low) | 0;
  }
}

function avalanche(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

const hasher = new IdentityHasher();

/** The hash as a signed 64-bit integer, as a BigInt64Array holds it. */
export function identityHash(parts: readonly IdentityPart[]): bigint {
  hasher.hash(parts);
  return (BigInt(hasher.high) << 32n) | BigInt(hasher.low >>> 0);
}
