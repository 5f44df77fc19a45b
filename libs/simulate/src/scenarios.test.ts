import { createSimulation, type Scenarios, type SimulatedEvent, type SimulationOptions } from './index.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Midnight of a Monday in Bogotá. */
const START_MS = Date.UTC(2026, 0, 5, 5);
const DAYS = 14;

function run(scenarios: Partial<Scenarios>, more: Partial<SimulationOptions> = {}) {
  const simulation = createSimulation({
    ...{ seed: 3, stores: 4, items: 12, startMs: START_MS, timeZone: 'America/Bogota' },
    allSendInventory: true,
    scenarios,
    ...more,
  });
  return { simulation, ...simulation.advanceTo(START_MS + DAYS * DAY_MS) };
}

const calm = run({});
const hourOf = (ms: number) => Math.floor((ms - START_MS) / HOUR_MS);
const sales = (events: readonly SimulatedEvent[]) =>
  events.flatMap((sent) => (sent.subject === 'retail.pos.transaction' ? [{ ...sent, pos: sent.event }] : []));
const orders = (events: readonly SimulatedEvent[]) =>
  events.flatMap((sent) => (sent.subject === 'retail.replenishment.order' ? [sent.event] : []));

it('without scenarios nothing of the kind happens', () => {
  expect(calm.truth.filter((row) => row.closed || row.feedDead)).toEqual([]);
  expect(orders(calm.events).filter((order) => order.status === 'CANCELLED')).toEqual([]);
  expect(sales(calm.events).flatMap(({ pos }) => pos.lines.filter((line) => line.promotionId))).toEqual([]);
});

it('a closed store sells nothing and loses no sale; some stores shut early, some stay shut', () => {
  const { events, truth } = run({ closures: 0.2 });
  const closed = new Set(
    truth.flatMap((row) => (row.closed ? [`${row.storeId} ${hourOf(row.hourStartMs)}`] : [])),
  );
  const sold = sales(events).map(({ pos }) => `${pos.retailStoreId} ${hourOf(pos.beginDateTime)}`);
  expect(closed.size).toBeGreaterThan(50);
  expect(sold.filter((key) => closed.has(key))).toEqual([]);
  expect(truth.filter((row) => row.closed && row.lostUnits > 0)).toEqual([]);
  const hours = Map.groupBy(
    truth.filter((row) => row.itemId === '100001'),
    (row) => `${row.storeId} ${Math.floor((row.hourStartMs - START_MS) / DAY_MS)}`,
  );
  const open = new Set([...hours.values()].map((rows) => rows.filter((row) => !row.closed).length));
  expect(open).toContain(0);
  expect(open).toContain(15);
  expect(open.size).toBeGreaterThan(3);
});

it('a dead feed sends nothing; afterwards what it held back, or never; the shops themselves go on as ever', () => {
  const { events, truth } = run({ deadFeeds: 0.2 });
  const dead = new Set(
    truth.flatMap((row) => (row.feedDead ? [`${row.storeId} ${hourOf(row.hourStartMs)}`] : [])),
  );
  expect(dead.size).toBeGreaterThan(50);
  const fromDead = (sent: readonly SimulatedEvent[]) =>
    sales(sent).filter(({ pos }) => dead.has(`${pos.retailStoreId} ${hourOf(pos.beginDateTime)}`));
  const sentWhileDead = sales(events).filter(({ key, timeMs }) => dead.has(`${key} ${hourOf(timeMs)}`));
  expect(sentWhileDead).toEqual([]);
  const [late, usual] = [fromDead(events).length, fromDead(calm.events).length];
  expect(late).toBeGreaterThan(usual / 5);
  expect(late).toBeLessThan((usual * 4) / 5);
  expect(truth.map((row) => row.onHandTrue)).toEqual(calm.truth.map((row) => row.onHandTrue));
});

it('a till offline sends late what it sold, the others at once', () => {
  const { events } = run({ tillsOffline: 0.5 }, { rates: { late: 0, duplicate: 0 } });
  const lateBy = ({ pos, timeMs }: ReturnType<typeof sales>[number]) => timeMs - pos.beginDateTime;
  const late = sales(events).filter((sent) => lateBy(sent) > 0);
  expect(late.length).toBeGreaterThan(100);
  expect(sales(events).length).toBe(sales(run({}, { rates: { late: 0, duplicate: 0 } }).events).length);
  const tillsADay = Map.groupBy(
    late,
    ({ pos }) => `${pos.retailStoreId} ${Math.floor((pos.beginDateTime - START_MS) / DAY_MS)}`,
  );
  for (const sent of tillsADay.values())
    expect(new Set(sent.map(({ pos }) => pos.workstationId)).size).toBe(1);
});

it('a wrong clock is that of one till and stays wrong by as much', () => {
  const { events } = run({ clockSkew: 0.4 }, { rates: { late: 0, duplicate: 0 } });
  const skews = Map.groupBy(sales(events), ({ pos }) => `${pos.retailStoreId} ${pos.workstationId}`);
  const byTill = [...skews.values()].map((sent) => [
    ...new Set(sent.map(({ pos, timeMs }) => (pos.beginDateTime - timeMs) / 60_000)),
  ]);
  expect(byTill.every((minutes) => minutes.length === 1 && Math.abs(minutes[0]) <= 20)).toBe(true);
  const wrong = byTill.filter(([minutes]) => minutes !== 0);
  expect(wrong.length).toBeGreaterThan(1);
  expect(wrong.length).toBeLessThan(10);
});

it('a warehouse that runs out keeps all its stores waiting for the item, or cancels their orders', () => {
  const short = run({ dcShortages: 0.5 }, { stores: 10 });
  const usual = run({}, { stores: 10 });
  const cancelled = orders(short.events).filter((order) => order.status === 'CANCELLED');
  expect(cancelled.length).toBeGreaterThan(10);
  const cases = Map.groupBy(cancelled, (order) => `${order.sourceId} ${order.itemId}`);
  const stores = [...cases.values()].map((lines) => new Set(lines.map((line) => line.locationId)).size);
  expect(Math.max(...stores)).toBeGreaterThan(1);
  const waiting = ({ truth }: typeof short) =>
    truth.filter((row) => row.cause === 'ordered_not_delivered' || row.cause === 'not_ordered').length;
  expect(waiting(short)).toBeGreaterThan(1.5 * waiting(usual));
  const received = new Set(
    orders(short.events).flatMap((order) =>
      order.status === 'RECEIVED' ? [`${order.orderId} ${order.itemId}`] : [],
    ),
  );
  expect(cancelled.filter((order) => received.has(`${order.orderId} ${order.itemId}`))).toEqual([]);
});

it('what is promoted sells better at a lower price', () => {
  const { events, simulation } = run({ promotions: 0.3 });
  const price = new Map(simulation.items.map((item) => [item.itemId, item.price]));
  const lines = sales(events).flatMap(({ pos }) => pos.lines);
  const promoted = lines.filter((line) => line.promotionId !== null);
  expect(promoted.length).toBeGreaterThan(200);
  for (const line of promoted) expect(line.unitPrice).toBeLessThan(price.get(line.itemId) ?? 0);
  const units = (all: typeof lines) => all.reduce((sum, line) => sum + line.quantity, 0);
  expect(units(lines)).toBeGreaterThan(1.1 * units(sales(calm.events).flatMap(({ pos }) => pos.lines)));
});

it('what one store gives another gets, booked at both ends', () => {
  const { events } = run({ transfers: 0.1 });
  const moved = Map.groupBy(
    events.flatMap((sent) => (sent.subject === 'retail.inventory.movement' ? [sent.event] : [])),
    (event) => event.reason,
  );
  const given = moved.get('TRANSFER_OUT') ?? [];
  const got = new Map((moved.get('TRANSFER_IN') ?? []).map((event) => [event.documentId, event]));
  expect(given.length).toBeGreaterThan(20);
  const arrived = given.filter((event) => got.has(event.documentId));
  expect(arrived.length).toBeGreaterThan(given.length - 10);
  for (const event of arrived) {
    const other = got.get(event.documentId);
    expect([other?.itemId, other?.quantity]).toEqual([event.itemId, event.quantity]);
    expect(other?.locationId).not.toBe(event.locationId);
  }
});

it('every empty shelf has a cause that fits the record, and no other has one', () => {
  const { truth } = run({ dcShortages: 0.3, closures: 0.05 }, { rates: { counted: 0.03 }, items: 40 });
  expect(truth.filter((row) => row.outOfStock !== (row.cause !== null))).toEqual([]);
  const signs = Map.groupBy(truth, (row) => row.cause);
  for (const cause of ['phantom_record', 'partial_delivery'] as const) {
    expect(signs.get(cause)?.length).toBeGreaterThan(10);
    expect(signs.get(cause)?.every((row) => row.onHandRecord > 0)).toBe(true);
  }
  for (const cause of ['ordered_not_delivered', 'not_ordered', 'in_backroom'] as const)
    expect(signs.get(cause)?.length).toBeGreaterThan(10);
  expect(signs.get('ordered_not_delivered')?.every((row) => row.onHandRecord === 0)).toBe(true);
});

it('the steps in which time advances make no difference to any of it', () => {
  const all = { closures: 0.1, deadFeeds: 0.1, tillsOffline: 0.1, dcShortages: 0.2, clockSkew: 0.2 };
  const options: SimulationOptions = {
    ...{ seed: 5, stores: 3, items: 5, startMs: START_MS, timeZone: 'America/Bogota' },
    scenarios: { ...all, promotions: 0.2, transfers: 0.05 },
  };
  const whole = createSimulation(options).advanceTo(START_MS + 6 * DAY_MS);
  const stepwise = createSimulation(options);
  const parts = Array.from({ length: 48 }, (_, step) =>
    stepwise.advanceTo(START_MS + (step + 1) * 3 * HOUR_MS),
  );
  expect(parts.flatMap((part) => part.events)).toEqual(whole.events);
  expect(parts.flatMap((part) => part.truth)).toEqual(whole.truth);
});
