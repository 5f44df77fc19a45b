import type { Incident } from '@gondola/events';
import fc from 'fast-check';
import { HOUR_MS, MONDAY_MS } from '../test/support.js';
import { FeedFold } from './feed-fold.js';

/** Forty stores in eight cities, five in each. */
const STORES = Array.from({ length: 40 }, (_, index) => index);
const cityOf = (store: number) => `city ${store % 8}`;

interface Silent {
  readonly store: number;
  readonly hours: number;
  readonly kind?: 'feed_dead' | 'store_closed';
}

function changeOf({ store, hours, kind = 'feed_dead' }: Silent, state: Incident['state'] = 'open'): Incident {
  const sinceMs = MONDAY_MS + hours * HOUR_MS;
  return {
    ...{ incidentId: `i${store} ${hours}`, environment: 'test', kind, state, storeId: `S${store}` },
    ...{ workstationId: null, itemId: null, region: null, sinceMs },
    atMs: sinceMs + (state === 'open' ? 2 : 8) * HOUR_MS,
    ...{ probability: 0.9, stores: 1, shelves: 100, currency: kind === 'feed_dead' ? null : 'COP' },
    ...{ lostSalesPerHour: kind === 'feed_dead' ? null : 50, facts: {} },
  };
}

function foldOf(changes: readonly Incident[], stores = STORES): FeedFold {
  const fold = new FeedFold();
  for (const store of stores) fold.place(`S${store}`, [cityOf(store)]);
  for (const change of changes) fold.add(change);
  return fold;
}

const briefly = (fold: FeedFold) =>
  fold
    .lines()
    .map(({ incident }) => `${incident.kind} ${incident.region} ${incident.stores}`)
    .sort();
const dead = (stores: readonly number[], hours = 10) => stores.map((store) => ({ store, hours }));

it.each<[string, Silent[], string[]]>([
  ['the whole chain is one line', dead(STORES), ['feed_dead null 40']],
  ['a city is one line', dead([0, 8, 16, 24, 32]), ['feed_dead city 0 5']],
  ['a city and a store elsewhere', dead([0, 8, 16, 24, 3]), ['feed_dead city 0 4']],
  ['two cities', dead([0, 8, 16, 24, 1, 9, 17, 25]), ['feed_dead city 0 4', 'feed_dead city 1 4']],
  ['three stores have a cause each', dead([0, 8, 16]), []],
  ['few of many stores too', dead([0, 1, 2, 3, 4, 5]), []],
  ['stores that fell silent one after the other', STORES.map((store) => ({ store, hours: store * 3 })), []],
  [
    'a holiday is another cause than a dead line',
    [
      ...STORES.slice(0, 20).map((store) => ({ store, hours: 10, kind: 'store_closed' as const })),
      ...dead(STORES.slice(20)),
    ],
    ['feed_dead null 20', 'store_closed null 20'],
  ],
])('%s', (_, silent, lines) => {
  expect(briefly(foldOf(silent.map((one) => changeOf(one))))).toEqual(lines);
});

it('keeps its id while stores join and leave, says what is lost, and ends once', () => {
  const all = STORES.map((store) => ({ store, hours: 10 + store / 40, kind: 'store_closed' as const }));
  const fold = foldOf(all.slice(0, 20).map((one) => changeOf(one)));
  const [first] = fold.lines();
  for (const one of all.slice(20)) fold.add(changeOf(one));
  const [later] = fold.lines();
  expect(later.incident).toMatchObject({
    ...{ incidentId: first.incident.incidentId, sinceMs: first.incident.sinceMs, stores: 40 },
    ...{ shelves: 4_000, lostSalesPerHour: 2_000, currency: 'COP' },
  });
  expect(fold.lineOf('i7 10.175')).toBe(first.incident.incidentId);
  expect(all.map((one) => fold.add(changeOf(one, 'closed')))).toEqual(all.map(() => true));
  expect(fold.lines()).toEqual([]);
  expect(fold.takeClosed()).toMatchObject([
    { incidentId: first.incident.incidentId, state: 'closed', stores: 40 },
  ]);
  expect(fold.takeClosed()).toEqual([]);
  expect(fold.lineOf('i7 10.175')).toBeNull();
});

it('counts stores that nothing is known of but their signals', () => {
  const fold = foldOf([], []);
  for (const store of STORES) fold.know(`S${store}`);
  for (const one of dead([0, 1, 2, 3])) fold.add(changeOf(one));
  expect(fold.lines()).toEqual([]);
});

it('stands for each incident once, for most stores of its region, whatever happened', () => {
  const change = fc.record({
    ...{ store: fc.integer({ min: 0, max: 39 }), hours: fc.integer({ min: 0, max: 6 }) },
    ...{ closes: fc.boolean(), kind: fc.constantFrom('feed_dead' as const, 'store_closed' as const) },
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (steps) => {
      const fold = foldOf([]);
      const open = new Set<string>();
      for (const { closes, ...silent } of steps) {
        const one = changeOf(silent, closes ? 'closed' : 'open');
        fold.add(one);
        if (closes) open.delete(one.incidentId);
        else open.add(one.incidentId);
        const members = fold.lines().flatMap((line) => line.members.map(({ incidentId }) => incidentId));
        expect(new Set(members).size).toBe(members.length);
        expect(members.filter((id) => !open.has(id))).toEqual([]);
      }
    }),
    { numRuns: 50 },
  );
});
