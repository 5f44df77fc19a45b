import { plainValues, type Column, type ColumnValue } from '@gondola/stream';

/**
 * 64-bit hashes of rows: the halves of row r are at 2r (lower) and 2r + 1. A row's hash depends on `name`, the columns'
 * names and the values, not on the form in which a column holds them.
 */
export function hashRows(name: string, rows: number, columns: readonly Column[]): Uint32Array {
  const halves = new Uint32Array(2 * rows);
  const hasher = new Hasher();
  hasher.text(name);
  const { low, high } = hasher;
  for (let row = 0; row < rows; row++) {
    halves[2 * row] = low;
    halves[2 * row + 1] = high;
  }
  for (const column of columns) {
    const values = plainValues(column);
    for (let row = 0; row < rows; row++) {
      hasher.low = halves[2 * row];
      hasher.high = halves[2 * row + 1];
      hasher.text(column.spec.name);
      hasher.value(values[row]);
      halves[2 * row] = hasher.low;
      halves[2 * row + 1] = hasher.high;
    }
  }
  return halves.map(finish);
}

const TAG = { null: 0, number: 1, bigint: 2, boolean: 3, text: 4, bytes: 5, list: 6, struct: 7 } as const;
const LOW_SEED = 0x9747b28c;
const HIGH_SEED = 0x3c6ef372;

/** Two MurmurHash3 states over the same words, with different constants. */
class Hasher {
  low = LOW_SEED;
  high = HIGH_SEED;
  private readonly float = new Float64Array(1);
  private readonly floatWords = new Int32Array(this.float.buffer);

  value(value: ColumnValue): void {
    if (value === null) this.word(TAG.null);
    else if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'bigint') this.bigint(value);
    else if (typeof value === 'boolean') this.words(TAG.boolean, Number(value));
    else if (value instanceof Uint8Array) this.bytes(value);
    else this.nested(value as readonly ColumnValue[] | Readonly<Record<string, ColumnValue>>);
  }

  text(text: string): void {
    this.words(TAG.text, text.length);
    for (let at = 0; at < text.length; at++) this.word(text.charCodeAt(at));
  }

  private number(value: number): void {
    // One of the many bit patterns of NaN; -0 stays another value than 0.
    this.float[0] = Number.isNaN(value) ? NaN : value;
    this.words(TAG.number, this.floatWords[0]);
    this.word(this.floatWords[1]);
  }

  private bigint(value: bigint): void {
    this.word(TAG.bigint);
    // Decimals of 38 digits have 127 bits.
    for (let shift = 0n; shift < 128n; shift += 32n) this.word(Number(BigInt.asIntN(32, value >> shift)));
  }

  private bytes(bytes: Uint8Array): void {
    this.words(TAG.bytes, bytes.length);
    for (const byte of bytes) this.word(byte);
  }

  private nested(value: readonly ColumnValue[] | Readonly<Record<string, ColumnValue>>): void {
    if (Array.isArray(value)) {
      this.words(TAG.list, value.length);
      for (const element of value as readonly ColumnValue[]) this.value(element);
      return;
    }
    const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
    this.words(TAG.struct, fields.length);
    for (const [field, inner] of fields) {
      this.text(field);
      this.value(inner as ColumnValue);
    }
  }

  private words(first: number, second: number): void {
    this.word(first);
    this.word(second);
  }

  private word(word: number): void {
    this.low = mix(this.low, word, 0xcc9e2d51, 0x1b873593);
    this.high = mix(this.high, word, 0x239b961b, 0xab0e9789);
  }
}

function mix(state: number, word: number, first: number, second: number): number {
  let mixed = Math.imul(word, first);
  mixed = (mixed << 15) | (mixed >>> 17);
  mixed = state ^ Math.imul(mixed, second);
  mixed = (mixed << 13) | (mixed >>> 19);
  return (Math.imul(mixed, 5) + 0xe6546b64) >>> 0;
}

function finish(state: number): number {
  let mixed = state ^ (state >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Rows and the sum of their hashes, modulo 2^64: the same in any order. */
export class RowSums {
  readonly rows: Int32Array;
  /** As `hashRows`: halves of sum s at 2s and 2s + 1. */
  readonly halves: Uint32Array;

  constructor(slots: number) {
    this.rows = new Int32Array(slots);
    this.halves = new Uint32Array(2 * slots);
  }

  /** Adds the row whose hash has its lower half at `halves[2 * row]`. */
  add(slot: number, halves: Uint32Array, row: number): void {
    this.rows[slot]++;
    this.addHalves(slot, halves[2 * row], halves[2 * row + 1]);
  }

  /** Adds another's slot to one of ours. */
  addSums(slot: number, other: RowSums, otherSlot: number): void {
    this.rows[slot] += other.rows[otherSlot];
    this.addHalves(slot, other.halves[2 * otherSlot], other.halves[2 * otherSlot + 1]);
  }

  isEqual(slot: number, other: RowSums): boolean {
    return (
      this.rows[slot] === other.rows[slot] &&
      this.halves[2 * slot] === other.halves[2 * slot] &&
      this.halves[2 * slot + 1] === other.halves[2 * slot + 1]
    );
  }

  /** 16 hexadecimal digits. */
  checksum(slot: number): string {
    const digits = (half: number) => half.toString(16).padStart(8, '0');
    return digits(this.halves[2 * slot + 1]) + digits(this.halves[2 * slot]);
  }

  private addHalves(slot: number, low: number, high: number): void {
    const sum = this.halves[2 * slot] + low;
    this.halves[2 * slot] = sum;
    this.halves[2 * slot + 1] += high + (sum > 0xffffffff ? 1 : 0);
  }
}
