/** Integers of Protobuf's wire format (7 bits a byte, low ones first) of more than one byte. */
export class Base128 {
  /** Where the one read last ended. */
  next = 0;

  /** The integer of 64 bits with a sign at `at`; NaN when it is cut off, too long or beyond 53 bits. */
  read(bytes: Uint8Array, at: number, end: number): number {
    let position = at;
    let value = 0;
    let scale = 1;
    // Seven bytes are 49 bits, which a double holds.
    while (position < end && position < at + 7) {
      const byte = bytes[position++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.next = position;
        return value;
      }
      scale *= 128;
    }
    return position === at + 7 ? this.long(bytes, position, end, value) : NaN;
  }

  private long(bytes: Uint8Array, at: number, end: number, first49: number): number {
    const low = first49 >>> 0;
    let high = Math.floor(first49 / 4_294_967_296);
    for (let position = at, shift = 17; position < end && shift < 38; shift += 7) {
      const byte = bytes[position++];
      // Of the tenth byte only one bit is left, as everywhere.
      high |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.next = position;
        const value = high * 4_294_967_296 + low;
        return Number.isSafeInteger(value) ? value : NaN;
      }
    }
    return NaN;
  }
}
