import fc from 'fast-check';
import { signalWith } from '../../test/lake-fixture.js';
import { SignalStore } from '../signals/signal-store.js';
import { OpenNow } from './open-now.js';
import { tallyOf } from './views.js';

const storeWith = (shelves: number, stores = 3) => {
  const store = new SignalStore(100_000);
  store.add(
    Array.from({ length: shelves }, (_, shelf) =>
      signalWith({ signalId: `${shelf}`, storeId: `${shelf % stores}`, itemId: `${shelf}` }),
    ),
  );
  return store;
};

function wellStores(stores: number): SignalStore {
  const store = new SignalStore(stores);
  for (let n = 0; n < stores; n++)
    store.add([signalWith({ signalId: `${n}`, storeId: `${n}`, kind: 'recovered' })]);
  return store;
}

it('is the sum of what is open in each store', async () => {
  const shelf = fc.record({
    storeId: fc.constantFrom('1', '2', '3'),
    itemId: fc.constantFrom('a', 'b', 'c', 'd'),
    kind: fc.constantFrom('out_of_stock' as const, 'coming' as const, 'recovered' as const),
    probability: fc.constantFrom(0.25, 0.5, 1),
    lostSalesPerHour: fc.option(fc.integer({ min: 0, max: 64 })),
    currency: fc.constantFrom('EUR', 'COP', null),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(shelf), async (shelves) => {
      const store = new SignalStore(100);
      store.add(shelves.map((one, n) => signalWith({ signalId: `${n}`, ...one })));
      const { total, byStore } = await new OpenNow(store).everywhere();
      const { open, openTotal, lost } = tallyOf(store.open());
      expect(total).toMatchObject({ open, openTotal });
      expect(total.lost.unitsWithoutPrice).toBeCloseTo(lost.unitsWithoutPrice, 9);
      expect(new Set(total.lost.sales)).toEqual(new Set(lost.sales));
      for (const [storeId, tally] of byStore) expect(tally.openTotal).toBe([...store.open(storeId)].length);
    }),
  );
});

it('is counted once for all who ask meanwhile, and again after ten times as long', async () => {
  let nowMs = 0;
  // Each store takes 4 ms.
  class SlowStore extends SignalStore {
    override open(storeId?: string) {
      nowMs += 4;
      return super.open(storeId);
    }
  }
  const store = new SlowStore(100);
  store.add([signalWith({ signalId: 'a' }), signalWith({ signalId: 'b', storeId: '2' })]);
  const openNow = new OpenNow(store, () => nowMs);
  const counting = openNow.everywhere();
  expect(openNow.everywhere()).toBe(counting);
  expect((await counting).total.openTotal).toBe(2);
  store.add([signalWith({ signalId: 'new', itemId: 'new' })]);
  nowMs = 87;
  expect(openNow.everywhere()).toBe(counting);
  nowMs = 88;
  expect((await openNow.everywhere()).total.openTotal).toBe(3);
});

it('is counted again when much came meanwhile, and after a second, however long it took', async () => {
  let nowMs = 0;
  const store = storeWith(5);
  const openNow = new OpenNow(store, () => (nowMs += 1_000));
  await openNow.everywhere();
  store.add(
    Array.from({ length: 1_000 }, (_, n) => signalWith({ signalId: `new ${n}`, itemId: `new ${n}` })),
  );
  expect((await openNow.everywhere()).total.openTotal).toBe(1_005);
  store.add([signalWith({ signalId: 'one more', itemId: 'one more' })]);
  expect((await openNow.everywhere()).total.openTotal).toBe(1_006);
});

it.each([
  ['shelves', storeWith(9_000, 90)],
  ['stores with nothing open', wellStores(5_000)],
])('lets others have their turn between a thousand %s', async (_, store) => {
  const openNow = new OpenNow(store);
  let turns = 0;
  let isOver = false;
  void openNow.everywhere().finally(() => (isOver = true));
  while (!isOver) {
    await new Promise(setImmediate);
    turns++;
  }
  expect(turns).toBeGreaterThanOrEqual(4);
});
