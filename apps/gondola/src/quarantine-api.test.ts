import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiConfigSchema, createApi } from '@gondola/api';
import { parseConfig, readConfigFile } from '@gondola/config';
import { ingestConfigSchema } from '@gondola/ingest';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { silentLog, systemClock } from '@gondola/stream';
import { createRegistry } from '@gondola/telemetry';
import { context, DAY_MS, POS, records, START_MS, UpkeepLake } from '../test/upkeep-lake.js';
import { quarantine } from './commands/quarantine.js';
import { openQuarantine } from './open-quarantine.js';

const TOKEN = 'a-token-of-more-than-thirty-two-characters';
const PLANTED = 'maria.l@example.org';

type Json = Readonly<Record<string, unknown>>;

describe('quarantine over HTTP', () => {
  let lake: UpkeepLake;
  let stop: AbortController;
  let opened: AsyncDisposableStack;
  let url: string;
  let stopped: Promise<void>;

  beforeEach(async () => {
    lake = new UpkeepLake();
    await lake.send(records(0, 60));
    // Refused, with a personal field in it.
    const sale = { eventId: 'e', retailStoreId: 'S1', customerId: PLANTED, currencyCode: 'PESOS' };
    await lake.send([{ key: null, value: Buffer.from(JSON.stringify(sale)), timestampMs: START_MS }]);
    await lake.ingest(START_MS + DAY_MS);
    await start(true);
  });
  afterEach(async () => {
    stop.abort();
    await stopped;
    await opened.disposeAsync();
    lake.remove();
  });

  async function start(withReplays: boolean): Promise<void> {
    const tokenFile = join(lake.folder, 'replay.token');
    writeFileSync(tokenFile, `${TOKEN}\n`);
    opened = new AsyncDisposableStack();
    stop = new AbortController();
    const tools = {
      ...{ store: lake.store, environment: 'dev', log: silentLog, opened },
      contracts: loadEmbeddedRegistry(lake.schemas),
    };
    const ingest = readConfigFile(lake.config(), ingestConfigSchema);
    const api = createApi({
      config: parseConfig('api', apiConfigSchema, {
        ...{ environment: 'dev', lake: lake.lake, http: { port: 0 } },
      }),
      ...{ lake: lake.store, clock: systemClock, log: silentLog, metrics: createRegistry() },
      ...{ demo: false, schemas: null },
      quarantine: await openQuarantine(ingest, { hasKeys: false, ...(withReplays && { tokenFile }) }, tools),
    });
    const app = await api.start(stop.signal);
    [url, stopped] = [app.url, app.stopped];
  }

  async function get(path: string) {
    const answer = await fetch(`${url}${path}`);
    const text = await answer.text();
    expect(text).not.toContain(PLANTED);
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      body: JSON.parse(text) as Json,
    };
  }

  async function post(body: unknown, headers: Record<string, string> = {}) {
    const all = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${url}/quarantine/replays`, { method: 'POST', headers: all, body: text });
    return {
      status: answer.status,
      location: answer.headers.get('location'),
      body: (await answer.json()) as Json,
    };
  }

  async function ended(location: string | null): Promise<Json> {
    for (let tries = 0; tries < 2_000; tries++) {
      const { body } = await get(location ?? '');
      if (body['state'] !== 'running') return body;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('the replay does not end');
  }

  const byCommand = (positionals: readonly string[], values: Record<string, string> = {}) =>
    quarantine.run(
      { positionals, values: { config: lake.config(), rows: '5', page: '1', ...values } },
      context,
    );

  it('lists and shows what the command does', async () => {
    const { by: _, command, ok, ...listing } = await byCommand(['list'], { page: '2' });
    expect([command, ok]).toEqual(['quarantine list', true]);
    const groups = listing['groups'] as readonly Json[];
    const { status, body } = await get('/quarantine?limit=5&page=2');
    expect({ status, body }).toEqual({
      status: 200,
      body: { ...listing, groupsTotal: groups.length, nextCursor: null },
    });
    const [largest] = groups;
    expect(largest).toMatchObject({
      ...{ stream: 'events', producer: 'events', message: expect.any(String) },
      ...{ first: expect.stringMatching(/^2026-11-23T/), last: expect.stringMatching(/^2026-11-23T/) },
    });
    const broken = await get(`/quarantine?reason=rule_broken&subject=${POS}&stream=events&since=2026-11-23`);
    expect(new Set((broken.body['groups'] as Json[]).map((group) => group['reason']))).toEqual(
      new Set(['rule_broken']),
    );
    expect((await get('/quarantine?stream=other')).body).toMatchObject({ total: 0, groups: [], rows: [] });

    for (const { example } of groups) {
      const { command: __, ok: ___, ...shown } = await byCommand(['show', String(example)]);
      expect((await get(`/quarantine/${String(example)}`)).body).toEqual(JSON.parse(JSON.stringify(shown)));
    }
  });

  it('gives every row once to who follows the cursors', async () => {
    const { rows } = (await get('/quarantine?limit=1000')).body as { rows: readonly Json[] };
    const seen: Json[] = [];
    for (let cursor: unknown = ''; cursor !== null;) {
      const { body } = await get(`/quarantine?limit=2${cursor === '' ? '' : `&cursor=${String(cursor)}`}`);
      seen.push(...(body['rows'] as Json[]));
      cursor = body['nextCursor'];
    }
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual(rows);
    const { nextCursor } = (await get('/quarantine?limit=1')).body as { nextCursor: string };
    expect((await get(`/quarantine?page=2&cursor=${nextCursor}`)).body).toMatchObject({ parameter: 'page' });
    expect((await get('/quarantine?cursor=page2')).status).toBe(400);
  });

  it('says as problems what cannot be', async () => {
    const wrong: [string, number, Json][] = [
      ['/quarantine?reason=bad', 400, { parameter: 'reason' }],
      ['/quarantine?since=yesterday', 400, { parameter: 'since' }],
      ['/quarantine?sinze=2026-11-23', 400, { parameter: 'sinze' }],
      ['/quarantine?limit=1000&page=11', 400, { parameter: 'page' }],
      ['/quarantine/events/0/987654321', 404, { detail: 'quarantine has no record events/0/987654321' }],
      ['/quarantine/events/0/abc', 400, { parameter: 'position' }],
      ['/quarantine/replays/none', 404, {}],
    ];
    for (const [path, status, members] of wrong) {
      const answer = await get(path);
      expect({ path, ...answer }).toMatchObject({
        path,
        status,
        type: expect.stringContaining('application/problem+json'),
        body: members,
      });
    }
  });

  it('replays for who has the token, and changes nothing unless it is told to', async () => {
    expect((await post({}, { authorization: 'Bearer guess' })).status).toBe(401);
    expect((await post({}, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('{')).status).toBe(400);
    expect(await post({ dryrun: false })).toMatchObject({ status: 400, body: { parameter: 'dryrun' } });
    expect(await post({ reason: 'bad' })).toMatchObject({ status: 400, body: { parameter: 'reason' } });
    expect((await post('x'.repeat(20_000))).status).toBe(413);
    expect((await get('/quarantine/replays')).body).toEqual({ replays: [] });

    lake.acceptMore();
    stop.abort();
    await stopped;
    await start(true);
    const before = (await get('/quarantine?reason=rule_broken')).body['total'];
    expect(before).toBeGreaterThan(0);
    const dry = await post({ reason: 'rule_broken' });
    expect(dry).toMatchObject({ status: 202, body: { state: 'running', dryRun: true } });
    const asked = await ended(dry.location);
    expect(asked).toMatchObject({ state: 'done', records: before, result: { passed: before } });
    expect((await get('/quarantine?reason=rule_broken')).body['total']).toBe(before);

    const rows = (await lake.rows(`dev/silver/${POS}`)).length;
    const first = post({ reason: 'rule_broken', dryRun: false });
    const [one, other] = await Promise.all([first, post({ reason: 'rule_broken', dryRun: false })]);
    expect([one.status, other.status].sort()).toEqual([202, 409]);
    const done = await ended(one.location ?? other.location);
    expect(done).toMatchObject({ state: 'done', dryRun: false, result: { passed: before } });
    expect((await get('/quarantine?reason=rule_broken')).body['total']).toBe(0);
    expect((await lake.rows(`dev/silver/${POS}`)).length).toBeGreaterThan(rows);
    expect(((await get('/quarantine/replays')).body['replays'] as Json[]).length).toBe(2);
  });

  it('reads and replays records that are encrypted', async () => {
    stop.abort();
    await stopped;
    lake.remove();
    lake = new UpkeepLake();
    lake.encrypt();
    await lake.send(records(0, 60));
    await lake.ingest(START_MS + DAY_MS);
    await start(true);
    const { status, body } = await get('/quarantine');
    expect([status, (body['groups'] as Json[]).length > 1]).toEqual([200, true]);
    const [{ example }] = body['groups'] as { example: string }[];
    expect((await get(`/quarantine/${example}`)).status).toBe(200);
    const { location } = await post({ dryRun: false });
    expect(await ended(location)).toMatchObject({ state: 'done', records: body['total'] });
    expect((await get('/quarantine')).body['total']).toBe(body['total']);
  });

  it('names the command where it was not told how to replay', async () => {
    stop.abort();
    await stopped;
    await start(false);
    const { status, body } = await post({});
    expect([status, body['command']]).toEqual([409, expect.stringContaining('gondola quarantine replay')]);
    expect((await get('/quarantine')).status).toBe(200);
  });
});
