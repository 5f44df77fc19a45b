import type { SightEffect } from '@gondola/events';
import {
  eventsOf,
  HOUR_MS,
  MONDAY_MS,
  shopSales,
  testModel,
  treeModel,
  type EventRow,
} from '../test/support.js';
import { Engine } from './engine.js';
import { logit } from './equations.js';

const DAYS = 3;
const at = (hour: number, minutes: number) => MONDAY_MS + (DAYS * 24 + hour) * HOUR_MS + minutes * 60_000;
/** Rice is in the range and sells now and then: once a day, so that hours without a sale say nearly nothing. */
const calm = shopSales((DAYS + 1) * 24, (item, hour) => item === 'rice' && hour % 24 !== 10).filter(
  ({ at: time }) => time < at(23, 0),
);
const sight = (effect: SightEffect, session: string, minutes: number, hour = 12): EventRow => ({
  ...{ at: at(hour, minutes), item: 'rice', effect, session },
});

/** All that is signalled of rice when these rows stand among the shop's. */
function signalsWith(rows: readonly EventRow[], { model = testModel, config = {} } = {}) {
  const engine = new Engine({ environment: 'test', model, config: { comingProbability: 1, ...config } });
  const ordered = [...calm, ...rows].sort((left, right) => left.at - right.at);
  const signals = engine.apply(eventsOf(ordered)).filter(({ itemId }) => itemId === 'rice');
  return { engine, signals: signals.filter(({ atMs }) => atMs >= at(11, 0)) };
}

/** P(out) of rice at the end of the hour from 12 to 13 h. */
function probabilityAfter(rows: readonly EventRow[], { model = testModel, config = {} } = {}) {
  let probability = NaN;
  const engine = new Engine({
    ...{ environment: 'test', model, config },
    onTick: ({ endMs, count, itemAt, probabilityOf }) => {
      if (endMs !== at(13, 0)) return;
      for (let row = 0; row < count; row++) if (itemAt(row) === 'rice') probability = probabilityOf(row);
    },
  });
  engine.apply(eventsOf([...calm, ...rows].sort((left, right) => left.at - right.at)));
  return probability;
}
const oddsAfter = (rows: readonly EventRow[], options = {}) => logit(probabilityAfter(rows, options));
const base = oddsAfter([]);
const SEEN_OUT = Math.log(0.6 / 0.02);
const NIL_PICK = Math.log(0.9 / 0.03);
const CARTED = Math.log(0.4 / 0.8);

test.each<readonly [string, readonly EventRow[], number]>([
  ['one visit that saw none', [sight('seen_out', 'v1', 5)], SEEN_OUT],
  ['the same visit, five times', [5, 6, 7, 8, 9].map((m) => sight('seen_out', 'v1', m)), SEEN_OUT],
  [
    'a visit by the strongest it met',
    [sight('carted', 'v1', 5), sight('seen_out', 'v1', 6), sight('carted', 'v1', 7)],
    SEEN_OUT,
  ],
  ['two visits, capped', [sight('seen_out', 'v1', 5), sight('nil_pick', 'o1', 6)], 4],
  ['visits without names are one', [sight('carted', '', 5), { ...sight('carted', '', 6) }], CARTED],
  ['one that found it', [sight('carted', 'v1', 5), sight('carted', 'v2', 6)], 2 * CARTED],
  ['one against the other', [sight('nil_pick', 'o1', 5), sight('carted', 'v2', 6)], NIL_PICK + CARTED],
  ['what was seen before a sale', [sight('seen_out', 'v1', 5, 9)], 0],
])('%s', (_, rows, weight) => {
  expect(oddsAfter(rows) - base).toBeCloseTo(weight, 6);
});

const stated = (quantity: number): EventRow => ({ at: at(11, 0), item: 'rice', effect: 'record', quantity });

test.each<readonly [SightEffect, number, boolean]>([
  ['seen_out', 0, false],
  ['cart_failed', 0, false],
  ['carted', 0, true],
  ['nil_pick', 0, true],
  ['seen_out', -2, false],
  ['seen_out', 8, true],
  ['cart_failed', 8, true],
  ['search_missed', 0, false],
  ['search_missed', 8, true],
  ['carted', 8, false],
  ['picked', 8, true],
])('%s where the record says %d counts: %s', (effect, units, counts) => {
  const [without, withSight] = [[], [sight(effect, 'v1', 5)]].map((rows) =>
    oddsAfter([stated(units), ...rows]),
  );
  expect(Math.abs(withSight - without) > 0.1).toBe(counts);
});

test('fades as shelves are filled overnight, and a count ends it', () => {
  const seen = [1, 2].map((n) => sight('seen_out', `v${n}`, n));
  const counted: EventRow = { at: at(12, 30), item: 'rice', effect: 'count', quantity: 9 };
  const sold: EventRow = { at: at(12, 30), item: 'rice' };
  expect(probabilityAfter([...seen, counted])).toBeCloseTo(probabilityAfter([counted]), 9);
  expect(probabilityAfter([...seen, sold])).toBeCloseTo(probabilityAfter([sold]), 9);
  const received: EventRow = { ...counted, effect: 'receipt' };
  expect(probabilityAfter([...seen, received])).toBeLessThan(0.2);
});

test('a shelf is signalled when it is seen empty, with evidence that adds up, and recovered by a sale', () => {
  const rows = [sight('seen_out', 'v1', 5), sight('nil_pick', 'o1', 20), { at: at(14, 30), item: 'rice' }];
  const [raised, recovered] = signalsWith(rows).signals;
  expect(raised).toMatchObject({ kind: 'silent' });
  expect(raised.atMs).toBeLessThanOrEqual(at(12, 20));
  const told = raised.evidence.find(({ name }) => name === 'clickstream');
  expect(told?.weight).toBeGreaterThan(3);
  expect(told?.facts).toMatchObject({ outViews: 1 });
  const total = raised.evidence.reduce((sum, { weight }) => sum + weight, 0);
  expect(total).toBeCloseTo(logit(raised.probability), 9);
  expect(recovered).toMatchObject({ kind: 'recovered', atMs: at(14, 30) });
});

test('opens nothing in an hour in which it sold', () => {
  const rows = [{ at: at(12, 1), item: 'rice' }, sight('nil_pick', 'o1', 5), sight('nil_pick', 'o2', 6)];
  expect(signalsWith(rows).signals.filter(({ atMs }) => atMs < at(13, 30) && atMs > at(11, 0))).toEqual([]);
});

test('trees are asked first, and what was seen speaks after them', () => {
  const seen = [sight('seen_out', 'v1', 5)];
  const [without, withSight] = [[], seen].map((rows) => oddsAfter(rows, { model: treeModel }));
  expect(withSight - without).toBeCloseTo(SEEN_OUT, 6);
});

test('a visit makes no shelf and no store known', () => {
  const engine = new Engine({ environment: 'test', model: testModel });
  engine.apply(eventsOf([{ at: at(9, 0) }]));
  engine.apply(
    eventsOf([
      { ...sight('seen_out', 'v1', 5), item: 'caviar' },
      { ...sight('seen_out', 'v1', 5), store: 's9' },
    ]),
  );
  expect(engine.size).toEqual({ stores: 1, shelves: 1 });
});

test('state holds no name of a visit', () => {
  const { engine } = signalsWith([sight('seen_out', 'somebody-7', 50, 22)]);
  expect(Buffer.from(engine.toBytes()).includes('somebody-7')).toBe(false);
});
