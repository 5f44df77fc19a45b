import { connect } from 'node:net';
import { cleanUp, newLake, start, until } from '../../test/api-harness.js';
import { startGuarded } from '../../test/guarded-api.js';

/** What no log, metric or label may ever have; it is in all that is sent here. */
const PLANTED = 'PLANTED0secret0of0somebody';
const HEADER_BYTES_MAX = 8_192;
const CRLF = '\r\n';

type Api = Awaited<ReturnType<typeof startGuarded>>;
interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

const startWith = (limits: { readonly requestMs?: number } = {}): Promise<Api> =>
  startGuarded(
    { limits: { headerBytesMax: HEADER_BYTES_MAX, ...limits } },
    { verdicts: { token: `gnd_dev_${PLANTED}_of_verdicts`, write: () => Promise.resolve(null) } },
  );

let api: Api;
beforeAll(async () => {
  api = await startWith();
});
afterAll(async () => {
  await expectUnharmed(api);
  await cleanUp();
});

/** After all of it, who behaves is answered, and nothing of what was sent stands anywhere. */
async function expectUnharmed({ ask, keys, lines: told, metrics }: Api): Promise<void> {
  expect((await ask('/signals', 'reader')).status).toBe(200);
  const written = told.join('') + (await metrics.metrics());
  expect(written).not.toContain(PLANTED);
  for (const key of Object.values(keys)) expect(written).not.toContain(key.slice('gnd_dev_'.length));
  expect(told.map((line) => JSON.parse(line) as { level: string; msg: string })).not.toContainEqual(
    expect.objectContaining({ level: 'error' }),
  );
}

/** Writes these bytes, as they are, and reads until the server closes. */
function send(port: number, ...pieces: readonly (string | Buffer)[]): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    // Cut off while we still write: what was answered until then counts.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const [head = '', ...body] = Buffer.concat(chunks)
        .toString('latin1')
        .split(CRLF + CRLF);
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: body.join() });
    });
  });
}
const lines = (...all: readonly string[]) => all.join(CRLF) + CRLF + CRLF;
const request = (target: string, ...headers: readonly string[]) =>
  lines(`GET ${target} HTTP/1.1`, `host: 127.0.0.1:${api.port}`, 'connection: close', ...headers);

function expectRefused({ status, head, body }: Answer, statuses: readonly number[]): void {
  expect(statuses).toContain(status);
  expect(head).toMatch(/content-type: application\/problem\+json/i);
  expect(head).toMatch(/x-content-type-options: nosniff/i);
  expect(body).not.toMatch(/node_modules|at .*\.(ts|js):\d|\/apps\//);
}

const TRICKS = [
  '/%2e%2e/%2e%2e/etc/passwd',
  '/board/%2e%2e%2fpackage.json',
  '/board/..%5c..%5cpackage.json',
  '/board/../../package.json',
  '/board/%00',
  '/board/board.js%00.html',
  '//signals',
  '///health//live',
  '/./signals',
  '/signals%00',
  '/signals%2f',
  '/signals;/health/live',
  '/health/live/../../signals',
  '/health/live%2f..%2f..%2fsignals',
  '/metrics/..;/signals',
  '/HEALTH/LIVE',
  '/Signals',
  '/%73%69gnals%20',
  '/%zz',
  '/%c0%ae%c0%ae/signals',
  '/%ff%fe',
  `/no/${PLANTED}?key=${PLANTED}`,
  `/stores/${'x'.repeat(600)}/shelves`,
  'http://evil.example/no/such',
  '/\\evil.example',
];

describe.each(['nobody', 'reader'] as const)('paths that mean another one, by %s', (who) => {
  it.each(TRICKS)('%s', async (target) => {
    const sent = who === 'reader' ? [`authorization: Bearer ${api.keys.reader}`] : [];
    const answer = await send(api.port, request(target, `cookie: x=${PLANTED}`, ...sent));
    expectRefused(answer, who === 'reader' ? [400, 404, 414] : [400, 401, 404, 414]);
    expect(answer.body).not.toContain('root:');
  });
});

it.each([
  ['no scheme', `authorization: ${PLANTED}`],
  ['another scheme', `authorization: Basic ${Buffer.from(`a:${PLANTED}`).toString('base64')}`],
  ['an empty key', 'authorization: Bearer '],
  ['a key and more', `authorization: Bearer ${PLANTED} ${PLANTED}`],
  ['a key of no form', `authorization: Bearer ${PLANTED}`],
  ['half a key', 'authorization: Bearer gnd_dev_'],
  ['a long key', `x-api-key: gnd_dev_${PLANTED.repeat(200)}`],
  ['a token that nobody judges', `authorization: Bearer aaaa.${PLANTED}.cccc`],
  ['a cookie of nothing', `cookie: gondola_session_dev=${PLANTED}`],
  ['a cookie with a mark of nothing', `cookie: gondola_session_dev=abc.9999999999.${'A'.repeat(43)}`],
  ['a cookie for ever', `cookie: gondola_session_dev=abc.${'9'.repeat(12)}.${'_'.repeat(43)}`],
  ['a method for proxies', 'x-http-method-override: HEALTH'],
  ['a path for proxies', 'x-original-url: /health/live'],
])('who comes with %s is nobody', async (_, header) => {
  // More of them at once than an address may try are told so.
  expectRefused(await send(api.port, request('/signals', header)), [401, 429]);
});

it('a key that is put into the address is not taken, and not written down', async () => {
  const answer = await send(api.port, request(`/signals?key=${api.keys.reader}&x=${PLANTED}`));
  expectRefused(answer, [401]);
});

describe('headers', () => {
  const reader = () => `authorization: Bearer ${api.keys.reader}`;

  it.each<[string, (host: string) => string]>([
    ['a line within a value', (host) => `GET /signals HTTP/1.1\r\nhost: ${host}\r\nx: a\r\n b\r\n\r\n`],
    ['a NUL', (host) => lines('GET /signals HTTP/1.1', `host: ${host}`, 'x: a\0b')],
    ['a name with a space', (host) => lines('GET /signals HTTP/1.1', `host: ${host}`, 'x y: z')],
    [
      'two lengths',
      (host) => lines('POST /verdicts HTTP/1.1', `host: ${host}`, 'content-length: 1', 'content-length: 2'),
    ],
    [
      'a length and chunks',
      (host) =>
        lines('POST /verdicts HTTP/1.1', `host: ${host}`, 'content-length: 4', 'transfer-encoding: chunked') +
        '0\r\n\r\nGET /signals HTTP/1.1\r\n\r\n',
    ],
    [
      'chunks of no kind',
      (host) => lines('POST /verdicts HTTP/1.1', `host: ${host}`, 'transfer-encoding: xchunked'),
    ],
    ['no host', () => lines('GET /signals HTTP/1.1', 'connection: close')],
    ['bare line feeds', (host) => `GET /signals HTTP/1.1\nhost: ${host}\n\n`],
    ['another version', (host) => lines('GET /signals HTTP/3.0', `host: ${host}`)],
    ['nothing of HTTP', () => `\x16\x03\x01\x02\x00${PLANTED}\r\n\r\n`],
    ['HTTP/2 at once', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('with %s are refused', async (_, textOf) => {
    const { status } = await send(api.port, textOf(`127.0.0.1:${api.port}`));
    expect([0, 400, 401, 505]).toContain(status);
  });

  it.each([
    ['values', () => request('/signals', reader(), `x: ${PLANTED.repeat(400)}`)],
    ['addresses', () => request(`/signals?x=${'y'.repeat(9_000)}`, reader())],
    ['many', () => request('/signals', reader(), ...Array.from({ length: 1_500 }, (_, n) => `x${n}: y`))],
  ])('with too much in %s are refused', async (_, textOf) => {
    expectRefused(await send(api.port, textOf()), [431]);
  });

  it('of the answer are ours alone', async () => {
    const split = '%0d%0aset-cookie:%20a=b%0d%0a%0d%0a<script>';
    for (const target of [`/${split}`, `/board/${split}`, `/signals?since=${split}`]) {
      for (const accept of ['accept: text/html', 'accept: */*']) {
        const { head } = await send(
          api.port,
          request(target, accept, 'accept-language: es\t,x', 'origin: https://a'),
        );
        expect(head).not.toMatch(/^set-cookie/im);
        expect(head).not.toMatch(/access-control/i);
      }
    }
    const { head } = await send(api.port, request(`//evil.example/%2f..`, 'accept: text/html'));
    // Where to go after signing in is a parameter: nothing of the request is a place that we send to.
    expect(head).toMatch(/^location: \/board\/sign-in\.html\?to=%2F%2Fevil\.example/m);
  });

  it('say what a browser must not do', async () => {
    const { head } = await send(api.port, request('/board/sign-in.html'));
    for (const header of [
      /^content-security-policy: default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/im,
      /^x-content-type-options: nosniff$/im,
      /^referrer-policy: no-referrer$/im,
      /^cross-origin-opener-policy: same-origin$/im,
      /^cross-origin-resource-policy: same-origin$/im,
    ])
      expect(head).toMatch(header);
    expect(head).not.toMatch(/^(server|x-powered-by):/im);
  });

  it('that say who asks are believed of nobody', async () => {
    const tries = Array.from({ length: 40 }, (_, n) =>
      send(
        api.port,
        request('/signals', `x-forwarded-for: 10.0.0.${n}`, `authorization: Bearer ${PLANTED}${n}`),
      ),
    );
    expect((await Promise.all(tries)).some(({ status }) => status === 429)).toBe(true);
  });
});

describe('bodies', () => {
  const post = (...headers: readonly string[]) =>
    lines(
      'POST /verdicts HTTP/1.1',
      `host: 127.0.0.1:${api.port}`,
      'connection: close',
      'content-type: application/json',
      ...headers,
    );
  const judge = () => `authorization: Bearer ${api.keys.judge}`;
  const much = `"${PLANTED.repeat(4_000)}"`;

  it('that are too large are refused, and what follows is not read', async () => {
    expectRefused(await send(api.port, post(judge(), `content-length: ${much.length}`), much), [413]);
    const chunk = `${much.length.toString(16)}${CRLF}${much}${CRLF}`;
    const chunked = post(judge(), 'transfer-encoding: chunked');
    expectRefused(await send(api.port, chunked, ...Array.from({ length: 20 }, () => chunk)), [413]);
  });

  it('of nobody are not read at all', async () => {
    const answer = await send(api.port, post('content-length: 1000000000'), '{"a":');
    expectRefused(answer, [401]);
    expect(answer.head).toMatch(/^connection: close/im);
  });

  it.each([
    ['no JSON', PLANTED],
    ['a list', `["${PLANTED}"]`],
    ['a prototype', `{"__proto__": {"verdict": "${PLANTED}"}}`],
    ['deep', '{"a":'.repeat(5_000)],
  ])('with %s are refused', async (_, body) => {
    expectRefused(
      await send(api.port, post(judge(), `content-length: ${body.length}`), body),
      [400, 413, 422],
    );
  });

  it('that do not come are waited for so long and no longer', async () => {
    // Of its own: so short a wait would cut off others on a busy machine.
    const hasty = await startWith({ requestMs: 1_000 });
    const slow = post(`authorization: Bearer ${hasty.keys.judge}`, 'content-length: 100');
    const { status } = await send(hasty.port, slow, '{');
    expect([0, 400, 408]).toContain(status);
    const { status: unfinished } = await send(hasty.port, request('/signals').slice(0, -2));
    expect([0, 408]).toContain(unfinished);
    await expectUnharmed(hasty);
  });
});

it('without keys, a name that was made to point here is not ours', async () => {
  const { app } = await start(await newLake());
  const port = Number(new URL(app.url).port);
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
  ]) {
    const answer = await send(port, lines('GET /signals HTTP/1.1', `host: ${host}`, 'connection: close'));
    expectRefused(answer, [403]);
    expect(answer.body).toContain('host_foreign');
  }
  await until('ours', async () => (await fetch(`http://localhost:${port}/signals`)).status === 200);
});
