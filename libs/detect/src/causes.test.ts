import { CAUSE_NAMES } from '@gondola/events';
import fc from 'fast-check';
import { CAUSE_FACTS, causeBinsOf, causesOf, type CauseFacts, type CauseTable } from './causes.js';
import { CAUSE_TABLE } from './cause-table.js';
import type { ShelfOrder, Supply } from './orders.js';

const HOUR_MS = 3_600_000;
const NOW = 1_000 * 24 * HOUR_MS;
const order = (status: ShelfOrder['status'], details: Partial<ShelfOrder> = {}): ShelfOrder => ({
  ...{ status, orderedMs: NOW - 20 * HOUR_MS, dueMs: null, orderedUnits: 48, receivedUnits: 0 },
  ...details,
});
const supply = (...orders: readonly ShelfOrder[]): Supply => ({
  ...{ orders, receivedMs: null, receivedUnits: 0, leadMs: 24 * HOUR_MS },
});
const facts = (details: Partial<CauseFacts> = {}): CauseFacts => ({
  ...{ kind: 'phantom', atMs: NOW, silentSinceMs: NOW - 5 * HOUR_MS, record: 8, unitsPerDay: 10 },
  ...{ supply: null, nilPicks: 0 },
  ...details,
});
const received = (hoursAgo: number, ...orders: readonly ShelfOrder[]): Supply => ({
  ...supply(...orders),
  ...{ receivedMs: NOW - hoursAgo * HOUR_MS, receivedUnits: 48 },
});

test.each<readonly [string, Partial<CauseFacts>, object]>([
  ['nothing told of supply', {}, { record: 'under_a_day', demand: 'middling' }],
  ['less than nothing', { record: -1 }, { record: 'negative' }],
  ['two days of a slow shelf', { record: 3, unitsPerDay: 2 }, { record: 'under_two_days', demand: 'slow' }],
  ['no record', { record: null, supply: supply(order('ordered')) }, { order: 'running' }],
  ['a record that still holds', { kind: 'coming', supply: supply(order('done')) }, { order: 'none' }],
  ['an order due tomorrow', { supply: supply(order('shipped', { dueMs: NOW + 1 })) }, { order: 'running' }],
  ['one that was due', { supply: supply(order('shipped', { dueMs: NOW - 1 })) }, { order: 'overdue' }],
  [
    'one without a promise, older than usual',
    { supply: supply(order('ordered', { orderedMs: NOW - 40 * HOUR_MS })) },
    { order: 'overdue' },
  ],
  ['one that was cancelled', { supply: supply(order('cancelled')) }, { order: 'cancelled' }],
  [
    'a cancelled one before one that runs',
    { supply: supply(order('ordered'), order('cancelled')) },
    { order: 'running' },
  ],
  [
    'a delivery of which little came',
    { supply: received(3, order('done', { receivedUnits: 12 })) },
    { order: 'none', delivery: 'short' },
  ],
  ['a delivery that never sold', { supply: received(4) }, { delivery: 'unsold' }],
  [
    'one that is there for a day',
    { supply: received(4), silentSinceMs: NOW - 3 * HOUR_MS },
    { delivery: 'sold_of' },
  ],
  ['somebody looked', { nilPicks: 2 }, { pick: 'not_found' }],
])('facts: %s', (_, details, bins) => {
  const found = causeBinsOf(facts(details));
  expect(found).toMatchObject(bins);
  expect(Object.keys(found)).toEqual(expect.arrayContaining(Object.keys(bins)));
  if (details.kind === 'coming' || details.record === null) expect(found).not.toHaveProperty('record');
});

const evenly = (fact: keyof typeof CAUSE_FACTS) =>
  Object.fromEntries(CAUSE_FACTS[fact].map((bin) => [bin, CAUSE_NAMES.map(() => 1)]));
/** Nothing says anything, but a record below nothing: nine times as often where stock is negative. */
const TABLE: CauseTable = {
  base: [0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1],
  given: {
    record: { ...evenly('record'), negative: [0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.1] },
    ...{
      order: evenly('order'),
      delivery: evenly('delivery'),
      pick: evenly('pick'),
      demand: evenly('demand'),
    },
  },
};

test('by Bayes, the likeliest first', () => {
  const [first, ...others] = causesOf(facts({ record: -2 }), TABLE);
  expect(first.name).toBe('negative_stock');
  // .1 x .9 against .9 x .1
  expect(first.probability).toBeCloseTo(0.5, 9);
  expect(others[0].probability).toBeCloseTo(0.02 / 0.18, 9);
});

test('without a record and without a supply nothing can be said, and what is over has no cause', () => {
  expect(causesOf(facts({ record: null }))).toEqual([{ name: 'unknown', probability: 1 }]);
  expect(causesOf(facts({ kind: 'recovered' }))).toEqual([]);
});

test('a shelf that does not stand empty yet is not short of stock by mistake', () => {
  const named = causesOf(facts({ kind: 'coming', supply: supply(order('ordered')) })).map(({ name }) => name);
  expect(new Set(named)).toEqual(
    new Set(['not_ordered', 'ordered_not_delivered', 'partial_delivery', 'unknown']),
  );
});

test.each<readonly [string, Partial<CauseFacts>]>([
  ['not_ordered', { kind: 'out_of_stock', record: 0, supply: supply(order('done')) }],
  ['ordered_not_delivered', { kind: 'out_of_stock', record: 0, supply: supply(order('shipped')) }],
  ['negative_stock', { kind: 'phantom', record: -3, supply: supply(order('done')) }],
])('the shipped table says %s where the facts do', (name, details) => {
  expect(causesOf(facts(details))[0].name).toBe(name);
});

test('the shipped table has a positive frequency for every fact and cause', () => {
  expect(CAUSE_TABLE.base).toHaveLength(CAUSE_NAMES.length);
  for (const [fact, bins] of Object.entries(CAUSE_FACTS))
    for (const bin of bins) {
      const row = CAUSE_TABLE.given[fact as keyof typeof CAUSE_FACTS][bin];
      expect(row).toHaveLength(CAUSE_NAMES.length);
      for (const frequency of row) expect(frequency).toBeGreaterThan(0);
    }
});

test('whatever is known, probabilities sum to 1 in falling order', () => {
  const anyOrder = fc.record({
    status: fc.constantFrom('ordered', 'shipped', 'done', 'cancelled'),
    orderedMs: fc.option(fc.integer({ min: NOW - 1e9, max: NOW })),
    dueMs: fc.option(fc.integer({ min: NOW - 1e9, max: NOW + 1e9 })),
    orderedUnits: fc.integer({ min: 0, max: 99 }),
    receivedUnits: fc.integer({ min: 0, max: 99 }),
  } as const);
  const anySupply = fc.record({
    orders: fc.array(anyOrder, { maxLength: 2 }),
    receivedMs: fc.option(fc.integer({ min: NOW - 1e9, max: NOW })),
    receivedUnits: fc.integer({ min: 0, max: 99 }),
    leadMs: fc.option(fc.integer({ min: 1, max: 1e9 })),
  });
  const anyFacts = fc.record({
    kind: fc.constantFrom('out_of_stock', 'phantom', 'silent', 'partial', 'coming'),
    atMs: fc.constant(NOW),
    silentSinceMs: fc.integer({ min: NOW - 1e9, max: NOW }),
    record: fc.option(fc.integer({ min: -9, max: 99 })),
    unitsPerDay: fc.float({ min: 0, max: 99, noNaN: true }),
    supply: fc.option(anySupply),
    nilPicks: fc.integer({ min: 0, max: 3 }),
  } as const);
  fc.assert(
    fc.property(anyFacts, (known) => {
      const causes = causesOf(known);
      expect(causes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
      for (let at = 1; at < causes.length; at++)
        expect(causes[at].probability).toBeLessThanOrEqual(causes[at - 1].probability);
    }),
  );
});
