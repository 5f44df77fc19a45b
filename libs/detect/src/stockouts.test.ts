import { createRandom } from '@gondola/stream';
import { eventsOf, HOUR_MS, MONDAY_MS, testModel, type EventRow } from '../test/support.js';
import { Engine } from './engine.js';
import { StockoutReader, type StoreStockouts } from './stockouts.js';

const options = { environment: 'test', model: testModel };
const limits = { storesMax: 100, itemsMax: 5, categoriesMax: 10 };
const STORES = ['s1', 's2', 's3'];
const ITEMS = Array.from({ length: 40 }, (_, item) => `i${item}`);
const DAYS = 15;
const hourMs = (day: number, hour: number) => MONDAY_MS + (day * 24 + hour) * HOUR_MS;

/** Brisk shops, open from 7 to 22: each item sells about three times an hour, in order of time. */
function sales(days: number): EventRow[] {
  const { unit: random } = createRandom(11);
  const rows: EventRow[] = [];
  for (const store of STORES)
    for (let hour = 0; hour < days * 24; hour++) {
      if (hour % 24 < 7 || hour % 24 > 21) continue;
      for (const item of ITEMS)
        for (let sold = 0; sold < 4; sold++)
          if (random() < 0.75)
            rows.push({ at: MONDAY_MS + Math.floor((hour + random()) * HOUR_MS), store, item, unitPrice: 2 });
    }
  return rows.sort((left, right) => left.at - right.at);
}

const calm = sales(DAYS);
/** The last of these days at 16 h. */
const NOW_MS = hourMs(DAYS - 1, 16);

function engineOf(happens: (row: EventRow) => boolean, untilMs = NOW_MS): Engine {
  const engine = new Engine(options);
  engine.apply(eventsOf(calm.filter((row) => row.at < untilMs && happens(row))));
  return engine;
}

function read(engine: Engine, reader = new StockoutReader(limits)) {
  const { stores: unsorted, ...rest } = reader.read([engine.stockouts]);
  const stores = unsorted.toSorted((left, right) => (left.storeId < right.storeId ? -1 : 1));
  const byId = new Map(stores.map((store) => [store.storeId, store]));
  const storeOf = (storeId: string): StoreStockouts => {
    const store = byId.get(storeId);
    if (!store) throw new Error(`no store ${storeId}`);
    return store;
  };
  return { stores, storeOf, ...rest };
}

const SHARES = ['out', 'phantom', 'coming', 'lostPerHour'] as const;
const isGone = ({ store, item, at }: EventRow) =>
  store === 's1' && Number(item?.slice(1)) < 20 && at >= hourMs(DAYS - 1, 11);

describe('what a process says of its stores', () => {
  it('is what is usual, after normal days', () => {
    const { stores, storesBeyond } = read(engineOf(() => true));
    expect(stores.map(({ storeId, shelves }) => [storeId, shelves])).toEqual([
      ['s1', 40],
      ['s2', 40],
      ['s3', 40],
    ]);
    expect(storesBeyond).toBe(0);
    for (const store of stores) {
      for (const share of SHARES)
        expect(Math.abs(store[share].now - store[share].usual)).toBeLessThan(2 * store[share].stddev);
      expect(store).toMatchObject({ isOpen: true, opensInMs: 0, isFeedDead: false, isClosed: false });
      expect(store.currency).toBe('EUR');
    }
  });

  it('is far from usual where half of a store is empty, and there alone', () => {
    const { storeOf, items, categories } = read(engineOf((row) => !isGone(row)));
    for (const share of ['out', 'lostPerHour'] as const) {
      const { now, usual, stddev } = storeOf('s1')[share];
      expect((now - usual) / stddev).toBeGreaterThan(5);
      const other = storeOf('s2')[share];
      expect(Math.abs(other.now - other.usual)).toBeLessThan(2 * other.stddev);
    }
    expect(storeOf('s1').out.now).toBeCloseTo(0.5, 1);
    // 20 items that sell 3 an hour at 2 EUR.
    expect(storeOf('s1').lostPerHour.now).toBeGreaterThan(80);
    expect(items).toHaveLength(5);
    for (const { itemId, outStores, lostPerHour } of items) {
      expect(Number(itemId.slice(1))).toBeLessThan(20);
      expect(outStores).toBe(1);
      expect(lostPerHour.get('EUR')).toBeGreaterThan(2);
    }
    expect(categories).toEqual([
      {
        category: '1',
        outShare: expect.closeTo(20 / 120, 1),
        lostPerHour: new Map([['EUR', expect.any(Number)]]),
      },
    ]);
  });

  it('says when a feed is dead and a store closed, and leaves what they were', () => {
    const cutMs = hourMs(DAYS - 1, 11) + 20 * 60_000;
    const engine = engineOf(({ store, at }) => store !== 's1' || at < cutMs);
    const dead = read(engine);
    expect(dead.storeOf('s1')).toMatchObject({ isFeedDead: true, isClosed: false, isOpen: true });
    expect(dead.storeOf('s1').out.now).toBeLessThan(0.1);
    expect(dead.storeOf('s2')).toMatchObject({ isFeedDead: false, isClosed: false });
    const shut = read(engineOf(({ store, at }) => store !== 's2' || at < hourMs(DAYS - 1, 0)));
    expect(shut.storeOf('s2')).toMatchObject({ isFeedDead: false, isClosed: true });
  });

  it('says at night when it opens', () => {
    const engine = engineOf(() => true, hourMs(DAYS - 1, 22));
    engine.advance(hourMs(DAYS, 3) + 10 * 60_000);
    const store = read(engine).storeOf('s1');
    expect(store.isOpen).toBe(false);
    expect(store.opensInMs).toBe(4 * HOUR_MS);
  });

  it('goes on from a snapshot as if nothing had happened', () => {
    const engine = engineOf((row) => !isGone(row));
    const restored = Engine.fromBytes(engine.toBytes(), options);
    expect(read(restored)).toEqual({ ...read(engine), storeOf: expect.any(Function) });
    const rest = eventsOf(calm.filter(({ at }) => at >= NOW_MS));
    engine.apply(rest);
    restored.apply(rest);
    expect(Buffer.compare(restored.toBytes(), engine.toBytes())).toBe(0);
  });

  it('counts a signal that was raised since the hour ended, before the next one ends', () => {
    const engine = engineOf(() => true, NOW_MS + 4 * 60_000);
    const before = read(engine).storeOf('s1');
    const at = NOW_MS + 5 * 60_000;
    const none = ITEMS.slice(0, 10).map((item): EventRow => ({ at, item, effect: 'count', quantity: 0 }));
    engine.apply(eventsOf(none));
    const after = read(engine).storeOf('s1');
    expect(after.out.now - before.out.now).toBeCloseTo((0.6 * 10) / 40, 6);
    expect(after.lostPerHour.now).toBeGreaterThan(before.lostPerHour.now);
    expect(after.out.usual).toBe(before.out.usual);
  });

  it('is bounded, keeps those with the most shelves, and forgets a partition that is given away', () => {
    const engine = engineOf((row) => !isGone(row) && (row.store !== 's3' || Number(row.item?.slice(1)) < 30));
    const reader = new StockoutReader({ storesMax: 2, itemsMax: 3, categoriesMax: 0 });
    const { stores, storesBeyond, items, categories } = read(engine, reader);
    expect(stores.map(({ storeId }) => storeId)).toEqual(['s1', 's2']);
    expect([storesBeyond, items.length, categories.length]).toEqual([1, 3, 0]);
    expect(reader.read([])).toEqual({ stores: [], storesBeyond: 0, items: [], categories: [] });
  });
});
