import type { ShelfVerdict } from '@gondola/events';
import { cleanUp, isReady, newLake, start, until, type Json } from '../../test/api-harness.js';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';

afterEach(cleanUp);

const verdict = (fields: Partial<ShelfVerdict> & Pick<ShelfVerdict, 'eventId'>): ShelfVerdict => ({
  ...{ signalId: 'a', checkId: null, storeId: '1001', itemId: 'SKU-1', verdict: 'FILLED', undoes: null },
  ...{ atMs: NOON_MS + HOUR_MS, actor: 'tok', channel: 'board', ...fields },
});
const idsOf = (list: unknown, name: string) => (list as Json[]).map((one) => one[name]);

describe('verdicts', () => {
  it('are listed, say whether they stand, and are the last word of their signal', async () => {
    const lake = await newLake();
    await lake.addSignals([
      signalWith({ signalId: 'a' }),
      signalWith({ signalId: 'b', itemId: '2', kind: 'phantom' }),
    ]);
    await lake.addVerdicts([
      verdict({ eventId: 'first', verdict: 'IT_WAS_THERE' }),
      verdict({ eventId: 'second', atMs: NOON_MS + 2 * HOUR_MS }),
      verdict({ eventId: 'third', verdict: 'UNDO', undoes: 'second', atMs: NOON_MS + 3 * HOUR_MS }),
      verdict({ eventId: 'of b', signalId: 'b', itemId: '2', verdict: 'NONE_IN_STORE' }),
    ]);
    const { app, get, metrics } = await start(lake);
    await until('ready', () => isReady(app));
    const { verdicts } = (await get('/verdicts?signal=a')).body;
    expect(idsOf(verdicts, 'eventId')).toEqual(['third', 'second', 'first']);
    expect(idsOf(verdicts, 'undone')).toEqual([false, true, false]);
    expect(JSON.stringify(verdicts)).not.toContain('tok');
    expect(
      idsOf((await get(`/verdicts?store=1001&since=${NOON_MS + 2 * HOUR_MS}`)).body['verdicts'], 'eventId'),
    ).toEqual(['third', 'second']);
    const signals = (await get('/signals')).body['signals'] as {
      signalId: string;
      lastVerdict: Json | null;
    }[];
    const said = Object.fromEntries(signals.map((one) => [one.signalId, one.lastVerdict?.['verdict']]));
    expect(said).toEqual({ a: 'IT_WAS_THERE', b: 'NONE_IN_STORE' });

    const { body } = await get(`/kpis?since=${NOON_MS - HOUR_MS}`);
    const precision = (body['kpis'] as Json[]).find(({ id }) => id === 'alert_precision');
    expect(precision).toMatchObject({ value: 0.5, cases: 2 });
    expect(body['precision']).toHaveLength(2);
    const lines = (await metrics.metrics()).split('\n').filter((line) => line.includes('precision_ratio{'));
    expect(lines).toContain('gondola_signals_precision_ratio{kind="phantom",bound="value"} 1');
    expect((await get('/kpis?since=2030-01-01T00:00:00Z')).status).toBe(400);
    expect((await get('/verdicts?signl=a')).body).toMatchObject({ status: 400, parameter: 'signl' });
  });

  it('tell who comes later that somebody is on the way, and count that as no look', async () => {
    const lake = await newLake();
    // It is 18:00.
    const sixMs = NOON_MS + 6 * HOUR_MS;
    const taking = (eventId: string, minutesAgo: number, fields: Partial<ShelfVerdict> = {}) =>
      verdict({
        ...{
          eventId,
          signalId: eventId,
          itemId: eventId,
          verdict: 'TAKEN',
          atMs: sixMs - minutesAgo * 60_000,
        },
        ...fields,
      });
    const items = ['free', 'going', 'long-ago', 'given-up', 'looked-at', 'well', 'later-signal', 'again'];
    await lake.addSignals([
      ...items.map((itemId) =>
        signalWith({ signalId: itemId, episodeId: itemId, itemId, valuePerMinute: 1 }),
      ),
      signalWith({ signalId: 'well-end', episodeId: 'well', itemId: 'well', kind: 'recovered', atMs: sixMs }),
      signalWith({ signalId: 'more', episodeId: 'later-signal', itemId: 'later-signal', atMs: sixMs }),
      signalWith({
        signalId: 'again-end',
        episodeId: 'again',
        itemId: 'again',
        kind: 'recovered',
        atMs: sixMs - 2,
      }),
      signalWith({ signalId: 'again-2', itemId: 'again', atMs: sixMs - 1 }),
    ]);
    await lake.addVerdicts([
      taking('going', 29),
      taking('long-ago', 30),
      taking('given-up', 9),
      taking('undo', 8, { signalId: 'given-up', itemId: 'given-up', verdict: 'UNDO', undoes: 'given-up' }),
      taking('looked-at', 9),
      taking('look', 8, { signalId: 'looked-at', itemId: 'looked-at', verdict: 'CANNOT_CHECK' }),
      ...['well', 'later-signal', 'again'].map((itemId) => taking(itemId, 9, { channel: 'card' })),
    ]);
    const { app, get } = await start(lake);
    await until('ready', () => isReady(app));
    const takenOf = (list: unknown) =>
      (list as Json[]).filter(({ taken }) => taken !== null).map(({ signalId, taken }) => [signalId, taken]);
    const going = { eventId: 'going', channel: 'board', atMs: sixMs - 29 * 60_000, untilMs: sixMs + 60_000 };
    const later = {
      eventId: 'later-signal',
      channel: 'card',
      atMs: sixMs - 9 * 60_000,
      untilMs: sixMs + 21 * 60_000,
    };
    expect(Object.fromEntries(takenOf((await get('/shelves')).body['shelves']))).toEqual({
      going,
      more: later,
    });
    const { tasks, done } = (await get('/tasks?store=1001')).body as { tasks: Json[]; done: number };
    expect(done).toBe(1);
    expect(idsOf(tasks, 'signalId').slice(-2).sort()).toEqual(['going', 'more']);
    expect(takenOf(tasks)).toHaveLength(2);
    const { verdicts } = (await get('/verdicts?signal=given-up')).body;
    expect(idsOf(verdicts, 'undone')).toEqual([false, true]);
    expect(((await get('/shelves/1001/going')).body['open'] as Json)['lastVerdict']).toBeNull();
  });

  it('are refused where nobody said where they go', async () => {
    const { app } = await start(await newLake());
    const answer = await fetch(`${app.url}/verdicts`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});

test('what is held out is recorded and shown to nobody who does not ask for it', async () => {
  const lake = await newLake();
  await lake.addSignals([
    signalWith({ signalId: 'shown' }),
    signalWith({ signalId: 'held', itemId: '2', arm: 'hold_out', lostSalesPerHour: 900 }),
  ]);
  const { app, get } = await start(lake);
  await until('ready', () => isReady(app));
  const ids = async (path: string, list: string) => idsOf((await get(path)).body[list], 'signalId');
  expect(await ids('/signals', 'signals')).toEqual(['shown']);
  expect(await ids('/signals?arm=hold_out', 'signals')).toEqual(['held']);
  expect((await ids('/signals?arm=all', 'signals')).sort()).toEqual(['held', 'shown']);
  expect(await ids('/shelves', 'shelves')).toEqual(['shown']);
  expect((await get('/board/info')).body).toMatchObject({ openTotal: 1 });
  expect((await get('/shelves/1001/2')).status).toBe(404);
});

describe('checks', () => {
  it('are drawn from what sold in the days before, the same for everybody, and are ticked off', async () => {
    const lake = await newLake();
    const shelves = Array.from({ length: 600 }, (_, n) => ({
      retail_store_id: n % 2 ? '1' : '2',
      item_id: `i${n}`,
    }));
    await lake.addSales('2026-04-30', shelves);
    await lake.addSales('2026-04-01', [{ retail_store_id: '1', item_id: 'sold long ago' }]);
    await lake.addSales('2026-05-01', [{ retail_store_id: '1', item_id: 'sold today' }]);
    const { app, get } = await start(lake, { checks: { share: 0.1 } });
    await until('ready', () => isReady(app));
    const { day, checks } = (await get('/checks?store=1')).body as { day: string; checks: Json[] };
    expect(day).toBe('2026-05-01');
    expect(checks.length).toBeGreaterThan(12);
    expect(checks.length).toBeLessThan(50);
    expect(Object.keys(checks[0]).sort()).toEqual(['checkId', 'done', 'itemId', 'itemName', 'storeId']);
    const items = new Set(shelves.map(({ item_id: itemId }) => itemId));
    expect(checks.every(({ itemId }) => items.has(String(itemId)))).toBe(true);

    const [{ checkId, itemId }] = checks;
    await lake.addVerdicts([
      verdict({
        eventId: 'v',
        signalId: null,
        checkId: String(checkId),
        storeId: '1',
        itemId: String(itemId),
      }),
    ]);
    await until('done', async () => {
      const again = (await get('/checks?store=1&day=2026-05-01')).body['checks'] as Json[];
      expect(idsOf(again, 'checkId')).toEqual(idsOf(checks, 'checkId'));
      return again.filter(({ done }) => done).length === 1;
    });
    const all = (await start(lake, { checks: { share: 1 } })).get;
    const every = (await all('/checks?store=1&day=2026-05-01')).body['checks'] as Json[];
    expect(every).toHaveLength(300);
    expect((await all('/checks')).body).toMatchObject({ status: 400, parameter: 'store' });
  });

  it("are of the store's own day", async () => {
    const lake = await newLake();
    await lake.addStores([
      { retail_store_id: '1', name: 'One', city: null, time_zone: 'Pacific/Kiritimati' },
    ]);
    const { app, get } = await start(lake);
    await until('ready', () => isReady(app));
    // 18:00 UTC is the next morning there.
    expect((await get('/checks?store=1')).body).toEqual({ day: '2026-05-02', checks: [] });
    expect((await get('/checks?store=2')).body).toEqual({ day: '2026-05-01', checks: [] });
  });
});
