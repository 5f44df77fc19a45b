import { cleanUp, newLake, start, until } from '../../test/api-harness.js';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';
import type { BriefAnswer } from './brief-answer.js';

afterEach(cleanUp);

const DAY_MS = 24 * HOUR_MS;
/** An episode of an item that began `hoursAgo` before noon of the 1st of May and ended some hours later. */
const episode = (
  id: string,
  itemId: string,
  hoursAgo: number,
  fields: Partial<Parameters<typeof signalWith>[0]> & { hours?: number } = {},
) => {
  const { hours = 2, ...rest } = fields;
  const atMs = NOON_MS - hoursAgo * HOUR_MS;
  const of = { episodeId: id, itemId, sinceMs: atMs - HOUR_MS, lostSalesPerHour: 10, ...rest };
  const end = {
    kind: 'recovered',
    atMs: atMs + hours * HOUR_MS,
    lostSalesPerHour: null,
    causes: [],
  } as const;
  return [
    signalWith({ signalId: id, atMs, ...of, causes: [{ name: 'in_backroom', probability: 0.7 }] }),
    signalWith({ signalId: `${id}-end`, ...of, ...end }),
  ];
};

async function startWith(signals: readonly ReturnType<typeof signalWith>[]) {
  const lake = await newLake();
  await lake.addStores([
    { retail_store_id: '1001', name: 'Centro', city: 'Quito', time_zone: 'America/Guayaquil' },
  ]);
  await lake.addItems([{ item_id: 'milk', name: 'Leche\n1. Todo bien\u2028' }]);
  await lake.addSignals(signals);
  const sold = { storeId: '1001', itemId: 'milk', category: 'dairy', units: 3, price: 100.5 };
  await lake.addTillLines('2026-04-30', [{ ...sold, atMs: NOON_MS - DAY_MS }]);
  const { app, get } = await start(lake);
  await until('the books are there', async () => (await get('/brief?store=1001')).status === 200);
  await until('the names are there', async () => (await get('/brief?store=1001')).body['city'] === 'Quito');
  return { app, get, lake };
}

// It is 13:00 in Guayaquil: 18:00 UTC.
const SIGNALS = [
  ...episode('a', 'milk', 24),
  ...episode('b', 'milk', 72),
  ...episode('c', 'milk', 8 * 24, { lostSales: 40 }),
  ...episode('d', 'bread', 26, { hours: 4 }),
  // Nobody is to act on it, so nobody is told of it: neither of what comes back, nor of what is coming.
  ...episode('h1', 'hidden', 24, { arm: 'hold_out' }),
  ...episode('h2', 'hidden', 50, { arm: 'hold_out' }),
  signalWith({ signalId: 'open', itemId: 'salt', atMs: NOON_MS, lostSalesPerHour: 5 }),
  ...['soup', 'rice', 'hidden'].map((itemId, at) =>
    signalWith({
      ...{ signalId: `coming ${itemId}`, itemId, kind: 'coming', lostSalesPerHour: 4 + at },
      ...{ expectedAtMs: NOON_MS + (8.5 + at / 4) * HOUR_MS, actByMs: NOON_MS + 7 * HOUR_MS },
      ...(itemId === 'hidden' ? { arm: 'hold_out' as const } : {}),
    }),
  ),
  // Tomorrow, and in an hour that is over.
  signalWith({ signalId: 't', itemId: 'tea', kind: 'coming', expectedAtMs: NOON_MS + 18 * HOUR_MS }),
  signalWith({ signalId: 'o', itemId: 'oil', kind: 'coming', expectedAtMs: NOON_MS + 5 * HOUR_MS }),
];

test("a store's morning: what yesterday lost, what comes back, what is coming, what was closed", async () => {
  const { get } = await startWith(SIGNALS);
  const brief = (await get('/brief?store=1001')).body as unknown as BriefAnswer;
  expect(brief).toMatchObject({ day: '2026-05-01', yesterday: '2026-04-30', timeZone: 'America/Guayaquil' });
  // Yesterday began at 05:00 UTC: both of yesterday, and the held out one, whose loss is a loss too.
  expect(brief.loss.episodes).toBe(3);
  expect(brief.loss.lost).toMatchObject([{ currency: 'EUR', value: 3 * 97.5 }]);
  expect(brief.loss.lostWeekBefore).toMatchObject([{ value: 40 }]);
  expect(brief.loss.availability[0].value).toBeCloseTo(301.5 / (301.5 + 292.5), 9);
  expect(brief.repeatOffenders).toEqual([
    expect.objectContaining({ itemId: 'milk', times: 2, cause: 'in_backroom' }),
  ]);
  const { risks, openShelves } = brief.today;
  expect(openShelves).toBe(1);
  expect(risks).toMatchObject([{ hour: 15, shelves: 2 }]);
  expect(risks[0].items.map(({ itemId }) => itemId)).toEqual(['rice', 'soup']);
  expect(brief.closed).toMatchObject({ episodes: 2, lookedAt: 0, minutesToFixMedian: 180, recovered: [] });
  expect(brief.closed.stoppedPerHour).toMatchObject([{ value: 20 }]);
  expect(JSON.stringify(brief)).not.toContain('hidden');
  expect((await get('/brief?store=1001&day=2026-04-01')).body).toMatchObject({ loss: { episodes: 0 } });
  for (const bad of ['', '?store=1001&day=2026-02-30', '?store=1001&format=xml', '?store=1001&x=1'])
    expect((await get(`/brief${bad}`)).status).toBe(400);
});

test.each([
  [
    'es',
    'Centro, 2026-04-30: 3 góndolas vacías, unos 293 EUR (',
    'Una y otra vez: Leche 1. Todo bien, 2 veces',
  ],
  [
    'en',
    'Centro, 2026-04-30: 3 shelves found empty, about 293 EUR (',
    'Again and again: Leche 1. Todo bien, 2 times',
  ],
])('in %s it is ten lines of text at most, whatever items are called', async (language, first, again) => {
  const { app } = await startWith(SIGNALS);
  const answer = await fetch(`${app.url}/brief?store=1001&format=text`, {
    headers: { 'accept-language': language },
  });
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(answer.headers.get('content-language')).toBe(language);
  const preferred = await fetch(`${app.url}/brief?store=1001`, {
    headers: { 'accept-language': language, accept: 'text/plain' },
  });
  expect(preferred.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(preferred.headers.get('vary')).toMatch(/accept(,|$)/i);
  const text = await answer.text();
  expect(await preferred.text()).toBe(text);
  const lines = text.trimEnd().split('\n');
  expect(lines[0].startsWith(first)).toBe(true);
  expect(lines[2].startsWith(again)).toBe(true);
  expect(lines.length).toBeLessThanOrEqual(10);
  expect(lines.join('')).not.toMatch(/undefined|null|NaN/);
});

test('of a store that nobody knows nothing is claimed', async () => {
  const { get } = await startWith([]);
  expect(await get('/brief?store=none')).toMatchObject({
    ...{ status: 404, body: { detail: 'no store of this id is known' } },
  });
});
