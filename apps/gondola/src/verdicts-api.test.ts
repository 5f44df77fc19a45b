import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiConfigSchema, createApi } from '@gondola/api';
import { parseConfig } from '@gondola/config';
import { parseArgs } from 'node:util';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { silentLog } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { createRegistry } from '@gondola/telemetry';
import { context, START_MS, UpkeepLake, type Row } from '../test/upkeep-lake.js';
import { kpis } from './commands/kpis.js';
import { openVerdicts } from './open-verdicts.js';

const TOKEN = 'a-token-of-more-than-thirty-two-characters';
const VERDICTS = 'dev/silver/retail.stockout.verdict';

describe('POST /verdicts', () => {
  let lake: UpkeepLake;
  let stop: AbortController;
  let opened: AsyncDisposableStack;
  let url: string;
  let stopped: Promise<void>;

  beforeEach(async () => {
    lake = new UpkeepLake();
    stop = new AbortController();
    opened = new AsyncDisposableStack();
    const tokenFile = join(lake.folder, 'verdict.token');
    await writeFile(tokenFile, TOKEN);
    const config = parseConfig('api', apiConfigSchema, {
      ...{ environment: 'dev', lake: lake.lake, http: { port: 0 }, pollMs: 10 },
      verdicts: { stream: { file: join(lake.folder, 'stream.sqlite') }, tokenFile },
    });
    const registry = loadEmbeddedRegistry(lake.schemas);
    const api = createApi({
      ...{ config, lake: lake.store, clock: createManualClock(START_MS, { autoAdvance: true }) },
      ...{ log: silentLog, metrics: createRegistry(), demo: false, schemas: null, quarantine: null },
      verdicts: await openVerdicts(config, { registry, opened }),
    });
    const app = await api.start(stop.signal);
    [url, stopped] = [app.url, app.stopped];
    while (api.feed.health().state === 'starting') await new Promise((resolve) => setTimeout(resolve, 10));
  });
  afterEach(async () => {
    stop.abort();
    await stopped;
    await opened.disposeAsync();
    lake.remove();
  });

  async function post(body: unknown, headers: Record<string, string> = {}) {
    const answer = await fetch(`${url}/verdicts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      body: (await answer.json()) as Row,
    };
  }
  const shelf = { storeId: 'S1', itemId: 'milk' };

  it('goes the way of all events into silver, once, without a name or a note', async () => {
    const filled = {
      ...shelf,
      eventId: 'v1',
      signalId: 's',
      verdict: 'FILLED',
      actor: 'Ana P.',
      note: 'told Ana',
    };
    expect((await post(filled)).status).toBe(202);
    expect((await post(filled)).status).toBe(200);
    expect(await post({ ...filled, verdict: 'IT_WAS_THERE' })).toMatchObject({ status: 409 });
    // What it takes back says of which shelf.
    expect((await post({ eventId: 'v2', verdict: 'UNDO', undoes: 'v1' })).body).toMatchObject({
      ...shelf,
      signalId: 's',
    });
    expect((await post({ ...shelf, eventId: 'v3', signalId: 's', verdict: 'TAKEN' })).status).toBe(202);
    expect(await post({ ...shelf, checkId: 'c', verdict: 'TAKEN' })).toMatchObject({
      status: 422,
      body: { reason: 'rule_broken', pointer: '/signalId' },
    });
    const check = await post({ ...shelf, checkId: 'c', verdict: 'CANNOT_CHECK', at: START_MS - 1_000 });
    expect(check.body).toMatchObject({
      atMs: START_MS - 1_000,
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });

    await lake.ingest(START_MS);
    const rows = await lake.rows(VERDICTS);
    expect(rows.map(({ event_id: id, verdict }) => [id, verdict]).sort()).toEqual(
      [
        ['v1', 'FILLED'],
        ['v2', 'UNDO'],
        ['v3', 'TAKEN'],
        [check.body['eventId'], 'CANNOT_CHECK'],
      ].sort(),
    );
    const first = rows.find(({ event_id: id }) => id === 'v1');
    expect(first).toMatchObject({
      actor: expect.stringMatching(/^[0-9a-f]{16}$/),
      note: null,
      channel: null,
    });

    const { values } = parseArgs({ args: ['--lake', lake.lake, '--people'], options: kpis.options });
    const summary = await kpis.run({ positionals: [], values }, context);
    expect(summary).toMatchObject({ ok: true, leftOut: { undone: 1, cannot_check: 1 } });
    expect(summary['people']).toEqual(
      expect.arrayContaining([expect.objectContaining({ actor: first?.['actor'], undone: 1, verdicts: 0 })]),
    );
  });

  it.each([
    ['no token', { ...shelf, signalId: 's', verdict: 'FILLED' }, { authorization: '' }, 401, {}],
    ['no JSON', 'verdict=FILLED', {}, 400, {}],
    ['a form', '{}', { 'content-type': 'text/plain' }, 415, {}],
    ['another word', { ...shelf, signalId: 's', verdict: 'FULL' }, {}, 400, { parameter: 'verdict' }],
    [
      'a field too many',
      { ...shelf, signalId: 's', verdict: 'FILLED', who: 'x' },
      {},
      400,
      { parameter: 'who' },
    ],
    ['of an unknown shelf', { signalId: 's', verdict: 'FILLED' }, {}, 400, { parameter: 'storeId' }],
    ['of nothing', { ...shelf, verdict: 'FILLED' }, {}, 422, { reason: 'rule_broken', pointer: '/signalId' }],
    ['an undo of nothing', { ...shelf, signalId: 's', verdict: 'UNDO' }, {}, 422, { pointer: '/undoes' }],
    [
      'of tomorrow',
      { ...shelf, signalId: 's', verdict: 'FILLED', at: START_MS + 86_400_000 },
      {},
      422,
      { reason: 'event_time_in_future' },
    ],
  ])('refuses %s as a problem, and writes nothing', async (_, body, headers, status, members) => {
    const answer = await post(body, headers);
    expect(answer).toMatchObject({ status, body: { status, detail: expect.any(String), ...members } });
    expect(answer.type).toMatch(/^application\/problem\+json/);
    expect(lake.log.ends('events').every(({ next }) => next === 0)).toBe(true);
  });
});

it('a token without a stream is refused by name', async () => {
  await using opened = new AsyncDisposableStack();
  const config = parseConfig('api', apiConfigSchema, {
    ...{ environment: 'dev', lake: 'lake', verdicts: { tokenFile: 'x' } },
  });
  await expect(openVerdicts(config, { registry: loadEmbeddedRegistry('schemas'), opened })).rejects.toThrow(
    /verdicts\.tokenFile: needs verdicts\.stream/,
  );
  await rm('lake', { recursive: true, force: true });
});
