import type { Signal } from '@gondola/events';
import fc from 'fast-check';
import {
  DAY_MS,
  eventsOf,
  HOUR_MS,
  kindsOf,
  MONDAY_MS,
  shopSales,
  testModel,
  type EventRow,
} from '../test/support.js';
import { Engine } from './engine.js';
import { modelOf } from './model.js';

const options = { environment: 'test', model: testModel };
const at = (hour: number, minutes = 0) => MONDAY_MS + hour * HOUR_MS + minutes * 60_000;
const inOrder = (rows: readonly EventRow[]) => [...rows].sort((left, right) => left.at - right.at);
function run(rows: readonly EventRow[]): { engine: Engine; signals: Signal[] } {
  const engine = new Engine(options);
  return { engine, signals: engine.apply(eventsOf(inOrder(rows))) };
}
/** What the record says at the end. */
const recordAfter = (rows: readonly EventRow[]) => {
  let record = NaN;
  const engine = new Engine({
    ...options,
    onTick: (view) => {
      for (let row = 0; row < view.count; row++) if (view.itemAt(row) === 'milk') record = view.recordOf(row);
    },
  });
  engine.apply(eventsOf(inOrder(rows)));
  engine.advanceTo('s1', at(48));
  return record;
};
const opened = (signals: readonly Signal[]) =>
  kindsOf(signals).filter((kind) => kind !== 'coming' && kind !== 'recovered');

describe('clocks that are wrong', () => {
  it('one event far ahead moves no hour, is counted, and the store goes on', () => {
    const sales = shopSales(72);
    const ahead: EventRow = { at: at(40 + 24 * 300), item: 'milk', effect: 'count', quantity: 0 };
    const engine = new Engine(options);
    const before = sales.filter((row) => row.at < at(40));
    engine.apply(eventsOf([...before, ahead]));
    const ticks = engine.counts.ticks;
    const signals = engine.apply(eventsOf(sales.slice(before.length)));
    expect(engine.counts).toMatchObject({ aheadRows: 1, lateRows: 0 });
    expect(ticks).toBeLessThan(41);
    expect(engine.counts.ticks).toBeGreaterThan(ticks + 24);
    expect(opened(signals.filter(({ atMs }) => atMs > at(48)))).toEqual([]);
  });

  it('a store that was away for days comes back with its second event', () => {
    const { engine } = run([...shopSales(24), { at: at(24 * 5) }, { at: at(24 * 5, 1) }]);
    expect(engine.checkedUntilMs()).toBe(at(24 * 5 - 1));
  });

  it('a store hours or years ahead of all others makes none of their events late', () => {
    const good = ['s1', 's2', 's3'].flatMap((store) => shopSales(48).map((row) => ({ ...row, store })));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 * 400 }), (hoursAhead) => {
        const wrong = shopSales(48).map((row) => ({
          ...row,
          store: 'wrong',
          at: row.at + hoursAhead * HOUR_MS,
        }));
        const told = [...good, ...wrong].sort(
          (left, right) => toldAt(left, hoursAhead) - toldAt(right, hoursAhead),
        );
        const engine = new Engine(options);
        engine.apply(eventsOf(told));
        expect(engine.counts.lateRows).toBe(0);
      }),
      { numRuns: 15 },
    );
  });
});

/** When the event came, whatever its store's clock said. */
function toldAt(row: EventRow, hoursAhead: number): number {
  return row.store === 'wrong' ? row.at - hoursAhead * HOUR_MS : row.at;
}

describe('records', () => {
  const stock = (hour: number, quantity: number): EventRow => ({
    ...{ at: at(hour), item: 'milk', effect: 'record', quantity },
  });
  const move = (hour: number, effect: EventRow['effect'], quantity: number, document?: string): EventRow => ({
    ...{ at: at(hour), item: 'milk', effect, quantity },
    ...(document !== undefined && { document }),
  });

  it.each<[string, EventRow[], number]>([
    ['a sale and its return', [move(2, 'sale', 3), move(3, 'return', 3)], 10],
    ['a sale that is taken back', [move(2, 'sale', 3), move(3, 'sale', -3)], 10],
    ['a line that is void', [move(2, 'ignore', 3)], 10],
    ['a transfer to another store', [move(2, 'issue', 4)], 6],
    ['a transfer from there', [move(2, 'receipt', 4)], 14],
    ['a delivery note booked twice', [move(2, 'receipt', 4, 'n1'), move(9, 'receipt', 4, 'n1')], 14],
    ['a delivery note with two lines', [move(2, 'receipt', 4, 'n1'), move(2, 'receipt', 6, 'n1')], 20],
    ['more sold than was there', [move(2, 'sale', 14)], -4],
    ['a record below nothing', [stock(2, -7)], -7],
    ['orders, which move no stock', [move(2, 'ordered', 40, 'o1'), move(3, 'order_done', 40, 'o1')], 10],
  ])('%s', (_, rows, left) => {
    expect(recordAfter([stock(1, 10), ...rows])).toBe(left);
  });

  it('below nothing says neither phantom nor how much stands there', () => {
    const rows = shopSales(24 * 4);
    const { signals } = run([...rows, { ...stock(24 * 3 + 9, -5) }]);
    const last = signals.filter(({ itemId, atMs }) => itemId === 'milk' && atMs > at(24 * 3 + 9));
    expect(last.map(({ kind }) => kind)).not.toContain('phantom');
    for (const { onHandEstimate } of last) expect(onHandEstimate).toBeLessThanOrEqual(1);
  });
});

describe('quantities that nobody meant', () => {
  it.each([
    [999_999, 0],
    [2_147_484, 1],
    [7_622_210_412_345, 1],
    [1e305, 1],
    [-1e12, 1],
  ])('%d units in one line spoil no shelf', (quantity, oddRows) => {
    const numbers: number[] = [];
    const engine = new Engine({
      ...options,
      onTick: ({ count, posterior, expected }) => {
        for (let row = 0; row < count; row++) numbers.push(posterior[row], expected[row]);
      },
    });
    const odd: EventRow = { at: at(34, 30), item: 'milk', quantity };
    const signals = engine.apply(eventsOf(inOrder([...shopSales(24 * 8), odd, { ...odd, at: at(34, 31) }])));
    expect(engine.counts.oddRows).toBe(2 * oddRows);
    expect(numbers.filter((number) => !(number >= 0 && number < 1e4))).toEqual([]);
    expect(signals.filter(({ itemId }) => itemId !== 'milk' || oddRows > 0)).toEqual([]);
  });
});

describe('items that come and go', () => {
  it('an item that never sold is not signalled, whatever its record says', () => {
    const { signals } = run([
      { at: at(1), item: 'new', effect: 'record', quantity: 12 },
      { at: at(1), item: 'other', effect: 'count', quantity: 0 },
      ...shopSales(24 * 6),
    ]);
    expect(signals.filter(({ itemId }) => itemId === 'new' || itemId === 'other')).toEqual([]);
  });

  it.each([0.5, 2])('also where a model takes over whose rates begin %d times as high', (times) => {
    const { rate } = testModel.file;
    const other = modelOf({ ...testModel.file, rate: { ...rate, shape: times * rate.shape } });
    const stocked: EventRow = { at: at(1), item: 'new', effect: 'record', quantity: 12 };
    const seldom: EventRow[] = [at(9), at(60)].map((when) => ({ at: when, item: 'seldom' }));
    const rows = inOrder([stocked, ...seldom, ...shopSales(24 * 20)]);
    const half = rows.findIndex((row) => row.at >= at(24 * 4));
    const counted: EventRow = { at: at(24 * 12 + 10), item: 'seldom', effect: 'count', quantity: 0 };
    const engine = new Engine({ ...options, config: { raiseProbability: 0.05 } });
    engine.apply(eventsOf(rows.slice(0, half)));
    engine.useModel(other);
    const signals = engine.apply(eventsOf(inOrder([...rows.slice(half), counted])));
    expect(signals.filter(({ itemId }) => itemId === 'new')).toEqual([]);
    expect(kindsOf(signals, 'seldom')).toContain('out_of_stock');
  });

  it('one that is not sold any more is silent, then withdrawn, and back with its next sale', () => {
    const gone = at(24 * 4);
    const back = at(24 * 40 + 9, 20);
    const rows = shopSales(24 * 42).filter((row) => row.item !== 'milk' || row.at < gone || row.at >= back);
    const { signals } = run(rows);
    const milk = signals.filter(({ itemId }) => itemId === 'milk');
    const last = milk.filter(({ atMs }) => atMs < back).at(-1);
    expect(last?.kind).toBe('recovered');
    expect((last?.atMs ?? 0) - gone).toBeLessThan(30 * DAY_MS);
    expect(milk.filter(({ atMs }) => atMs > gone + 30 * DAY_MS && atMs < back)).toEqual([]);
  });

  it('one that is moved to another store leaves the first silent and is a young shelf in the second', () => {
    const moved = shopSales(24 * 5).map((row) =>
      row.item === 'milk' && row.at > at(24 * 4 + 7) ? { ...row, store: 's2' } : row,
    );
    const { engine, signals } = run(moved);
    expect(opened(signals.filter(({ storeId }) => storeId === 's1'))).toContain('silent');
    expect(opened(signals.filter(({ storeId }) => storeId === 's2'))).toEqual([]);
    expect(engine.size).toEqual({ stores: 2, shelves: 6 });
  });

  it('ids of any characters are kept as they are, through a snapshot too', () => {
    const ids = ['', ' ', 'a|b', '"\\', 'ß\u0000', '__proto__', '😀', '\ud800', 'a'.repeat(300)];
    const rows = ids.flatMap((id, index) => [
      { at: at(9, index), store: id, item: id },
      { at: at(9, index + 20), store: id, item: id, effect: 'count' as const, quantity: 0 },
    ]);
    // A shelf is signalled once its rate is known.
    const first = Engine.fromBytes(run([]).engine.toBytes(), options);
    first.apply(eventsOf(rows.filter(({ effect }) => effect === undefined)));
    for (const id of ids) first.advanceTo(id, at(10));
    const later = rows
      .filter(({ effect }) => effect === 'count')
      .map((row) => ({ ...row, at: row.at + HOUR_MS }));
    const engine = Engine.fromBytes(first.toBytes(), options);
    const signals = engine.apply(eventsOf(later));
    expect(signals.map(({ storeId, itemId }) => [storeId, itemId])).toEqual(ids.map((id) => [id, id]));
    expect(new Set(signals.map(({ signalId }) => signalId)).size).toBe(ids.length);
  });
});

test('two shelves whose ids read the same in a row have signals of their own', () => {
  const shelves = [
    ['a|b', 'c'],
    ['a', 'b|c'],
    ['a\\', 'b|c'],
  ].map(([store, item]) => ({ store, item }));
  const engine = new Engine(options);
  engine.apply(eventsOf(shelves.map((shelf) => ({ ...shelf, at: at(9) }))));
  for (const { store } of shelves) engine.advanceTo(store, at(10));
  const counts = shelves.map((shelf): EventRow => ({
    ...shelf,
    at: at(10, 1),
    effect: 'count',
    quantity: 0,
  }));
  expect(new Set(engine.apply(eventsOf(counts)).map(({ signalId }) => signalId)).size).toBe(3);
});

test('an hour in which a store never sells is one in which it is closed, whatever the model says', () => {
  const early = shopSales(24 * 40).filter((row) => ((row.at - MONDAY_MS) / HOUR_MS) % 24 < 18);
  // Far too few items for their silence to say that the store is closed.
  const few = early
    .filter(({ item }) => item === 'milk' || item === 'bread')
    .map((row) => ({ ...row, quantity: 0.4 }));
  const { signals } = run(few);
  const evening = signals.filter(({ atMs, kind }) => {
    const hour = ((atMs - MONDAY_MS) / HOUR_MS) % 24;
    return kind !== 'recovered' && atMs > at(24 * 20) && hour > 19;
  });
  expect(evening).toEqual([]);
});
