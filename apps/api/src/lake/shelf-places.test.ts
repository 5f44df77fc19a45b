import fc from 'fast-check';
import { cleanUp, isReady, newLake, start, until, type Json } from '../../test/api-harness.js';
import { NOON_MS, signalWith } from '../../test/lake-fixture.js';
import { ShelfPlaces } from './shelf-places.js';

afterEach(cleanUp);

const told = fc.record({
  store: fc.constantFrom('1', '2', '', 'S 003'),
  item: fc.nat(900).map((n) => `i${n}`),
  bay: fc.option(fc.constantFrom('P7-3', 'Pasillo 7, módulo 3', 'caja')),
  seconds: fc.nat(20),
});

it('keeps of each shelf what was told last, in whatever order it comes', () => {
  fc.assert(
    fc.property(fc.array(told, { maxLength: 1_500, size: 'max' }), (rows) => {
      const places = new ShelfPlaces(10_000);
      const model = new Map<string, (typeof rows)[number]>();
      for (const row of rows) {
        places.set(row.store, row.item, row.bay, NOON_MS + row.seconds * 1_000);
        const key = JSON.stringify([row.store, row.item]);
        if (row.seconds >= (model.get(key)?.seconds ?? 0)) model.set(key, row);
      }
      expect(places.size).toBe(model.size);
      for (const { store, item, bay } of model.values()) expect(places.bayOf(store, item)).toBe(bay);
      expect(places.bayOf('1', 'i901')).toBeNull();
      expect(places.bayOf('3', 'i1')).toBeNull();
    }),
    { numRuns: 10 },
  );
});

it('keeps no more shelves than it may, and goes on with those that it has', () => {
  const places = new ShelfPlaces(2);
  for (const item of ['a', 'b', 'c']) places.set('1', item, `bay ${item}`, NOON_MS);
  places.set('1', 'a', 'bay b', NOON_MS);
  places.set('2', 'a', 'bay a', NOON_MS);
  expect(['a', 'b', 'c'].map((item) => places.bayOf('1', item))).toEqual(['bay b', 'bay b', null]);
  expect([places.size, places.bayOf('2', 'a')]).toEqual([2, null]);
  // A text that is one too many is no place.
  places.set('1', 'b', 'bay x', NOON_MS);
  expect(places.bayOf('1', 'b')).toBeNull();
});

it('signals, tasks and shelves say where to go, and follow the catalog', async () => {
  const lake = await newLake();
  const place = (itemId: string, bay: string | null, minute = 0) => ({
    ...{ retail_store_id: '1001', item_id: itemId, bay, updated_at: (NOON_MS + minute * 60_000) * 1_000 },
  });
  await lake.addSignals(['milk', 'bread'].map((itemId) => signalWith({ signalId: itemId, itemId })));
  await lake.addPlacements([place('milk', 'P7-4', 1), place('milk', 'P7-3')]);
  const { app, get } = await start(lake);
  await until('ready', () => isReady(app));
  const bays = async (path: string, list: string) => {
    const rows = (await get(path)).body[list] as Json[];
    return Object.fromEntries(rows.map(({ itemId, bay }) => [String(itemId), bay]));
  };
  for (const [path, list] of [
    ['/signals', 'signals'],
    ['/shelves', 'shelves'],
    ['/tasks?store=1001', 'tasks'],
    ['/stores/1001/shelves', 'open'],
  ])
    expect(await bays(path, list)).toEqual({ milk: 'P7-4', bread: null });
  await lake.addPlacements([place('milk', null, 2), place('bread', 'Pasillo 1, módulo 2')]);
  await until('the places are others', async () => (await get('/shelves/1001/milk')).body['bay'] === null);
  expect((await get('/shelves/1001/bread')).body).toMatchObject({
    bay: 'Pasillo 1, módulo 2',
    open: { bay: 'Pasillo 1, módulo 2' },
  });
  expect(await bays('/signals', 'signals')).toEqual({ milk: null, bread: 'Pasillo 1, módulo 2' });
});
