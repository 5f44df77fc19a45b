import { isEqualWithin } from '../utf8.js';

/** The keys of an object and the order in which they came last. */
export class JsonKeys {
  /** field -> the field that followed it last; at [count] the one that came first. */
  readonly next: Int32Array;
  private readonly quoted: readonly Buffer[];

  constructor(names: readonly string[]) {
    this.quoted = names.map((name) => Buffer.from(`"${name}"`));
    this.next = Int32Array.from({ length: names.length + 1 }, (_, field) => (field + 1) % names.length);
    this.next[names.length] = 0;
  }

  /** Bytes of the key with its quotes. */
  sizeOf(field: number): number {
    return this.quoted[field].length;
  }

  /** Source that says whether the key stands at `p`: by words of four bytes, of which the last one may overlap. */
  testSource(field: number): string {
    const key = this.quoted[field];
    const last = key.length - 4;
    const tests = [`p + ${key.length} <= limit`];
    for (let at = 0; at < last; at += 4)
      tests.push(`view.getInt32(p + ${at}, true) === ${key.readInt32LE(at)}`);
    if (last >= 0) tests.push(`view.getInt32(p + ${last}, true) === ${key.readInt32LE(last)}`);
    else key.forEach((byte, at) => tests.push(`bytes[p + ${at}] === ${byte}`));
    return tests.join(' && ');
  }

  /** The field whose key stands at `start`, which is expected after `previous` from now on; -1: none of them. */
  find(bytes: Uint8Array, start: number, end: number, previous: number): number {
    for (let field = 0; field < this.quoted.length; field++) {
      const key = this.quoted[field];
      if (start + key.length > end || !isEqualWithin(key, 0, key.length, bytes, start, key.length)) continue;
      this.next[previous] = field;
      return field;
    }
    return -1;
  }
}
