import { isUtf8 } from 'node:buffer';
import { FAIL, Trouble, type Fail } from '../problem.js';

export const VARINT = 0;
export const FIXED64 = 1;
export const SIZED = 2;
export const GROUP = 3;
const GROUP_END = 4;
export const FIXED32 = 5;

/** Groups in groups, in fields that nobody reads. */
const GROUP_DEPTH_MAX = 64;
const TWO_32 = 4_294_967_296;

/** Bytes of Protobuf's wire format, between `position` and `end`. What fails says why in `trouble`. */
export class ProtoInput {
  readonly trouble = new Trouble();
  bytes: Buffer = Buffer.alloc(0);
  position = 0;
  end = 0;
  /** Halves of the last varint. */
  low = 0;
  high = 0;

  reset(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  fail(message: string): Fail {
    return this.trouble.fail('decode_failed', message);
  }

  private truncated(): Fail {
    return this.fail('the bytes end inside a field');
  }

  varint(): true | Fail {
    let [low, high] = [0, 0];
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) return this.truncated();
      const byte = this.bytes[this.position++];
      const seven = byte & 0x7f;
      if (shift < 32) low |= seven << shift;
      if (shift === 28) high = seven >>> 4;
      // Of the tenth byte only one bit is left, as everywhere.
      else if (shift > 28) high |= seven << (shift - 32);
      if (byte < 0x80) {
        this.low = low;
        this.high = high;
        return true;
      }
    }
    return this.fail('an integer of more than 10 bytes');
  }

  /** Beyond 53 bits it is refused. */
  signed(): number | Fail {
    return this.varint() === FAIL ? FAIL : this.whole(this.high, this.low);
  }

  unsigned(): number | Fail {
    return this.varint() === FAIL ? FAIL : this.whole(this.high >>> 0, this.low);
  }

  zigzag(): number | Fail {
    if (this.varint() === FAIL) return FAIL;
    const { low, high } = this;
    const sign = -(low & 1);
    return this.whole((high >>> 1) ^ sign, ((low >>> 1) | (high << 31)) ^ sign);
  }

  fixed32(): true | Fail {
    if (this.end - this.position < 4) return this.truncated();
    this.low = this.bytes.readInt32LE(this.position);
    this.position += 4;
    return true;
  }

  fixed64(isSigned: boolean): number | Fail {
    if (this.end - this.position < 8) return this.truncated();
    const low = this.bytes.readInt32LE(this.position);
    const high = this.bytes.readInt32LE(this.position + 4);
    this.position += 8;
    return this.whole(isSigned ? high : high >>> 0, low);
  }

  private whole(high: number, low: number): number | Fail {
    const value = high * TWO_32 + (low >>> 0);
    if (Number.isSafeInteger(value)) return value;
    return this.trouble.fail('schema_mismatch', 'an integer beyond 53 bits');
  }

  real(size: 4 | 8): number | Fail {
    if (this.end - this.position < size) return this.truncated();
    const at = this.position;
    this.position += size;
    const value = size === 4 ? this.bytes.readFloatLE(at) : this.bytes.readDoubleLE(at);
    return Number.isFinite(value) ? value : this.trouble.fail('number_not_finite', 'NaN or infinity');
  }

  /** Bytes that follow, of which there are as many. */
  size(): number | Fail {
    if (this.varint() === FAIL) return FAIL;
    const size = this.low >>> 0;
    return this.high !== 0 || size > this.end - this.position ? this.truncated() : size;
  }

  text(): string | Fail {
    const size = this.size();
    if (size === FAIL) return FAIL;
    const start = this.position;
    this.position += size;
    const text = this.bytes.toString('utf8', start, this.position);
    // Node puts U+FFFD where bytes are not UTF-8; only then is it worth looking closer.
    return text.includes('\uFFFD') && !isUtf8(this.bytes.subarray(start, this.position))
      ? this.fail('a text that is not UTF-8')
      : text;
  }

  base64(): string | Fail {
    const size = this.size();
    if (size === FAIL) return FAIL;
    this.position += size;
    return this.bytes.toString('base64', this.position - size, this.position);
  }

  /** Narrows `end` to the message that begins here. Returns what to set it to behind it. */
  enter(): number | Fail {
    const size = this.size();
    if (size === FAIL) return FAIL;
    const { end } = this;
    this.end = this.position + size;
    return end;
  }

  /** A field's number and how it is written: number * 8 + wire type. */
  tag(): number | Fail {
    if (this.varint() === FAIL) return FAIL;
    const tag = this.low >>> 0;
    return this.high !== 0 || tag < 8 ? this.fail('a field whose number cannot be') : tag;
  }

  skip(tag: number): true | Fail {
    if ((tag & 7) !== GROUP) return this.skipValue(tag & 7);
    const open = [tag >>> 3];
    while (open.length > 0) {
      const next = this.tag();
      if (next === FAIL) return FAIL;
      const wireType = next & 7;
      if (wireType === GROUP) {
        if (open.push(next >>> 3) > GROUP_DEPTH_MAX) return this.fail('groups nested too deep');
      } else if (wireType === GROUP_END) {
        if (open.pop() !== next >>> 3) return this.fail('the end of a group that did not begin');
      } else if (this.skipValue(wireType) === FAIL) return FAIL;
    }
    return true;
  }

  private skipValue(wireType: number): true | Fail {
    if (wireType === VARINT) return this.varint();
    let size: number | Fail;
    if (wireType === SIZED) size = this.size();
    else if (wireType === FIXED32) size = 4;
    else if (wireType === FIXED64) size = 8;
    else if (wireType === GROUP_END) return this.fail('the end of a group that did not begin');
    else return this.fail('a wire type that there is not');
    if (size === FAIL) return FAIL;
    if (size > this.end - this.position) return this.truncated();
    this.position += size;
    return true;
  }
}
