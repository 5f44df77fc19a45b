import type { ColumnValue } from '@gondola/stream';
import { DECIMAL_BYTES, leafOf, type LeafType } from './schema-elements.js';

/** A least or greatest value: text as UTF-8, whole numbers that may exceed 53 bits as bigint. */
export type Bound = number | bigint | Uint8Array;

export interface Bounds {
  readonly min: Bound;
  readonly max: Bound;
}

/** The order in which Parquet compares values of a type (ColumnOrder TYPE_ORDER). */
export function compareBounds(left: Bound, right: Bound): number {
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Null bounds stand for values without an order, and make the whole have none. */
export function widened(all: readonly (Bounds | null)[]): Bounds | null {
  let whole: Bounds | null = null;
  for (const bounds of all) {
    if (!bounds) return null;
    whole = {
      min: whole && compareBounds(whole.min, bounds.min) <= 0 ? whole.min : bounds.min,
      max: whole && compareBounds(whole.max, bounds.max) >= 0 ? whole.max : bounds.max,
    };
  }
  return whole;
}

/** Types of which all readers share the order; bounds of payloads and flags help nobody. */
export function isOrdered({ kind }: LeafType): boolean {
  return kind !== 'binary' && kind !== 'boolean';
}

/** As `ColumnType` names the values. */
export function plainBound({ kind }: LeafType, bound: Bound): ColumnValue {
  if (bound instanceof Uint8Array) return Buffer.from(bound).toString('utf8');
  return kind === 'int64' || kind === 'decimal' ? BigInt(bound) : bound;
}

/** Bounds in PLAIN encoding, zero of doubles widened to both zeros as the format asks. */
export function encodedBound(type: LeafType, bound: Bound, side: 'min' | 'max'): Uint8Array {
  if (bound instanceof Uint8Array) return bound;
  switch (leafOf(type).type) {
    case 'INT32':
      return new Uint8Array(Int32Array.of(Number(bound)).buffer);
    case 'DOUBLE': {
      const zero = side === 'min' ? -0 : 0;
      return new Uint8Array(Float64Array.of(bound === 0 ? zero : Number(bound)).buffer);
    }
    case 'FIXED_LEN_BYTE_ARRAY':
      return bigEndian(BigInt(bound));
    default:
      return new Uint8Array(BigInt64Array.of(BigInt(bound)).buffer);
  }
}

/** Two's complement of 128 bits. */
export function bigEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(DECIMAL_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, value >> 64n);
  view.setBigUint64(8, BigInt.asUintN(64, value));
  return bytes;
}

/** Longer text helps no one to skip, and the index of a column is read whole. */
const TEXT_BYTES_MAX = 64;

/** At most 64 bytes that are not greater, and whether they are the value itself. */
export function shortMin(text: Uint8Array): Uint8Array {
  return text.length <= TEXT_BYTES_MAX ? text : text.subarray(0, characterEnd(text, TEXT_BYTES_MAX));
}

/** At most 64 bytes of valid UTF-8 that are not less; null when there are none. */
export function shortMax(text: Uint8Array): Uint8Array | null {
  if (text.length <= TEXT_BYTES_MAX) return text;
  // The last ASCII character that has a successor is raised, what follows is dropped.
  for (let at = characterEnd(text, TEXT_BYTES_MAX) - 1; at >= 0; at--) {
    if (text[at] >= 0x7f) continue;
    // A copy: `slice` of a Buffer is a view, and would change the value itself.
    const raised = new Uint8Array(text.subarray(0, at + 1));
    raised[at]++;
    return raised;
  }
  return null;
}

/** The last end of a character at or before `end`. */
function characterEnd(text: Uint8Array, end: number): number {
  while (end > 0 && (text[end] & 0xc0) === 0x80) end--;
  return end;
}
