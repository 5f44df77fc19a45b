const BYTES_AT_FIRST = 64 * 1024;

/**
 * Bytes that are written one after the other, used again for page after page. Hot loops take `bytes` and `view` after
 * `reserve` and write from `end` themselves.
 */
export class ByteSink {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  end = 0;

  constructor(bytesAtFirst = BYTES_AT_FIRST) {
    this.bytes = new Uint8Array(bytesAtFirst);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Room for so many more bytes, and for the words that hot loops write beyond their last byte. */
  reserve(size: number): void {
    const needed = this.end + size + 8;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.end);
  }

  clear(): void {
    this.end = 0;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.end++] = value;
  }

  int32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.end, value, true);
    this.end += 4;
  }

  append(part: Uint8Array): void {
    this.reserve(part.length);
    this.bytes.set(part, this.end);
    this.end += part.length;
  }

  /** ULEB128 of a whole number of up to 2^53. */
  varint(value: number): void {
    this.reserve(8);
    while (value >= 0x80) {
      this.bytes[this.end++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.bytes[this.end++] = value;
  }

  /** Signed, -2^52 to 2^52. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }
}

/** A file as it grows: in segments, so that growing it never copies what is there. */
export class SegmentedBytes {
  private readonly full: Uint8Array<ArrayBuffer>[] = [];
  private segment: Uint8Array<ArrayBuffer>;
  private used = 0;
  length = 0;

  /** A file that is no longer than `bytesAtFirst` is never copied. */
  constructor(bytesAtFirst = BYTES_AT_FIRST) {
    this.segment = new Uint8Array(bytesAtFirst);
  }

  append(part: Uint8Array): void {
    this.length += part.length;
    let from = 0;
    while (part.length - from > this.segment.length - this.used) {
      const room = this.segment.length - this.used;
      this.segment.set(part.subarray(from, from + room), this.used);
      from += room;
      this.full.push(this.segment);
      this.segment = freeSegments.pop() ?? new Uint8Array(SEGMENT_BYTES);
      this.used = 0;
    }
    this.segment.set(from === 0 ? part : part.subarray(from), this.used);
    this.used += part.length - from;
  }

  /** All of it, once: the next file takes the segments. */
  whole(): Uint8Array {
    const last = this.segment.subarray(0, this.used);
    if (this.full.length === 0) return last;
    const bytes = Buffer.concat([...this.full, last], this.length);
    for (const segment of [...this.full, this.segment])
      if (segment.length === SEGMENT_BYTES && freeSegments.length < FREE_SEGMENTS_MAX)
        freeSegments.push(segment);
    this.full.length = 0;
    return bytes;
  }
}

const SEGMENT_BYTES = 1024 * 1024;
/** Of a file of usual size. */
const FREE_SEGMENTS_MAX = 8;
const freeSegments: Uint8Array<ArrayBuffer>[] = [];
