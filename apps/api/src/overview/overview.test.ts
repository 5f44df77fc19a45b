import { cleanUp, isReady, newLake, start, until, type Json } from '../../test/api-harness.js';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';

afterEach(cleanUp);
const NOW_MS = NOON_MS + 6 * HOUR_MS;
const BOOK = { eventId: 'v', checkId: null, undoes: null, actor: null, channel: 'card' };

describe('what the board asks beside the signals', () => {
  it('the strip: what is lost, what was a week ago, what it takes to fix', async () => {
    const lake = await newLake();
    const then = NOW_MS - 168 * HOUR_MS;
    await lake.addSignals([
      signalWith({ signalId: 'oldest', itemId: '9', kind: 'recovered', atMs: then - 48 * HOUR_MS }),
      signalWith({ signalId: 'then', itemId: '8', probability: 1, atMs: then - HOUR_MS }),
      signalWith({
        ...{ signalId: 'then-end', itemId: '8', kind: 'recovered', episodeId: 'then' },
        atMs: then + HOUR_MS,
      }),
      signalWith({ signalId: 'now', probability: 0.5, atMs: NOW_MS - HOUR_MS }),
      signalWith({ signalId: 'fixed', itemId: '7', atMs: NOW_MS - 3 * HOUR_MS }),
      signalWith({
        ...{ signalId: 'fixed-end', itemId: '7', kind: 'recovered', episodeId: 'fixed' },
        atMs: NOW_MS - HOUR_MS,
      }),
    ]);
    await lake.addSales('2026-05-01', [{ retail_store_id: '1001', item_id: 'SKU-1' }]);
    const { app, get } = await start(lake, { historyDays: 30 });
    await until('ready', () => isReady(app));
    const { status, body } = await get('/overview');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      nowMs: NOW_MS,
      lost: [{ currency: 'EUR', perHour: 16.25, weekAgo: 32.5 }],
      openTotal: 1,
      minutesToFix: { median: 120, episodes: 1 },
      // One commit of tills without times of events: nothing can be told of their pace.
      sources: [],
      store: null,
    });
    // The same store, by name; another that nobody hears of.
    expect((await get('/overview?store=1001')).body).toMatchObject({
      store: { storeId: '1001', sight: 'seen' },
      lost: [{ currency: 'EUR', perHour: 16.25, weekAgo: 32.5 }],
      ...{ openTotal: 1, minutesToFix: { median: 120, episodes: 1 } },
    });
    expect((await get('/overview?store=none')).body).toMatchObject({
      store: { storeId: 'none', sight: 'no_data' },
      ...{ lost: [], openTotal: 0, minutesToFix: null },
    });
    expect((await get('/pipeline')).body).toMatchObject({
      ...{ isBehind: false, checkedUntilMs: null, sources: [], lag: [] },
      quarantine: { secondsSinceCommit: null, rowsPerMinute: 0 },
    });
  });

  it('the tasks of a store, and what was looked at already', async () => {
    const lake = await newLake();
    await lake.addSignals([
      signalWith({ signalId: 'a', itemId: '1', valuePerMinute: 1 }),
      signalWith({ signalId: 'b', itemId: '2', valuePerMinute: 9 }),
      signalWith({ signalId: 'c', itemId: '3', valuePerMinute: 5 }),
      signalWith({ signalId: 'd', itemId: '4', storeId: '2002' }),
    ]);
    await lake.addStores([
      { retail_store_id: '1001', name: 'Centro', city: null, time_zone: 'UTC' },
      {
        ...{ retail_store_id: '2002', name: 'Sur', city: null, time_zone: 'UTC' },
        opening_hours: 'Mo-Su 08:00-12:00',
      },
    ]);
    await lake.addVerdicts([
      { ...BOOK, signalId: 'b', storeId: '1001', itemId: '2', verdict: 'FILLED', atMs: NOW_MS - HOUR_MS },
    ]);
    const { app, get } = await start(lake);
    await until('ready', () => isReady(app));
    const { body } = await get('/tasks?store=1001');
    expect((body['tasks'] as Json[]).map(({ signalId }) => signalId)).toEqual(['c', 'a']);
    expect(body).toMatchObject({ storeName: 'Centro', done: 1, left: 0, perShift: 10, sight: 'seen' });
    expect(body['opensAtMs']).toBe(null);
    expect((await get('/tasks?store=2002')).body).toMatchObject({
      ...{ sight: 'closed', opensAtMs: NOON_MS + 20 * HOUR_MS },
    });
    expect((await get('/tasks?store=none')).body).toMatchObject({ tasks: [], sight: 'no_data' });
    expect((await get('/tasks')).status).toBe(400);
  });
});
