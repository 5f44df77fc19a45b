import {
  DAY_MS,
  eventsOf,
  HOUR_MS,
  MONDAY_MS,
  shopSales,
  testModel,
  type EventRow,
} from '../test/support.js';
import { Engine } from './engine.js';
import { Promotions, upliftOf } from './promotions.js';
import { Names } from './names.js';

/** Milk sells three times as much on the days 6 to 8. */
const [FROM_MS, UNTIL_MS] = [MONDAY_MS + 6 * DAY_MS, MONDAY_MS + 9 * DAY_MS];
const promotion = { fromMs: FROM_MS, untilMs: UNTIL_MS, uplift: 3 };
const isPromoted = (ms: number) => ms >= FROM_MS && ms < UNTIL_MS;
const sales: EventRow[] = shopSales(12 * 24).map((row) =>
  row.item === 'milk' && isPromoted(row.at) ? { ...row, quantity: 9 } : row,
);

/** Units expected of milk at noon of each day. */
function expectedAtNoon(told: boolean, restartAt = Infinity): number[] {
  const noon: number[] = [];
  const options = {
    ...{ environment: 'test', model: testModel, signals: false },
    onTick: ({
      hour,
      count,
      itemAt,
      expected,
    }: {
      hour: number;
      count: number;
      itemAt(row: number): string;
      expected: Float64Array;
    }) => {
      for (let row = 0; row < count; row++)
        if (hour === 12 && itemAt(row) === 'milk') noon.push(expected[row]);
    },
  };
  let engine = new Engine(options);
  if (told) expect(engine.setPromotion('milk', promotion)).toBe(true);
  engine.apply(eventsOf(sales.filter(({ at }) => at < restartAt)));
  if (restartAt < Infinity) engine = Engine.fromBytes(engine.toBytes(), options);
  if (told) expect(engine.setPromotion('milk', { ...promotion })).toBe(false);
  engine.apply(eventsOf(sales.filter(({ at }) => at >= restartAt)));
  return noon;
}

describe('a promotion', () => {
  const [told, untold] = [expectedAtNoon(true), expectedAtNoon(false)];

  it('is expected from its first hour to its last, and teaches the usual rate nothing', () => {
    expect(told.slice(0, 6)).toEqual(untold.slice(0, 6));
    expect(told[6] / told[5]).toBeCloseTo(3, 0);
    // Untold, what it sold is taken for what the item usually sells.
    expect(Math.abs(told[9] / told[5] - 1)).toBeLessThan(0.1);
    expect(untold[9] / untold[5]).toBeGreaterThan(1.2);
  });

  it('is part of the state', () => {
    expect(expectedAtNoon(true, MONDAY_MS + 7 * DAY_MS + 9 * HOUR_MS)).toEqual(told);
  });

  it('of which a catalog says absurd things is kept within bounds, ends, and is taken back', () => {
    const items = new Names();
    const promotions = new Promotions(items);
    promotions.set('milk', { fromMs: 0, untilMs: 2 * HOUR_MS, uplift: 1e9 });
    promotions.set('eggs', { fromMs: HOUR_MS, untilMs: 2 * HOUR_MS, uplift: 0 });
    const at = (hour: number) =>
      ['milk', 'eggs', 'salt'].map((item) => upliftOf(promotions.at(hour * HOUR_MS), items.find(item)));
    expect([at(0), at(1), at(2)]).toEqual([
      [50, 1, 1],
      [50, 0.1, 1],
      [1, 1, 1],
    ]);
    expect(promotions.set('milk', null)).toBe(true);
    expect(promotions.set('milk', null)).toBe(false);
    expect(at(1)).toEqual([1, 0.1, 1]);
  });
});
