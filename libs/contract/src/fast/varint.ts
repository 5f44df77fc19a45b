/** Avro's integers (zigzag, 7 bits a byte, low ones first) of more than one byte. */
export class Varint {
  /** Where the one read last ended. */
  next = 0;

  /** The integer at `at`; NaN when it is cut off or beyond 53 bits. */
  read(bytes: Uint8Array, at: number, end: number): number {
    let position = at;
    if (position >= end) return NaN;
    let byte = bytes[position++];
    const isNegative = (byte & 1) === 1;
    // The sign bit is kept apart, so that all of 53 bits stay exact.
    let half = (byte & 0x7f) >>> 1;
    for (let scale = 64; byte > 0x7f; scale *= 128) {
      if (position >= end || position > at + 7) return NaN;
      byte = bytes[position++];
      half += (byte & 0x7f) * scale;
    }
    this.next = position;
    const value = isNegative ? -half - 1 : half;
    return Number.isSafeInteger(value) ? value : NaN;
  }
}
