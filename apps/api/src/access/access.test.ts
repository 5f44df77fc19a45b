import { readFileSync } from 'node:fs';
import { keyIdOf } from '@gondola/access';
import { cleanUp, newLake, start, until, type Json } from '../../test/api-harness.js';
import { startGuarded, type Who } from '../../test/guarded-api.js';
import { apiConfigSchema } from '../api.config.js';
import { readCallers, removeCaller } from './callers.js';

afterEach(cleanUp);

const problemOf = async (answer: Response) => (await answer.json()) as Json;
const JSON_TYPE = { 'content-type': 'application/json' };

describe('who may what', () => {
  /** With no writer of verdicts and nothing behind quarantine, who is let in is told so. */
  it.each<[string, string, Who | null, number, string | null]>([
    ['GET', '/signals', null, 401, 'key_missing'],
    ['GET', '/signals', 'reader', 200, null],
    ['GET', '/signals', 'judge', 200, null],
    ['GET', '/signals', 'admin', 200, null],
    ['GET', '/signals', 'keeper', 403, 'scope_missing'],
    ['GET', '/signals', 'ended', 401, 'key_ended'],
    ['GET', '/signals/stream', null, 401, 'key_missing'],
    ['GET', '/signals/stream', 'keeper', 403, 'scope_missing'],
    ['GET', '/openapi.json', null, 401, 'key_missing'],
    ['GET', '/verdicts', 'reader', 200, null],
    ['POST', '/verdicts', null, 401, 'key_missing'],
    ['POST', '/verdicts', 'reader', 403, 'scope_missing'],
    ['POST', '/verdicts', 'judge', 409, null],
    ['POST', '/verdicts', 'admin', 409, null],
    ['GET', '/no/such/path', null, 401, 'key_missing'],
    ['GET', '/no/such/path', 'reader', 404, null],
    ['DELETE', '/signals', null, 401, 'key_missing'],
    ['GET', '/health/live', null, 200, null],
    ['GET', '/health/ready', null, 200, null],
    ['GET', '/metrics', null, 200, null],
    ['GET', '/board/icon.svg', null, 200, null],
  ])('%s %s by %s: %i %s', async (method, path, who, status, reason) => {
    const { ask } = await startGuarded();
    const answer = await ask(path, who, { method });
    expect(answer.status).toBe(status);
    if (reason === null) return;
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await problemOf(answer)).toMatchObject({ status, reason, detail: expect.any(String) });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="gondola"/);
  });

  it('a key of another environment is told so, and no hash is compared', async () => {
    const { ask, add } = await startGuarded();
    const prod = add('reader', { environment: 'prod' });
    const answer = await ask('/signals', null, { headers: { 'x-api-key': prod } });
    expect(answer.status).toBe(403);
    expect(await problemOf(answer)).toMatchObject({
      reason: 'key_elsewhere',
      detail: 'this key is of the environment prod, this api of dev',
    });
  });

  it('in the language of the caller', async () => {
    const { ask } = await startGuarded();
    const answer = await ask('/verdicts', 'reader', { method: 'POST', headers: { 'accept-language': 'es' } });
    expect(await problemOf(answer)).toMatchObject({ detail: 'esto pide una clave con el permiso verdict' });
  });

  it('a key that is made works, and one that is taken back does not, without a restart', async () => {
    const { ask, add, keysFile, keys } = await startGuarded();
    const made = add('later', {});
    const statusOf = async (key: string) =>
      (await ask('/signals', null, { headers: { authorization: `Bearer ${key}` } })).status;
    await until('the new key works', async () => (await statusOf(made)) === 200);
    const text = readFileSync(keysFile, 'utf8');
    expect([keys.reader, made].some((key) => text.includes(key))).toBe(false);
    const later = readCallers(keysFile).find(({ caller }) => caller === 'later');
    expect(removeCaller(keysFile, later ? keyIdOf(later) : '')).toMatchObject({ caller: 'later' });
    await until('the key is refused', async () => (await statusOf(made)) === 401);
    expect(await statusOf(keys.reader)).toBe(200);
    expect(removeCaller(keysFile, 'none')).toBeNull();
  });

  it('a stream ends with its key, and carries the headers that all answers have', async () => {
    const { ask, add, keysFile } = await startGuarded({ stream: { heartbeatMs: 20 } });
    const headers = { authorization: `Bearer ${add('follower', {})}` };
    await until('the new key works', async () => (await ask('/signals', null, { headers })).status === 200);
    const answer = await ask('/signals/stream', null, { headers });
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('ratelimit')).toContain('"caller"');
    const read = (async () => {
      for await (const _ of answer.body ?? []);
    })();
    const follower = readCallers(keysFile).find(({ caller }) => caller === 'follower');
    removeCaller(keysFile, follower ? keyIdOf(follower) : '');
    await expect(read).rejects.toThrow();
  });

  it('a token of a file is good for its scope only', async () => {
    const token = 'gnd_dev_verdict-token-of-more-than-32-characters';
    const { ask } = await startGuarded({}, { verdicts: { token, write: () => Promise.resolve(null) } });
    const headers = { authorization: `Bearer ${token}`, ...JSON_TYPE };
    expect((await ask('/signals', null, { headers })).status).toBe(403);
    const verdict = { storeId: '1', itemId: 'x', signalId: 's', verdict: 'IT_WAS_THERE' };
    const body = JSON.stringify(verdict);
    expect((await ask('/verdicts', null, { method: 'POST', headers, body })).status).toBe(202);
  });
});

describe('how often', () => {
  it('each key as its entry says, told by the standard headers', async () => {
    const { ask } = await startGuarded();
    const first = await ask('/signals', 'slow');
    expect(first.headers.get('ratelimit-policy')).toBe('"caller";q=2;w=1, "environment";q=1000;w=1');
    expect(first.headers.get('ratelimit')).toMatch(/^"caller";r=1;t=0, "environment";r=\d+;t=0$/);
    const statuses: number[] = [];
    for (let tries = 0; tries < 20; tries++) statuses.push((await ask('/signals', 'slow')).status);
    expect(statuses).toContain(429);
    const refused = await Promise.all(Array.from({ length: 10 }, () => ask('/signals', 'slow'))).then(
      (answers) => answers.find(({ status }) => status === 429),
    );
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused && (await problemOf(refused))).toMatchObject({ reason: 'rate_exceeded' });
    // Nobody else is held up.
    expect((await ask('/signals', 'reader')).status).toBe(200);
  });

  it('all callers of an environment together', async () => {
    const { ask } = await startGuarded({ access: { environmentRequestsPerSecond: 1 } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('/signals', 'admin')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(await problemOf(refused[0])).toMatchObject({ detail: /environment may answer/ as unknown });
  });

  it('who tries keys is slowed, and who has one is not', async () => {
    const { ask, metrics } = await startGuarded();
    const tryOne = (n: number) =>
      ask('/signals', null, { headers: { authorization: `Bearer gnd_dev_${String(n).padStart(43, 'A')}` } });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => tryOne(n)));
    const slowed = answers.filter(({ status }) => status === 429);
    expect(slowed.length).toBeGreaterThan(0);
    expect(slowed[0].headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await problemOf(slowed[0])).toMatchObject({ reason: 'keys_tried' });
    expect((await ask('/signals', 'reader')).status).toBe(200);
    const counted = await metrics.metrics();
    expect(counted).toMatch(/gondola_api_refusals_total\{reason="key_unknown"\} \d+/);
    expect(counted).toMatch(/gondola_api_refusals_total\{reason="keys_tried"\} \d+/);
  });
});

it.each([
  [[], true],
  [['10.0.0.0/8'], true],
  [['127.0.0.0/8', '::1'], false],
])(
  'who comes by a proxy of %j is told from others by what it says, unless it is no proxy',
  async (proxies, isOne) => {
    const { ask } = await startGuarded({ access: { proxies } });
    const tryOne = (n: number) =>
      ask('/signals', null, { headers: { 'x-forwarded-for': `203.0.113.${n}`, 'x-api-key': `wrong-${n}` } });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => tryOne(n)));
    expect(answers.some(({ status }) => status === 429)).toBe(isOne);
  },
);

describe('pages of other hosts', () => {
  const origin = 'https://shop.example.org';
  const preflight = { origin, 'access-control-request-method': 'GET' };

  it('may not ask unless they are named', async () => {
    const { ask } = await startGuarded();
    const asked = await ask('/signals', null, { method: 'OPTIONS', headers: preflight });
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const read = await ask('/signals', 'reader', { headers: { origin } });
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, null]);
    const headers = { origin, ...JSON_TYPE };
    const written = await ask('/verdicts', 'judge', { method: 'POST', headers, body: '{}' });
    expect(await problemOf(written)).toMatchObject({ status: 403, reason: 'origin_foreign' });
  });

  it('that are named may, with a key and never with a cookie', async () => {
    const { ask } = await startGuarded({ access: { origins: [origin] } });
    const asked = await ask('/signals', null, { method: 'OPTIONS', headers: preflight });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const read = await ask('/signals', 'reader', { headers: { origin } });
    expect(read.headers.get('access-control-allow-origin')).toBe(origin);
    const refused = await ask('/signals?kind=none', 'reader', { headers: { origin } });
    expect([read, refused].map(({ headers }) => headers.get('vary'))).toEqual([
      'origin',
      'origin, accept-language',
    ]);
    const other = await ask('/signals', 'reader', { headers: { origin: `${origin}.evil.example` } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the board', () => {
  const page = { headers: { accept: 'text/html' } };
  const signIn = (api: Awaited<ReturnType<typeof startGuarded>>, key: string, headers: object = {}) =>
    api.ask('/session', null, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify({ key }),
    });
  const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';

  it('sends who has no key to where to give one, and back', async () => {
    const { ask } = await startGuarded();
    const first = await ask('/', null, page);
    expect([first.status, first.headers.get('location')]).toEqual([303, '/board/sign-in.html']);
    const deep = await ask('/no/such?x=1', null, page);
    expect(deep.headers.get('location')).toBe('/board/sign-in.html?to=%2Fno%2Fsuch%3Fx%3D1');
    for (const name of ['sign-in.html', 'sign-in.js', 'sign-in.css']) {
      const file = await ask(`/board/${name}`, null);
      expect([name, file.status]).toEqual([name, 200]);
      const text = await file.text();
      expect(text).not.toMatch(/<script(?![^>]*src=)|\son\w+=|style=|innerHTML|document\.write|eval\(/);
      expect(text).not.toMatch(/localStorage|sessionStorage|document\.cookie/);
    }
  });

  it('trades a key for a cookie that scripts cannot read, good for what the key may', async () => {
    const api = await startGuarded();
    const { ask, keys } = api;
    const answer = await signIn(api, keys.reader);
    expect(answer.status).toBe(204);
    const set = answer.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^gondola_session_dev=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(set).not.toContain(keys.reader);
    const cookie = cookieOf(answer);
    expect((await ask('/', null, { headers: { ...page.headers, cookie } })).status).toBe(200);
    expect((await ask('/signals', null, { headers: { cookie } })).status).toBe(200);
    expect(await problemOf(await ask('/session', null, { headers: { cookie } }))).toEqual({
      state: 'in',
      scopes: ['read'],
    });
    const denied = await ask('/verdicts', null, {
      method: 'POST',
      headers: { cookie, ...JSON_TYPE },
      body: '{}',
    });
    expect(await problemOf(denied)).toMatchObject({ reason: 'scope_missing' });
    const [name, value] = cookie.split('=');
    for (const forged of [
      value.replace(/^./, (first) => (first === 'f' ? '0' : 'f')),
      `${value.slice(0, -2)}AA`,
      value.replace(/\.\d+\./, '.9999999999.'),
    ])
      expect((await ask('/signals', null, { headers: { cookie: `${name}=${forged}` } })).status).toBe(401);
    const over = await ask('/session', null, { method: 'DELETE', headers: { cookie } });
    expect(over.headers.get('set-cookie')).toMatch(/^gondola_session_dev=; .*Max-Age=0/);
    expect(await problemOf(await ask('/session', null))).toEqual({ state: 'out', scopes: [] });
  });

  it('changes nothing by a cookie for a page elsewhere', async () => {
    const api = await startGuarded();
    const cookie = cookieOf(await signIn(api, api.keys.judge));
    const judge = (headers: object) =>
      api.ask('/verdicts', null, {
        method: 'POST',
        headers: { cookie, ...JSON_TYPE, ...headers },
        body: '{}',
      });
    const host = new URL(api.app.url).host;
    expect((await judge({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).status).toBe(409);
    for (const headers of [
      { 'sec-fetch-site': 'same-site' },
      { origin: 'http://127.0.0.1:1' },
      { origin: 'null' },
    ])
      expect(await problemOf(await judge(headers))).toMatchObject({ reason: 'origin_foreign' });
    expect((await signIn(api, api.keys.judge, { origin: 'https://evil.example' })).status).toBe(403);
  });

  it('by TLS the cookie goes by TLS only, and so does all else', async () => {
    const api = await startGuarded();
    const answer = await signIn(api, api.keys.reader, { 'x-forwarded-proto': 'https' });
    expect(answer.headers.get('set-cookie')).toMatch(/; Secure$/);
    expect(answer.headers.get('strict-transport-security')).toMatch(/max-age=31536000/);
    expect((await api.ask('/health/live', null)).headers.get('strict-transport-security')).toBeNull();
  });

  it('ends with the key', async () => {
    const api = await startGuarded();
    const cookie = cookieOf(await signIn(api, api.keys.reader));
    const [reader] = readCallers(api.keysFile);
    removeCaller(api.keysFile, keyIdOf(reader));
    await until(
      'refused',
      async () => (await api.ask('/signals', null, { headers: { cookie } })).status === 401,
    );
  });

  it('is one for all instances that know the same secret', async () => {
    const sessionSecret = 'a-secret-of-more-than-thirty-two-characters';
    const [one, two] = [await startGuarded({}, { sessionSecret }), await startGuarded({}, { sessionSecret })];
    const cookie = cookieOf(await signIn(one, one.keys.reader));
    // Another keys file: the signature is good, and the key of that id is not there.
    expect((await two.ask('/signals', null, { headers: { cookie } })).status).toBe(401);
    const same = await startGuarded({ access: { keysFile: one.keysFile } }, { sessionSecret });
    expect((await same.ask('/signals', null, { headers: { cookie } })).status).toBe(200);
  });
});

describe('without keys', () => {
  it('whoever is on this machine may, by its own name only', async () => {
    const { app } = await start(await newLake());
    expect((await fetch(`${app.url}/signals`)).status).toBe(200);
    expect(await problemOf(await fetch(`${app.url}/session`))).toMatchObject({ state: 'off' });
    const write = await fetch(`${app.url}/verdicts`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect(await problemOf(write)).toMatchObject({ reason: 'origin_foreign' });
  });

  it.each([
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.7', false],
    ['127.0.0.1', true],
    ['::1', true],
    ['localhost', true],
  ])('it listens on %s: %s', (host, isTaken) => {
    const base = { environment: 'prod', lake: '/var/lib/gondola', http: { host } };
    const refused = apiConfigSchema.safeParse(base);
    expect(refused.success).toBe(isTaken);
    if (!refused.success)
      expect(refused.error.issues[0]).toMatchObject({
        path: ['access'],
        message: expect.stringContaining('npx gondola keys create'),
      });
    expect(apiConfigSchema.safeParse({ ...base, access: { keysFile: 'callers.yaml' } }).success).toBe(true);
  });
});

it('keys that are tried at /session are counted as elsewhere', async () => {
  const { app, ask } = await startGuarded();
  const wrong = { headers: { authorization: `Bearer gnd_dev_${'A'.repeat(43)}` } };
  expect(await (await ask('/session', null, wrong)).json()).toMatchObject({ state: 'out' });
  expect(await (await ask('/session', null)).json()).toMatchObject({ state: 'out' });
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  expect(metrics).toMatch(/^gondola_api_refusals_total\{[^}]*reason="key_unknown"[^}]*\} 1$/m);
  expect(metrics).not.toMatch(/^gondola_api_refusals_total\{[^}]*reason="key_missing"[^}]*\} [1-9]/m);
});

it('who asks too often is counted, and does not fill the log', async () => {
  const { ask, lines } = await startGuarded();
  const tries = Array.from({ length: 20 }, () => ask('/verdicts', 'slow', { method: 'POST' }));
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  const isTooMany = (status: number) => status === 429;
  expect(statuses.filter(isTooMany).length).toBeGreaterThan(10);
  const told = lines.filter((line) => line.includes('"audit"') && line.includes('/verdicts'));
  expect(told).toHaveLength(statuses.filter((status) => !isTooMany(status)).length);
});

it('the log tells who did what, and never by which key', async () => {
  const token = 'gnd_dev_verdict-token-of-more-than-32-characters';
  const { ask, keys, lines } = await startGuarded(
    {},
    { verdicts: { token, write: () => Promise.resolve(null) } },
  );
  const body = JSON.stringify({ storeId: '1', itemId: 'x', signalId: 's', verdict: 'IT_WAS_THERE' });
  await ask('/verdicts', 'judge', { method: 'POST', headers: JSON_TYPE, body });
  await ask('/session', null, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ key: keys.reader }),
  });
  await ask('/signals', 'reader');
  const acts = lines
    .map((line) => JSON.parse(line) as { name: string; time: unknown; audit?: Json })
    .filter(({ name }) => name === 'audit');
  expect(acts.map(({ audit }) => audit)).toEqual([
    {
      who: expect.stringMatching(/^judge#[0-9a-f]{12}$/),
      did: 'POST /verdicts',
      path: '/verdicts',
      scope: 'verdict',
      status: 202,
    },
    {
      who: expect.stringMatching(/^reader#[0-9a-f]{12}$/),
      did: 'POST /session',
      path: '/session',
      scope: 'open',
      status: 204,
    },
  ]);
  expect(acts[0].time).toBeDefined();
  for (const secret of [...Object.values(keys), token]) expect(lines.join('')).not.toContain(secret.slice(8));
});
