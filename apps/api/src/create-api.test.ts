import { mkdir, rename } from 'node:fs/promises';
import { GondolaError, type ObjectStore, type Service } from '@gondola/stream';
import { cleanUp, idsOf, isReady, newLake, start, until, type Json } from '../test/api-harness.js';
import { HOUR_MS, NOON_MS, signalWith } from '../test/lake-fixture.js';
import { ROUTES } from './openapi/routes.js';

afterEach(cleanUp);

describe('over a real signals table', () => {
  it('gives back every field, with names from the catalog', async () => {
    const lake = await newLake();
    const signal = signalWith({
      signalId: 'a',
      kind: 'coming',
      expectedAtMs: NOON_MS + HOUR_MS,
      onHandRecord: 14,
    });
    const bare = signalWith({
      signalId: 'b',
      itemId: 'SKU-2',
      lostSalesPerHour: null,
      currency: null,
      atMs: NOON_MS + 1,
    });
    await lake.addSignals([signal, bare]);
    await lake.addItems([{ item_id: 'SKU-1', name: 'Leche entera 1 L' }]);
    await lake.addStores([{ retail_store_id: '1001', name: 'Centro', city: 'Quito' }]);
    const { app, get } = await start(lake);
    await until('ready', () => isReady(app));
    const { status, body } = await get('/signals');
    expect(status).toBe(200);
    const unsaid = { bay: null, lastVerdict: null, taken: null, incidentId: null };
    expect(body).toEqual({
      signals: [
        { ...bare, storeName: 'Centro', ...unsaid, itemName: null },
        { ...signal, storeName: 'Centro', ...unsaid, itemName: 'Leche entera 1 L' },
      ],
      nextCursor: null,
    });
  });

  it('filters, pages and refuses what it does not understand', async () => {
    const lake = await newLake();
    await lake.addSignals(
      ['a', 'b', 'c', 'd', 'e'].map((signalId, n) =>
        signalWith({
          signalId,
          atMs: NOON_MS + n * HOUR_MS,
          storeId: n % 2 ? '2' : '1',
          kind: n > 2 ? 'coming' : 'silent',
        }),
      ),
    );
    const { app, get } = await start(lake);
    await until('ready', () => isReady(app));
    const ids = async (query: string) => idsOf((await get(`/signals?${query}`)).body);
    expect(await ids('')).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect(await ids('environment=dev&store=1&item=SKU-1')).toEqual(['e', 'c', 'a']);
    expect(await ids('environment=prod')).toEqual([]);
    expect(await ids('kind=coming&kind=phantom')).toEqual(['e', 'd']);
    expect(await ids(`since=${new Date(NOON_MS + 3 * HOUR_MS).toISOString()}`)).toEqual(['e', 'd']);
    const first = await get('/signals?limit=3');
    expect(idsOf(first.body)).toEqual(['e', 'd', 'c']);
    expect(await ids(`limit=3&cursor=${first.body['nextCursor'] as string}`)).toEqual(['b', 'a']);

    const refused = await get('/signals?since=yesterday');
    expect(refused.status).toBe(400);
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(refused.body).toMatchObject({ status: 400, parameter: 'since' });
  });

  it('answers for stores, top shelves and one shelf', async () => {
    const lake = await newLake();
    await lake.addSignals([
      signalWith({ signalId: 'old', atMs: NOON_MS, itemId: 'a/b ñ' }),
      signalWith({
        signalId: 'end',
        episodeId: 'old',
        kind: 'recovered',
        atMs: NOON_MS + HOUR_MS,
        itemId: 'a/b ñ',
      }),
      signalWith({ signalId: 'small', itemId: '2', lostSalesPerHour: 1 }),
      signalWith({
        signalId: 'big',
        itemId: '3',
        storeId: '2002',
        lostSalesPerHour: 100,
        kind: 'out_of_stock',
      }),
    ]);
    const { app, get } = await start(lake);
    await until('ready', () => isReady(app));

    const { stores, total } = (await get('/stores')).body as { stores: Json[]; total: number };
    expect(total).toBe(2);
    expect(stores.map(({ storeId, openTotal }) => [storeId, openTotal])).toEqual([
      ['1001', 1],
      ['2002', 1],
    ]);
    const top = (await get('/shelves?limit=1')).body as { shelves: Json[]; total: number };
    expect(top.total).toBe(2);
    expect(top.shelves.map(({ signalId }) => signalId)).toEqual(['big']);

    const shelf = (await get(`/shelves/1001/${encodeURIComponent('a/b ñ')}`)).body;
    expect(shelf).toMatchObject({
      storeId: '1001',
      itemId: 'a/b ñ',
      open: null,
      newest: { signalId: 'end' },
    });
    expect((shelf['history'] as Json[]).map(({ signalId }) => signalId)).toEqual(['end', 'old']);
    expect((shelf['newest'] as Json)['soldLast24h']).toHaveLength(24);
    expect((await get('/shelves/1001/unheard')).status).toBe(404);
  });

  it('counts history back from the newest day of the table', async () => {
    const lake = await newLake();
    await lake.addSignals([
      signalWith({ signalId: 'ancient', itemId: '1', atMs: NOON_MS - 72 * HOUR_MS }),
      signalWith({ signalId: 'yesterday', itemId: '2', atMs: NOON_MS - 24 * HOUR_MS }),
      signalWith({ signalId: 'today', itemId: '3' }),
    ]);
    const { app, get, metrics } = await start(lake, { historyDays: 2 });
    await until('ready', () => isReady(app));
    expect(idsOf((await get('/signals')).body)).toEqual(['today', 'yesterday']);
    // They were there before us: nothing has arrived.
    expect(await metrics.metrics()).toContain('gondola_signals_total{kind="silent"} 0');
  });

  it('follows tables that do not exist yet, and counts what arrives', async () => {
    const lake = await newLake();
    const { app, get, metrics } = await start(lake);
    await until('ready', () => isReady(app));
    expect((await get('/board/info')).body).toMatchObject({
      signalsSeen: 0,
      state: 'healthy',
      lastSignalAtMs: null,
    });
    await lake.addSignals([signalWith({ signalId: 'first' })]);
    await until('first signal', async () => idsOf((await get('/signals')).body).length === 1);
    await lake.addSignals([signalWith({ signalId: 'second', itemId: 'x', kind: 'phantom' })]);
    await until('second signal', async () => idsOf((await get('/signals')).body).length === 2);
    const lines = (await metrics.metrics()).split('\n').filter((line) => line.startsWith('gondola_signals_'));
    expect(lines).toContain('gondola_signals_total{kind="silent"} 1');
    expect(lines).toContain('gondola_signals_total{kind="phantom"} 1');
    expect(lines).toContain('gondola_signals_open{kind="silent"} 1');
  });

  it('answers nothing from the lake before it was read once, and says when to ask again', async () => {
    const lake = await newLake();
    await lake.addSignals([signalWith({ signalId: 'known' })]);
    const held = Promise.withResolvers<void>();
    const store: ObjectStore = {
      ...lake.store,
      get: (path) => held.promise.then(() => lake.store.get(path)),
      list: (folder, startAfter) => held.promise.then(() => lake.store.list(folder, startAfter)),
    };
    const { app, get } = await start(lake, {}, { lake: store }, { isRead: false });
    const codes = await Promise.all(
      ROUTES.filter(({ needsLake }) => needsLake).map(async ({ method, path }) => {
        const asked = await fetch(app.url + path.replace(/:\w+/g, 'x'), { method });
        const { code } = (await asked.json()) as Json;
        return [path, asked.status, code, asked.headers.get('retry-after')];
      }),
    );
    expect(codes.filter((one) => one.slice(1).join() !== '503,starting,2')).toEqual([]);
    expect(codes.map(([path]) => path)).toEqual(
      expect.arrayContaining([
        '/signals',
        '/signals/stream',
        '/stores',
        '/verdicts',
        '/rag/explain',
        '/brief',
      ]),
    );
    const spanish = await fetch(`${app.url}/shelves`, { headers: { 'accept-language': 'es' } });
    expect(((await spanish.json()) as Json)['detail']).toBe(
      'el lago aún se está leyendo: inténtelo en un momento',
    );
    for (const path of ['/', '/board/board.js', '/health/live', '/metrics', '/openapi.json', '/session'])
      expect([path, (await fetch(app.url + path)).status]).toEqual([path, 200]);
    expect((await get('/board/info')).body).toMatchObject({ state: 'starting', signalsSeen: 0 });
    held.resolve();
    await until('ready', () => isReady(app));
    expect(idsOf((await get('/signals')).body)).toEqual(['known']);
  });

  it('keeps answering while the lake is away, says so, and goes on by itself', async () => {
    const lake = await newLake();
    await lake.addSignals([signalWith({ signalId: 'known' })]);
    let away = false;
    const orAway = <T>(action: () => Promise<T>): Promise<T> =>
      away
        ? Promise.reject(new GondolaError('lake_unavailable', 'the lake does not answer', true))
        : action();
    const store: ObjectStore = {
      ...lake.store,
      get: (path) => orAway(() => lake.store.get(path)),
      list: (folder, startAfter) => orAway(() => lake.store.list(folder, startAfter)),
    };
    const { app, get } = await start(lake, {}, { lake: store });
    await until('ready', () => isReady(app));
    away = true;
    await until('not ready', async () => !(await isReady(app)));
    expect(idsOf((await get('/signals')).body)).toEqual(['known']);
    expect((await get('/board/info')).body).toMatchObject({
      state: 'disconnected',
      detail: 'the lake does not answer',
    });
    // What was true of shelves then says nothing of now.
    const availability = async () => (await get('/availability?store=1001')).body['otherwise'];
    expect(await availability()).toBeNull();
    await lake.addSignals([signalWith({ signalId: 'next', atMs: NOON_MS + 1 })]);
    away = false;
    await until('ready again', () => isReady(app));
    expect(idsOf((await get('/signals')).body)).toEqual(['next', 'known']);
    expect(await availability()).toBe('InStock');
  });

  it('refuses the table of another environment', async () => {
    const lake = await newLake();
    await lake.addSignals([signalWith({ signalId: 'x' })]);
    await mkdir(`${lake.folder}/prod`);
    await rename(`${lake.folder}/dev/signals`, `${lake.folder}/prod/signals`);
    const { app } = await start(lake, { environment: 'prod' }, {}, { isRead: false });
    await expect(app.stopped).rejects.toMatchObject({ code: 'environment_mismatch' });
  });
});

describe('in one process with pipelines', () => {
  it('is ready when they are, and stops them', async () => {
    const lake = await newLake();
    const stop = new AbortController();
    let stopped = false;
    const pipeline: Service = {
      name: 'ingest',
      run: (signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            stopped = true;
            resolve();
          }),
        ),
      health: () => ({ state: 'healthy', detail: '', sinceMs: 0 }),
    };
    const { api } = await start(lake);
    const app = await api.start(stop.signal, [pipeline]);
    const { services } = (await (await fetch(`${app.url}/health/ready`)).json()) as { services: Json };
    expect(Object.keys(services)).toEqual(['api-feed', 'api-insights', 'api-audit', 'ingest']);
    stop.abort();
    await app.stopped;
    expect(stopped).toBe(true);
  });
});
