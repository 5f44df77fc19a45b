import fc from 'fast-check';
import { EngineMemory } from './engine-memory.js';
import { ShelfTable } from './shelf-state.js';

describe('the shelves of many stores', () => {
  it('are found by store and item and keep what they were told, however stores grow', () => {
    // Stores of one to some thousand shelves, which grow in turns, so that blocks are given back and taken by others.
    const stores = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(stores, fc.integer(), (counts, seed) => {
        const odd: [number, number][] = [];
        const home = new EngineMemory();
        const tables = counts.map(() => new ShelfTable(false, home));
        const itemOf = (store: number, row: number) =>
          1 + ((row * 7 + store + Math.abs(seed % 1_000)) % 1_000_000);
        for (let row = 0; row < Math.max(...counts); row++) {
          for (const [store, table] of tables.entries()) {
            if (row >= counts[store]) continue;
            const [before, added] = [table.rowOf(itemOf(store, row)), table.add(itemOf(store, row))];
            if (before !== -1 || added !== row || table.columns.tickSold.at(row) !== 0)
              odd.push([store, row]);
            table.columns.tickSold.set(row, store * 10_000 + row);
            table.columns.prior.set(row, row / 3_000);
          }
        }
        expect(odd).toEqual([]);
        const wrong = tables.flatMap((table, store) =>
          Array.from({ length: counts[store] }, (_, row) => row).filter(
            (row) =>
              table.rowOf(itemOf(store, row)) !== row ||
              table.columns.tickSold.at(row) !== store * 10_000 + row ||
              table.columns.prior.at(row) !== row / 3_000,
          ),
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('need less than four bytes each to be found', () => {
    const table = new ShelfTable(false);
    const before = table.byteLength(1);
    for (let item = 1; item <= 1_000; item++) table.add(item);
    // A store that grew has room for more.
    const { shelves } = ShelfTable.read(written(table), 0, {
      count: 1_000,
      remembers: false,
      home: new EngineMemory(),
    });
    expect(shelves.bytesPerShelf - before).toBeLessThan(4);
  });
});

function written(table: ShelfTable): Uint8Array {
  const bytes = new Uint8Array(table.byteLength(table.count));
  table.write(bytes, 0, table.count);
  return bytes;
}
