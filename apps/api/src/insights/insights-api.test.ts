import { cleanUp, newLake, start, until } from '../../test/api-harness.js';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';
import type { InsightsAnswer } from './insights-answer.js';

afterEach(cleanUp);

const sold = (itemId: string, hours: number, price: number) => ({
  ...{ storeId: '1', itemId, category: 'dairy', atMs: NOON_MS + hours * HOUR_MS, units: 2, price },
});

async function started(lake: Awaited<ReturnType<typeof newLake>>) {
  const { get } = await start(lake, { insights: { refreshMs: 10 } });
  const insights = async (query = '') => (await get(`/insights${query}`)).body as unknown as InsightsAnswer;
  const soldBy = async () => (await insights()).total.sold.map(({ value }) => value);
  await until('the books are there', async () => (await get('/insights')).status === 200);
  return { get, insights, soldBy };
}

test('what is committed is counted once, and what is taken out is out', async () => {
  const lake = await newLake();
  await lake.addTillLines('2026-05-01', [sold('milk', 0, 1.25), sold('milk', 1, 1.5)]);
  const { soldBy } = await started(lake);
  expect(await soldBy()).toEqual([5.5]);
  await lake.addTillLines('2026-05-01', [sold('rice', 2, 3)]);
  await until('the second commit is there', async () => (await soldBy())[0] === 11.5);

  await lake.removeOldestTillFile();
  await until('the first is gone', async () => (await soldBy())[0] === 6);
});

test('a table that comes later is read', async () => {
  const lake = await newLake();
  const { insights, soldBy } = await started(lake);
  expect(await soldBy()).toEqual([]);
  expect(await insights()).toMatchObject({ historyFromMs: null, total: { episodes: 0 } });
  await lake.addTillLines('2026-05-01', [sold('milk', 0, 1)]);
  await lake.addSignals([signalWith({ signalId: 'a', storeId: '1', itemId: 'milk' })]);
  await until('both are there', async () => {
    const { total } = await insights('?category=dairy');
    return total.episodes === 1 && total.sold.length === 1;
  });
  expect((await insights('?category=bread')).total).toMatchObject({ episodes: 0, sold: [] });
});

test('a week ends now, and what is asked for wrongly is refused with its name', async () => {
  const lake = await newLake();
  await lake.addStores([
    { retail_store_id: '1', name: 'One', city: 'Lima', time_zone: 'America/Lima' },
    { retail_store_id: '2', name: 'Two', city: null, time_zone: 'Not/AZone' },
  ]);
  await lake.addSignals([
    signalWith({ signalId: 'a', storeId: '1' }),
    signalWith({ signalId: 'b', storeId: '2', lostSales: 500, currency: 'EUR' }),
  ]);
  const { get, insights } = await started(lake);
  const nowMs = NOON_MS + 6 * HOUR_MS;
  await until('names are there', async () => (await insights('?by=city')).rows.length === 2);
  const whole = await insights('?by=store');
  expect(whole).toMatchObject({ untilMs: nowMs, fromMs: nowMs - 168 * HOUR_MS, zone: 'UTC' });
  expect(whole.rows.map(({ key, name, episodes }) => [key, name, episodes])).toEqual([
    ['2', 'Two', 1],
    ['1', 'One', 1],
  ]);
  expect((await insights('?store=1&by=day')).zone).toBe('America/Lima');
  expect((await insights('?store=2')).zone).toBe('UTC');
  expect((await insights('?city=Lima')).total.episodes).toBe(1);
  expect((await get('/insights?store=nobody')).body).toMatchObject({
    ...{ status: 404, detail: 'no store of this id is known' },
  });
  for (const [query, parameter] of [
    ['zone=Mars', 'zone'],
    ['by=colour', 'by'],
    ['since=2026-05-02&until=2026-05-01', 'since'],
    ['since=2020-01-01&by=hour', 'since'],
    ['stores=1', 'stores'],
  ])
    expect((await get(`/insights?${query}`)).body).toMatchObject({ status: 400, parameter });
});
