import fc from 'fast-check';
import { HOUR_MS, MONDAY_MS } from '../test/support.js';
import { Orders, type OrderEvent } from './orders.js';

const order = (effect: OrderEvent['effect'], hours: number, more: Partial<OrderEvent> = {}): OrderEvent => ({
  effect,
  quantity: 12,
  atMs: MONDAY_MS + hours * HOUR_MS,
  document: 'o1',
  dueMs: NaN,
  ...more,
});
const run = (...events: OrderEvent[]) => {
  const orders = new Orders();
  for (const event of events) orders.apply(3, event);
  return orders;
};

test('an order is placed, shipped later than promised, and received in part', () => {
  const due = MONDAY_MS + 24 * HOUR_MS;
  const orders = run(order('ordered', 0, { dueMs: due }), order('shipped', 8, { dueMs: due + HOUR_MS }));
  orders.receive(3, 7, due, 'note 9');
  orders.apply(3, order('order_done', 30, { quantity: 7 }));
  expect(orders.supplyOf(3)).toEqual({
    orders: [
      { status: 'done', orderedMs: MONDAY_MS, dueMs: due + HOUR_MS, orderedUnits: 12, receivedUnits: 7 },
    ],
    receivedMs: due,
    receivedUnits: 7,
    leadMs: 24 * HOUR_MS,
  });
  expect(orders.supplyOf(4)).toBeNull();
});

test.each<[string, OrderEvent[], string]>([
  ['shipping told before the order', [order('shipped', 1), order('ordered', 0)], 'shipped'],
  [
    'an order told again after it was done',
    [order('ordered', 0), order('order_done', 9), order('ordered', 0)],
    'done',
  ],
  ['a cancelled one', [order('ordered', 0), order('order_cancelled', 2)], 'cancelled'],
  ['a status without a document', [order('ordered', 0), order('shipped', 2, { document: null })], 'shipped'],
])('%s', (_, events, status) => {
  const supply = run(...events).supplyOf(3);
  expect(supply?.orders).toMatchObject([{ status, orderedMs: MONDAY_MS }]);
});

test('a short delivery stays one when the store books it after the order was closed', () => {
  const orders = run(order('ordered', 0), order('order_done', 20, { quantity: 6 }));
  expect(orders.receive(3, 6, MONDAY_MS + 21 * HOUR_MS, 'o1')).toBe(true);
  expect(orders.supplyOf(3)).toMatchObject({
    orders: [{ status: 'done', orderedUnits: 12, receivedUnits: 6 }],
    receivedUnits: 6,
    leadMs: 20 * HOUR_MS,
  });
});

test('a receipt that names no order fills the oldest open one; what fills it ends it', () => {
  const orders = run(order('ordered', 0), order('ordered', 5, { document: 'o2' }));
  expect(orders.receive(3, 12, MONDAY_MS + 20 * HOUR_MS, null)).toBe(true);
  expect(orders.supplyOf(3)?.orders).toMatchObject([
    { status: 'ordered', receivedUnits: 0 },
    { status: 'done', receivedUnits: 12 },
  ]);
});

test('a third order takes the place of the one that is over', () => {
  const orders = run(
    order('ordered', 0),
    order('ordered', 1, { document: 'o2' }),
    order('order_done', 2, { document: 'o2' }),
  );
  orders.apply(3, order('ordered', 3, { document: 'o3' }));
  expect(orders.supplyOf(3)?.orders.map(({ orderedMs }) => orderedMs)).toEqual([
    MONDAY_MS + 3 * HOUR_MS,
    MONDAY_MS,
  ]);
});

test('the same delivery note with the same units is one delivery', () => {
  const orders = new Orders();
  expect(orders.receive(3, 6, MONDAY_MS, 'n1')).toBe(true);
  expect(orders.receive(3, 6, MONDAY_MS + HOUR_MS, 'n1')).toBe(false);
  expect(orders.receive(3, 5, MONDAY_MS + HOUR_MS, 'n1')).toBe(true);
  expect(orders.receive(3, 5, MONDAY_MS + HOUR_MS, 'n2')).toBe(true);
  expect(orders.receive(3, 5, MONDAY_MS + HOUR_MS, null)).toBe(true);
  expect(orders.receive(3, 5, MONDAY_MS + HOUR_MS, null)).toBe(true);
});

test('places are found whatever shelves have one', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(5000), { maxLength: 200 }), (shelves) => {
      const orders = new Orders();
      shelves.forEach((shelf, index) => orders.receive(shelf, index + 1, MONDAY_MS, null));
      const bytes = new Uint8Array(orders.byteLength);
      orders.write(bytes, 0);
      const back = new Orders();
      expect(back.read(bytes, 0, orders.count)).toBe(bytes.length);
      shelves.forEach((shelf, index) => expect(back.supplyOf(shelf)?.receivedUnits).toBe(index + 1));
      expect(back.placeOf(5001)).toBe(-1);
    }),
  );
});
