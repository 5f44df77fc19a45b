import { CatalogNames } from '../lake/catalog-names.js';
import { StoreSights } from './store-sights.js';
import { HOUR_MS, NOON_MS } from '../../test/lake-fixture.js';

const names = new CatalogNames(10);
names.addStores([
  {
    ...{ retail_store_id: 'hours', name: 'A', city: null, time_zone: 'America/Bogota' },
    opening_hours: 'Mo-Su 08:00-20:00',
  },
  { retail_store_id: 'plain', name: 'B', city: null },
  { retail_store_id: 'dead', name: 'C', city: null },
  { retail_store_id: 'shut', name: 'D', city: null },
  { retail_store_id: 'new', name: 'E', city: null },
]);
const closure = {
  closureId: 'c',
  storeId: 'plain',
  fromMs: NOON_MS,
  untilMs: NOON_MS + HOUR_MS,
  reason: null,
};
const lastAtMsByStore = new Map(['hours', 'plain', 'dead', 'shut'].map((id) => [id, NOON_MS]));
const blind = new Map([
  ['dead', 'feed_dead'],
  ['shut', 'store_closed'],
] as const);
const sights = new StoreSights(
  names,
  { blindingKindOf: (id) => blind.get(id as 'dead') ?? null },
  { lastAtMsByStore },
);

it.each([
  // 12:00 UTC is 07:00 in Bogotá.
  ['hours', 0, 'closed'],
  ['hours', 1, 'seen'],
  ['hours', 12.9, 'seen'],
  ['hours', 13, 'closed'],
  ['plain', 0, 'seen'],
  ['dead', 0, 'no_data'],
  ['shut', 0, 'closed'],
  ['new', 0, 'no_data'],
  ['unheard', 0, 'no_data'],
])('%s at noon and %s h is %s', (storeId, hours, sight) =>
  expect(sights.of(storeId, NOON_MS + hours * HOUR_MS)).toBe(sight),
);

it.each([
  // From 08:00 in Bogotá, which is 13:00 UTC.
  ['hours', 0.4, 1],
  ['hours', 1, null],
  ['hours', 13, 25],
  ['plain', 0, null],
  ['shut', 0, null],
])('%s at noon and %s h opens at noon and %s h', (storeId, hours, opens) =>
  expect(sights.opensAtMs(storeId, NOON_MS + hours * HOUR_MS)).toBe(
    opens === null ? null : NOON_MS + opens * HOUR_MS,
  ),
);

it('takes closures, the newest of each', () => {
  names.addClosures([{ ...closure, isCancelled: false, updatedMs: 1 }]);
  expect(sights.of('plain', NOON_MS)).toBe('closed');
  expect(sights.opensAtMs('plain', NOON_MS)).toBe(NOON_MS + HOUR_MS);
  expect(sights.of('plain', NOON_MS + HOUR_MS)).toBe('seen');
  names.addClosures([{ ...closure, isCancelled: true, updatedMs: 2 }]);
  names.addClosures([{ ...closure, isCancelled: false, updatedMs: 1 }]);
  expect(sights.of('plain', NOON_MS)).toBe('seen');
});

it('does not take a night for all stores where hours of some are not known', () =>
  expect(sights.isEveryStoreClosed(NOON_MS)).toBe(false));
