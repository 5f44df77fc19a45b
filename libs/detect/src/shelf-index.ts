import { SLOT_BYTES, type Block } from './record-arena.js';
import { ITEM_PLACE, RECORD_INTS } from './shelf-record.js';

/*
 * Open addressing over the items of one store: a slot of 24 bits holds a row, plus one, and as many bits of the item's hash as are
 * left, so that other shelves' records, each far away in memory, are seldom looked at on the way. 0 is a free slot.
 */

const SLOT_BITS = 8 * SLOT_BYTES;
/** Rows of one store that an index can tell apart. */
export const ROWS_MAX = 2 ** SLOT_BITS - 2;

/** Bits of a slot that hold the row. */
export const rowBitsOf = (room: number): number => Math.min(SLOT_BITS, 32 - Math.clz32(room));

export function hashOf(item: number): number {
  const mixed = Math.imul(item, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** Slot at which the search for an item begins. */
const startOf = (hash: number, slots: number): number => ((hash >>> 0) * slots * 2 ** -32) | 0;

/** Byte at which that is. */
export const slotOf = (hash: number, slotsAt: number, slots: number): number =>
  slotsAt + startOf(hash, slots) * SLOT_BYTES;

/** The first row that may have the item, by the slots alone: -1 for none. */
export function likelyRow(
  bytes: Uint8Array,
  slotsAt: number,
  slots: number,
  hash: number,
  rowBits: number,
): number {
  const tag = tagOf(hash, rowBits);
  for (let slot = startOf(hash, slots); ; slot = slot + 1 === slots ? 0 : slot + 1) {
    const value = slotAt(bytes, slotsAt + slot * SLOT_BYTES);
    if (value === 0) return -1;
    if (value >>> rowBits === tag) return (value & ((1 << rowBits) - 1)) - 1;
  }
}

/** Row of the item, -1 when the store has no such shelf yet. */
export function rowIn({ slab, first, slotsAt, slots }: Block, item: number): number {
  const { bytes, ints, room } = slab;
  const [hash, rowBits] = [hashOf(item), rowBitsOf(room)];
  const tag = tagOf(hash, rowBits);
  for (let slot = startOf(hash, slots); ; slot = slot + 1 === slots ? 0 : slot + 1) {
    const value = slotAt(bytes, slotsAt + slot * SLOT_BYTES);
    if (value === 0) return -1;
    if (value >>> rowBits !== tag) continue;
    const row = (value & ((1 << rowBits) - 1)) - 1;
    if (ints[(first + row) * RECORD_INTS + ITEM_PLACE] === item) return row;
  }
}

/** Puts the row of an item that has none into the index. */
export function fileRow({ slab: { bytes, room }, slotsAt, slots }: Block, item: number, row: number): void {
  const [hash, rowBits] = [hashOf(item), rowBitsOf(room)];
  let slot = startOf(hash, slots);
  while (slotAt(bytes, slotsAt + slot * SLOT_BYTES) !== 0) slot = slot + 1 === slots ? 0 : slot + 1;
  const value = (tagOf(hash, rowBits) << rowBits) | (row + 1);
  const at = slotsAt + slot * SLOT_BYTES;
  [bytes[at], bytes[at + 1], bytes[at + 2]] = [value, value >>> 8, value >>> 16];
}

const tagOf = (hash: number, rowBits: number): number => hash & ((1 << (SLOT_BITS - rowBits)) - 1);

const slotAt = (bytes: Uint8Array, at: number): number =>
  bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
