import { armOf, type Signal } from '@gondola/events';
import {
  eventsOf,
  HOUR_MS,
  MONDAY_MS,
  SHOP_ITEMS,
  shopSales,
  testModel,
  type EventRow,
} from '../test/support.js';
import { Engine } from './engine.js';

const GONE_FROM = 3 * 24 + 10;
const sales = shopSales(
  3 * 24 + 20,
  (item, hour) => item === 'milk' && hour >= GONE_FROM && hour < GONE_FROM + 8,
);
const at = (hour: number, minutes = 0) => MONDAY_MS + hour * HOUR_MS + minutes * 60_000;
const look = (hour: number, effect: 'seen_full' | 'seen_empty' | 'seen_filled'): EventRow => ({
  ...{ at: at(hour, 30), item: 'milk', effect, quantity: 0 },
});

function signalsOf(rows: readonly EventRow[], config = {}): Signal[] {
  const engine = new Engine({ environment: 'test', model: testModel, config });
  const signals = engine.apply(eventsOf([...rows].sort((left, right) => left.at - right.at)));
  return signals.filter(
    ({ itemId, atMs, kind }) => itemId === 'milk' && atMs >= at(GONE_FROM) && kind !== 'coming',
  );
}

describe('somebody who looks', () => {
  it('and finds it full ends the signal at once, and finds it empty raises it at once', () => {
    const raised = signalsOf(sales)[0].atMs;
    const hour = (raised - MONDAY_MS) / HOUR_MS;
    const [first, ended] = signalsOf([...sales, look(hour, 'seen_full')]);
    expect([first.kind, ended.kind, ended.atMs]).toEqual(['silent', 'recovered', at(hour, 30)]);
    const [early] = signalsOf([...sales, look(GONE_FROM, 'seen_empty')]);
    expect([early.kind, early.atMs, early.onHandRecord]).toEqual(['silent', at(GONE_FROM, 30), null]);
    expect(early.atMs).toBeLessThan(raised);
  });

  it('and fills it has lost all until then, more than where it was there', () => {
    const { atMs } = signalsOf(sales)[0];
    const hour = (atMs - MONDAY_MS) / HOUR_MS + 2;
    const endedBy = (effect: 'seen_full' | 'seen_filled') =>
      signalsOf([...sales, look(hour, effect)]).find(({ kind }) => kind === 'recovered');
    const [filled, there] = [endedBy('seen_filled'), endedBy('seen_full')];
    expect([filled?.atMs, there?.atMs]).toEqual([at(hour, 30), at(hour, 30)]);
    // 3 units an hour since the shelf went empty at GONE_FROM.
    expect(filled?.lostUnits).toBeGreaterThan(1.5 * (hour - GONE_FROM));
    expect(filled?.lostSales).toBeCloseTo(2 * (filled?.lostUnits ?? 0), 6);
    // It may have been filled before somebody looked, or never been empty.
    expect(there?.lostUnits).toBeLessThan((filled?.lostUnits ?? 0) / 1.5);
  });

  it('leaves the record as it is, but for one of nothing beside a full shelf', () => {
    const count = (quantity: number): EventRow => ({
      ...{ at: at(GONE_FROM - 4, 5), item: 'milk', effect: 'count', quantity },
    });
    const records = (rows: readonly EventRow[]) =>
      signalsOf(rows).map(({ kind, onHandRecord }) => [kind, onHandRecord]);
    const stocked = records([...sales, count(500), look(GONE_FROM, 'seen_empty')]);
    expect(stocked[0]).toEqual(['phantom', 500 - 4 * 3]);
    const empty = records([...sales, count(12), look(GONE_FROM + 1, 'seen_full')]);
    // It was out of stock with the last sale, an hour before what is looked at here.
    expect(empty[0]).toEqual(['recovered', null]);
  });
});

test('an episode is in one arm from its begin to its end, also over a restart', () => {
  const config = { holdOut: { share: 0.5, salt: 'a' } };
  const options = { environment: 'test', model: testModel, config };
  const rows = shopSales(
    21 * 24,
    (item, hour) => hour > 48 && Math.floor(hour / 7) % 5 === SHOP_ITEMS.indexOf(item),
  ).sort((left, right) => left.at - right.at);
  const half = rows.length >> 1;
  const before = new Engine(options);
  const signals = before.apply(eventsOf(rows.slice(0, half)));
  signals.push(...Engine.fromBytes(before.toBytes(), options).apply(eventsOf(rows.slice(half))));
  const arms = new Map<string, string>();
  for (const { episodeId, storeId, itemId, atMs, arm } of signals) {
    if (!arms.has(episodeId)) arms.set(episodeId, armOf(storeId, itemId, atMs, config.holdOut));
    expect(arm).toBe(arms.get(episodeId));
  }
  expect(new Set(arms.values())).toEqual(new Set(['treated', 'hold_out']));
});
