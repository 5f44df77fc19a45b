import { crc32 } from 'node:zlib';
import { ByteValues } from './column-values.js';

const SLOTS_AT_FIRST = 256;
const BYTES_AT_FIRST = 4096;
/** Above this share of used slots the table doubles. */
const LOAD_MAX = 0.5;
const FREE = -1;
/** From here on what Node does natively is faster, call and view included. */
const LARGE_BYTES = 1024;

/**
 * Numbers distinct byte strings in the order in which they first appear. Open addressing over typed arrays: nothing is
 * allocated for a string that was seen before. What is kept is a copy.
 */
export class ByteInterner {
  private slots = new Int32Array(SLOTS_AT_FIRST).fill(FREE);
  private hashes = new Int32Array(SLOTS_AT_FIRST);
  private start = new Int32Array(SLOTS_AT_FIRST);
  private size = new Int32Array(SLOTS_AT_FIRST);
  private bytes = new Uint8Array(BYTES_AT_FIRST);
  private view = new DataView(this.bytes.buffer);
  private end = 0;
  /** The bytes interned last, by words: strings come many from one buffer. */
  private source: Uint8Array = this.bytes;
  private sourceView: DataView = this.view;
  count = 0;

  /** Bytes of all distinct strings together. */
  get byteCount(): number {
    return this.end;
  }

  /** The number of `bytes[start, start + size)`. */
  intern(bytes: Uint8Array, start: number, size: number): number {
    if (bytes !== this.source) {
      this.source = bytes;
      this.sourceView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const hash = this.hashOf(bytes, start, size);
    const { slots } = this;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot];
      if (entry === FREE) return this.add(slot, hash, bytes, start, size);
      if (this.hashes[entry] === hash && this.isEqual(entry, bytes, start, size)) return entry;
    }
  }

  /** Everything seen, by number. A view: what is interned later may or may not show. */
  entries(): ByteValues {
    return new ByteValues(this.bytes, this.start.subarray(0, this.count), this.size.subarray(0, this.count));
  }

  private hashOf(bytes: Uint8Array, start: number, size: number): number {
    const end = start + size;
    if (size >= LARGE_BYTES) return crc32(bytes.subarray(start, end)) | 0;
    const view = this.sourceView;
    let hash = size;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at, true), 0x85ebca6b);
      // A product's low bits, which choose the slot, know nothing of the high bits of what was multiplied.
      hash ^= hash >>> 15;
    }
    for (; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
    return hash ^ (hash >>> 15);
  }

  private isEqual(entry: number, bytes: Uint8Array, start: number, size: number): boolean {
    if (this.size[entry] !== size) return false;
    const own = this.bytes;
    const from = this.start[entry];
    if (size >= LARGE_BYTES)
      return Buffer.compare(own.subarray(from, from + size), bytes.subarray(start, start + size)) === 0;
    let at = 0;
    for (; at + 4 <= size; at += 4)
      if (this.view.getInt32(from + at) !== this.sourceView.getInt32(start + at)) return false;
    for (; at < size; at++) if (own[from + at] !== bytes[start + at]) return false;
    return true;
  }

  private add(slot: number, hash: number, bytes: Uint8Array, start: number, size: number): number {
    const entry = this.count++;
    if (entry === this.start.length) this.growEntries();
    if (this.end + size > this.bytes.length) this.growBytes(size);
    if (size >= LARGE_BYTES) this.bytes.set(bytes.subarray(start, start + size), this.end);
    else for (let at = 0; at < size; at++) this.bytes[this.end + at] = bytes[start + at];
    this.start[entry] = this.end;
    this.size[entry] = size;
    this.hashes[entry] = hash;
    this.slots[slot] = entry;
    this.end += size;
    if (this.count > LOAD_MAX * this.slots.length) this.growSlots();
    return entry;
  }

  private growEntries(): void {
    this.start = doubled(this.start);
    this.size = doubled(this.size);
    this.hashes = doubled(this.hashes);
  }

  private growBytes(size: number): void {
    const larger = new Uint8Array(2 * Math.max(this.bytes.length, size));
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  private growSlots(): void {
    this.slots = new Int32Array(2 * this.slots.length).fill(FREE);
    const mask = this.slots.length - 1;
    for (let entry = 0; entry < this.count; entry++) {
      let slot = this.hashes[entry] & mask;
      while (this.slots[slot] !== FREE) slot = (slot + 1) & mask;
      this.slots[slot] = entry;
    }
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
