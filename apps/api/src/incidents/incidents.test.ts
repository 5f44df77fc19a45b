import type { Incident } from '@gondola/events';
import { cleanUp, idsOf, isReady, newLake, start, until, type Json } from '../../test/api-harness.js';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';

afterEach(cleanUp);

const feedDead: Incident = {
  ...{ incidentId: 'feed', environment: 'dev', kind: 'feed_dead', state: 'open' },
  ...{ storeId: 'S3', workstationId: null, itemId: null, region: null },
  ...{ atMs: NOON_MS, sinceMs: NOON_MS - 2 * HOUR_MS, probability: 0.9, stores: 1, shelves: 400 },
  ...{ lostSalesPerHour: null, currency: null, facts: { silentHours: 2 } },
};

/** Twelve stores, eight of them served by DC 12; all eight run out of rice, and each of the twelve of something of its own. */
async function shortLake() {
  const lake = await newLake();
  const stores = Array.from({ length: 12 }, (_, n) => `S${n}`);
  await lake.addStores(
    stores.map((retail_store_id) => ({ retail_store_id, name: `Tienda ${retail_store_id}`, city: null })),
  );
  await lake.addOrders(stores.map((location_id, n) => ({ location_id, source_id: n < 8 ? 'DC 12' : null })));
  await lake.addItems([{ item_id: 'rice', name: 'Arroz 1 kg' }]);
  // What is well now was spoken of before: so many items are known.
  const well = Array.from({ length: 60 }, (_, n) =>
    signalWith({
      signalId: `w${n}`,
      storeId: 'S0',
      itemId: `i${n}`,
      kind: 'recovered',
      atMs: NOON_MS - 5 * HOUR_MS,
    }),
  );
  const own = stores.map((storeId, n) => signalWith({ signalId: `o${n}`, storeId, itemId: `i${n}` }));
  const short = stores.slice(0, 8).map((storeId, n) =>
    signalWith({
      signalId: `r${n}`,
      storeId,
      itemId: 'rice',
      lostSalesPerHour: 500,
      atMs: NOON_MS + n * 60_000,
    }),
  );
  await lake.addSignals([...well, ...own, ...short]);
  return lake;
}

it('an item that a warehouse lacks is one line, and its shelves are none of the others', async () => {
  const { app, get, metrics } = await start(await shortLake());
  await until('ready', () => isReady(app));
  const { incidents, total } = (await get('/incidents')).body as { incidents: Json[]; total: number };
  expect(total).toBe(1);
  expect(incidents).toMatchObject([
    {
      ...{ kind: 'item_short', state: 'open', region: 'DC 12', itemId: 'rice', itemName: 'Arroz 1 kg' },
      ...{ stores: 8, lostSalesPerHour: 4_000, currency: 'EUR' },
    },
  ]);
  expect((incidents[0]['signalIds'] as string[]).toSorted()).toEqual(
    Array.from({ length: 8 }, (_, n) => `r${n}`),
  );
  const totals = async (query: string) => (await get(`/shelves?${query}`)).body['total'];
  expect(await totals('')).toBe(20);
  expect(await totals('folded=true')).toBe(12);
  const folded = idsOf((await get('/signals?folded=true&since=2026-05-01T12:00:00Z')).body);
  expect(folded.filter((id) => id.startsWith('r'))).toEqual([]);
  const [newest] = (await get('/signals?limit=1')).body['signals'] as Json[];
  expect(newest).toMatchObject({ signalId: 'r7', incidentId: incidents[0]['incidentId'] });
  expect((await metrics.metrics()).split('\n')).toContain('gondola_incidents_open{kind="item_short"} 1');
});

it('a dead feed is a line, marks what was open in its store, and ends', async () => {
  const lake = await shortLake();
  await lake.addIncidents([feedDead]);
  const { app, get } = await start(lake);
  await until('ready', () => isReady(app));
  const open = async () =>
    (await get('/incidents?state=open&store=S3&kind=feed_dead')).body['incidents'] as Json[];
  expect(await open()).toMatchObject([{ incidentId: 'feed', storeName: 'Tienda S3', shelves: 400 }]);
  const marks = async () => {
    const { shelves } = (await get('/shelves?store=S3&folded=true')).body as { shelves: Json[] };
    return shelves.map(({ signalId, incidentId }) => [signalId, incidentId]);
  };
  expect(await marks()).toEqual([['o3', 'feed']]);
  await lake.addIncidents([{ ...feedDead, state: 'closed', atMs: NOON_MS + 4 * HOUR_MS }]);
  await until('closed', async () => (await open()).length === 0);
  expect(await marks()).toEqual([['o3', null]]);
  expect((await get('/incidents?state=closed')).body).toMatchObject({
    incidents: [{ incidentId: 'feed' }],
    total: 1,
  });
  expect((await get('/incidents?state=lost')).status).toBe(400);
});

it('a feed that died for all stores is one line', async () => {
  const lake = await shortLake();
  const all = Array.from({ length: 12 }, (_, n) => ({ ...feedDead, incidentId: `f${n}`, storeId: `S${n}` }));
  await lake.addIncidents(all);
  const { app, get, metrics } = await start(lake);
  await until('ready', () => isReady(app));
  const dead = async (query: string) =>
    (await get(`/incidents?kind=feed_dead&${query}`)).body['incidents'] as Json[];
  const [line, ...others] = await dead('state=open');
  expect(others).toEqual([]);
  expect(line).toMatchObject({ storeId: null, region: null, stores: 12, shelves: 4_800 });
  expect((line['storeIds'] as string[]).toSorted()).toEqual(all.map(({ storeId }) => storeId).toSorted());
  expect(await dead('state=open&store=S3')).toEqual([line]);
  const [shelf] = (await get('/shelves?store=S11')).body['shelves'] as Json[];
  expect(shelf).toMatchObject({ storeId: 'S11', incidentId: line['incidentId'] });
  expect((await metrics.metrics()).split('\n')).toContain('gondola_incidents_open{kind="feed_dead"} 1');
  await lake.addIncidents(all.map((one) => ({ ...one, state: 'closed', atMs: NOON_MS + 4 * HOUR_MS })));
  await until('closed', async () => (await dead('state=open')).length === 0);
  expect(await dead('state=closed')).toMatchObject([{ incidentId: line['incidentId'], stores: 12 }]);
});
