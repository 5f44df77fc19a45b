import { Slab, SLOT_BYTES, type Block } from './record-arena.js';
import { fileRow, hashOf, likelyRow, rowBitsOf, ROWS_MAX } from './shelf-index.js';

it.each([1, 2 ** 20, 2 ** 23, ROWS_MAX - 1])(
  'finds row %i of a store that has room for as many as can be',
  (row) => {
    const slots = 20;
    const slab = Object.assign(Object.create(Slab.prototype) as Slab, {
      room: 2 ** 24,
      bytes: new Uint8Array(slots * SLOT_BYTES),
    });
    const block: Block = { slab, at: 0, first: 0, slotsAt: 0, slots };
    for (const item of [1, 77, 1_000_000]) {
      fileRow(block, item, row);
      expect(likelyRow(slab.bytes, 0, slots, hashOf(item), rowBitsOf(slab.room))).toBe(row);
      slab.bytes.fill(0);
    }
  },
);
