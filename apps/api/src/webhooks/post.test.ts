import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { cleanUp, cleanups } from '../../test/api-harness.js';
import { startReceiver } from '../../test/receiver.js';
import { addressRules, type Address, type Lookup } from './addresses.js';
import { post, type PostOptions } from './post.js';

afterEach(cleanUp);

const NOW_MS = Date.UTC(2026, 4, 1, 12);
const LOOPBACK: Address = { address: '127.0.0.1', family: 4 };
const loopback = addressRules(['127.0.0.1/32']);

const posted = (url: string, options: Partial<PostOptions> = {}) =>
  post({
    ...{ url: new URL(url), headers: {}, body: '{"id":"s1"}', deadlineMs: 30_000, nowMs: NOW_MS },
    ...{ rules: loopback, lookup: async () => [LOOPBACK] },
    ...options,
  });

it.each([
  [200, {}, { isSent: true }],
  [204, {}, { isSent: true }],
  [302, { location: 'http://127.0.0.1/other' }, { failure: 'redirected', status: 302 }],
  [400, {}, { failure: 'refused' }],
  [401, {}, { failure: 'denied' }],
  [404, {}, { failure: 'denied' }],
  [410, {}, { failure: 'refused' }],
  [429, { 'retry-after': '7' }, { failure: 'busy', retryAfterMs: 7_000 }],
  [503, { 'retry-after': 'Fri, 01 May 2026 12:00:30 GMT' }, { failure: 'busy', retryAfterMs: 30_000 }],
  [503, { 'retry-after': '999999999' }, { failure: 'busy', retryAfterMs: 3_600_000 }],
  [503, { 'retry-after': 'soon' }, { failure: 'busy', retryAfterMs: null }],
  [500, {}, { failure: 'failed', status: 500, retryAfterMs: null }],
])('%i with %j is %j', async (status, headers, expected) => {
  const receiver = await startReceiver();
  receiver.answer = (response) => response.writeHead(status, headers).end('x');
  expect(await posted(receiver.url)).toMatchObject(expected);
  // A redirect was not followed.
  expect(receiver.requests).toHaveLength(1);
});

it('connects to the address that was looked at, by the name that was asked for', async () => {
  const receiver = await startReceiver();
  const answers: Address[][] = [[LOOPBACK], [{ address: '169.254.169.254', family: 4 }]];
  const rebinding: Lookup = async () => answers.shift() ?? [];
  const url = `http://hooks.example.com:${receiver.port}/a?b=1`;
  expect(await posted(url, { lookup: rebinding })).toEqual({ isSent: true });
  expect(receiver.requests[0].headers.host).toBe(`hooks.example.com:${receiver.port}`);
  // The name was asked for once: what it means a moment later is of no account until the next request.
  expect(answers).toHaveLength(1);
  expect(await posted(url, { lookup: rebinding })).toMatchObject({ failure: 'address_refused' });
  expect(receiver.requests).toHaveLength(1);
});

it('a receiver on loopback is not reached unless its network is named', async () => {
  const receiver = await startReceiver();
  const rules = addressRules([]);
  for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost'])
    expect(await posted(`http://${host}:${receiver.port}/`, { rules })).toMatchObject({
      failure: 'address_refused',
    });
  expect(receiver.requests).toEqual([]);
});

it('without TLS only a network that is named is reached', async () => {
  const outside: Address = { address: '8.8.8.8', family: 4 };
  expect(await posted('http://hooks.example.com/', { lookup: async () => [outside] })).toMatchObject({
    failure: 'address_refused',
  });
});

it('names a host in the greeting of TLS, and no address', async () => {
  const greetings: string[] = [];
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (hello) => {
      greetings.push(hello.toString('latin1'));
      socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  cleanups.push(async () => void listener.close());
  const { port } = listener.address() as AddressInfo;
  for (const host of ['hooks.example.com', '127.0.0.1'])
    expect(await posted(`https://${host}:${port}/`)).toMatchObject({ failure: 'unreachable' });
  expect(greetings.map((hello) => hello.includes('hooks.example.com'))).toEqual([true, false]);
  expect(greetings[1]).not.toContain('127.0.0.1');
});

it('says when a name is unknown, when nobody listens and when an answer does not come', async () => {
  expect(
    await posted('http://nowhere.example/', { lookup: () => Promise.reject(new Error('ENOTFOUND')) }),
  ).toMatchObject({ failure: 'name_unknown' });
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  cleanups.push(async () => void silent.close());
  const url = `http://127.0.0.1:${port}/`;
  expect(await posted(url, { deadlineMs: 50 })).toMatchObject({ failure: 'timed_out', status: null });
  const never: Lookup = () => new Promise(() => {});
  expect(await posted(`http://slow.example:${port}/`, { deadlineMs: 50, lookup: never })).toMatchObject({
    failure: 'timed_out',
  });
  silent.close();
  expect(await posted('http://127.0.0.1:1/')).toMatchObject({ failure: 'unreachable' });
});

it('takes neither a body without end nor one that stalls: its status has said enough', async () => {
  const receiver = await startReceiver();
  receiver.answer = (response) => {
    response.writeHead(200);
    const pour = setInterval(() => response.write('x'.repeat(65_536)), 1);
    response.on('close', () => clearInterval(pour));
  };
  expect(await posted(receiver.url, { deadlineMs: 60_000 })).toEqual({ isSent: true });
  receiver.answer = (response) => void response.writeHead(500).write('x');
  expect(await posted(receiver.url, { deadlineMs: 2_000 })).toMatchObject({ failure: 'failed', status: 500 });
});
