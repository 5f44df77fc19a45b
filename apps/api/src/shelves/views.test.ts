import { CatalogNames } from '../lake/catalog-names.js';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';
import { plainSignal } from '../signals/packed-signals.js';
import { SignalStore } from '../signals/signal-store.js';
import { storeSummaries, tallyOf, topShelves } from './views.js';

const priced = signalWith({ signalId: 'priced', itemId: '1', lostSalesPerHour: 10 });
const dear = signalWith({ signalId: 'dear', itemId: '2', lostSalesPerHour: 90 });
const pesos = signalWith({ signalId: 'pesos', itemId: '3', lostSalesPerHour: 5_000, currency: 'COP' });
const unpriced = signalWith({
  signalId: 'unpriced',
  itemId: '4',
  lostSalesPerHour: null,
  currency: null,
  demandPerHour: 7,
});
const coming = signalWith({ signalId: 'coming', itemId: '5', kind: 'coming', lostSalesPerHour: 800 });
const all = [unpriced, coming, priced, dear, pesos];

it('sums losses per currency, each as likely as it is, units where no price is known, and nothing for what is still on the shelf', () => {
  const { lost, open, openTotal } = tallyOf(all.map((one) => ({ ...one, probability: 0.5 })));
  expect(lost).toEqual({
    sales: [
      { currency: 'COP', perHour: 2_500 },
      { currency: 'EUR', perHour: 50 },
    ],
    unitsWithoutPrice: 3.5,
  });
  expect(open).toEqual({ out_of_stock: 0, phantom: 0, silent: 4, coming: 1, recovered: 0, partial: 0 });
  expect(openTotal).toBe(5);
});

it('ranks what loses now before what will, and prices before units', () => {
  const store = new SignalStore(100);
  store.add(all);
  const ranked = (limit: number) => topShelves(store, {}, limit).shelves.map(({ signalId }) => signalId);
  expect(ranked(10)).toEqual(['pesos', 'dear', 'priced', 'unpriced', 'coming']);
  expect(ranked(2)).toEqual(['pesos', 'dear']);
  const { shelves, total } = topShelves(store, { kinds: new Set(['coming']) }, 1);
  expect({ shelves: shelves.map(plainSignal), total }).toEqual({ shelves: [coming], total: 1 });
});

it('ranks thousands of open shelves as it ranks all of them', () => {
  const store = new SignalStore(10_000);
  store.add(
    Array.from({ length: 3_000 }, (_, shelf) =>
      signalWith({
        ...{ signalId: `s${shelf}`, itemId: `i${shelf}`, lostSalesPerHour: (shelf * 7_919) % 997 },
        kind: shelf % 5 === 0 ? 'coming' : 'silent',
      }),
    ),
  );
  const all = topShelves(store, {}, Infinity);
  expect(all.total).toBe(3_000);
  for (const limit of [1, 7, 150, 2_999])
    expect(topShelves(store, {}, limit)).toEqual({ shelves: all.shelves.slice(0, limit), total: 3_000 });
});

it('lists stores of the catalog that never had a signal as such', () => {
  const store = new SignalStore(100);
  const names = new CatalogNames(10);
  names.addStores([
    { retail_store_id: '1001', name: 'Centro', city: 'Quito' },
    { retail_store_id: '2002', name: 'Norte', city: null },
  ]);
  store.add([
    priced,
    signalWith({ signalId: 'x', storeId: '3003', kind: 'recovered', atMs: NOON_MS + HOUR_MS }),
  ]);
  const summaries = storeSummaries(
    store,
    names,
    (storeId) => (storeId === '2002' ? 'no_data' : 'seen'),
    (storeId) => tallyOf(store.open(storeId)),
  );
  expect(
    summaries.map(({ storeId, name, openTotal, lastSignalAtMs }) => [
      storeId,
      name,
      openTotal,
      lastSignalAtMs,
    ]),
  ).toEqual([
    ['1001', 'Centro', 1, NOON_MS],
    ['2002', 'Norte', 0, null],
    ['3003', null, 0, NOON_MS + HOUR_MS],
  ]);
});

it('keeps so many names and the newest of each', () => {
  const names = new CatalogNames(2);
  names.addItems([
    { item_id: 'a', name: 'old' },
    { item_id: 'b', name: 'B' },
    { item_id: 'a', name: 'new' },
    { item_id: 'c', name: 'C' },
    { item_id: null, name: 'nobody' },
  ]);
  expect([names.item('a'), names.item('b'), names.item('c')]).toEqual(['new', null, 'C']);
});
