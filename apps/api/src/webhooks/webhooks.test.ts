import { createHmac } from 'node:crypto';
import { cleanUp, newLake, start, until } from '../../test/api-harness.js';
import { signalWith, type LakeFixture } from '../../test/lake-fixture.js';
import { idsIn, ok, startReceiver, type Receiver } from '../../test/receiver.js';
import { apiConfigSchema, type ApiConfigInput } from '../api.config.js';
import { DeadLetters, type DeadLetter } from './dead-letters.js';
import { messageTools } from './create-webhooks.js';
import { resend } from './resend.js';
import { SenderStates } from './sender-state.js';

afterEach(cleanUp);

const SECRETS = ['new', 'old'].map((name) => Buffer.from(name.padEnd(32, '.')));
const access = { secretsOf: () => SECRETS };
type Fields = NonNullable<NonNullable<ApiConfigInput['webhooks']>['subscriptions']>[number];

const webhooksTo = (url: string, fields: Partial<Fields> = {}) => ({
  ...{ hosts: ['127.0.0.1'], privateNetworks: ['127.0.0.1/32'], leaseMs: 15_000 },
  subscriptions: [
    {
      ...{ name: 'tasks', url, secretFile: 'not-read', deadlineMs: 5_000, backoffMs: 10, backoffMsMax: 50 },
      ...fields,
    },
  ],
});

async function startSending(lake: LakeFixture, receiver: Receiver, fields: Partial<Fields> = {}) {
  const webhooks = webhooksTo(receiver.url, fields);
  // It sends on from where it was, whether or not the api has read the whole table.
  const started = await start(lake, { webhooks }, { webhooks: access }, { isRead: false });
  const states = new SenderStates(lake.store, 'dev');
  await until('it sends', async () => ((await states.newest())?.state.owner ?? null) !== null);
  const stop = async () => {
    started.stop.abort();
    await started.app.stopped;
  };
  return { ...started, stop };
}

async function lettersOf(letters: DeadLetters): Promise<DeadLetter[]> {
  const all: DeadLetter[] = [];
  for await (const file of letters.of('tasks')) all.push(...file.letters);
  return all;
}

const shelf = (itemId: string, signalId: string, fields = {}) => signalWith({ itemId, signalId, ...fields });
const metric = async ({ app }: { readonly app: { readonly url: string } }, name: string) =>
  (await (await fetch(`${app.url}/metrics`)).text()).split('\n').filter((line) => line.startsWith(name));

it('sends new signals as signed CloudEvents, and none of the hold-out arm', async () => {
  const [lake, receiver] = [await newLake(), await startReceiver()];
  await lake.addSignals([shelf('A', 'before')]);
  await startSending(lake, receiver);
  await lake.addSignals([shelf('A', 's1'), shelf('B', 's2', { arm: 'hold_out' }), shelf('C/1', 's3')]);
  await until('both came', () => receiver.taken.length === 2);
  expect(receiver.taken.toSorted()).toEqual(['s1', 's3']);
  const one = receiver.requests.find(({ headers }) => headers['webhook-id'] === 's3');
  if (!one) throw new Error('s3 is not among them');
  expect(one.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
  expect(JSON.parse(one.body)).toMatchObject({
    ...{ specversion: '1.0', id: 's3', type: 'retail.stockout.signal', source: '/gondola/dev' },
    ...{ subject: '1001/C%2F1', time: '2026-05-01T12:00:00.000Z', datacontenttype: 'application/json' },
    data: { signalId: 's3', itemId: 'C/1', kind: 'silent', probability: 0.83, storeName: null },
  });
  const signed = `s3.${String(one.headers['webhook-timestamp'])}.${one.body}`;
  expect(one.headers['webhook-signature']).toBe(
    SECRETS.map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`).join(' '),
  );
});

it('goes on after a version whose file was compacted and cleaned while nobody sent', async () => {
  const [lake, receiver] = [await newLake(), await startReceiver()];
  await lake.addSignals([shelf('A', 'before')]);
  const files = async () =>
    (await lake.store.list('dev/signals/event_date=2026-05-01')).map(({ path }) => path);
  const { stop } = await startSending(lake, receiver);
  await stop();
  const known = new Set(await files());
  await lake.addSignals([shelf('A', 'gone')]);
  for (const key of await files()) if (!known.has(key)) await lake.store.delete(key);
  await lake.addSignals([shelf('B', 'next')]);
  await startSending(lake, receiver);
  await until('the next one came', () => receiver.taken.length > 0);
  expect(receiver.taken).toEqual(['next']);
});

it('sends what a subscription wants: kinds, stores, probability and value, and what is over', async () => {
  const [lake, receiver] = [await newLake(), await startReceiver()];
  await startSending(lake, receiver, {
    ...{ stores: ['1001'], kinds: ['out_of_stock', 'recovered'], minProbability: 0.8, minLostPerHour: 20 },
    format: 'batch',
  });
  const out = { kind: 'out_of_stock' } as const;
  await lake.addSignals([
    shelf('A', 'wanted', out),
    shelf('B', 'another-kind'),
    shelf('C', 'another-store', { ...out, storeId: '1002' }),
    shelf('D', 'unsure', { ...out, probability: 0.79 }),
    shelf('E', 'cheap', { ...out, lostSalesPerHour: 19 }),
    shelf('F', 'no-price', { ...out, lostSalesPerHour: null }),
    shelf('A', 'over', { kind: 'recovered', probability: 0.2, lostSalesPerHour: null }),
  ]);
  await until('they came', () => receiver.taken.length >= 2);
  expect(receiver.requests.map(({ body }) => idsIn(body))).toEqual([['wanted', 'over']]);
  const [{ headers }] = receiver.requests;
  expect(headers['content-type']).toMatch(/^application\/cloudevents-batch\+json/);
  expect(headers['webhook-id']).toMatch(/^batch_[\w-]{43}$/);
});

it('tries again in the order of each shelf; what stays refused is a dead letter, which can be sent again', async () => {
  const [lake, receiver] = [await newLake(), await startReceiver()];
  const failures = new Map([
    ['a1', [500, 503]],
    ['b1', [422]],
    ['c1', [500, 500, 500]],
  ]);
  receiver.answer = (response, { body }) => {
    const status = failures.get(idsIn(body)[0])?.shift() ?? 204;
    response.writeHead(status).end();
  };
  const api = await startSending(lake, receiver, { attemptsMax: 3 });
  await lake.addSignals([
    shelf('A', 'a1'),
    shelf('A', 'a2'),
    shelf('B', 'b1'),
    shelf('B', 'b2'),
    shelf('C', 'c1'),
  ]);
  const letters = new DeadLetters(lake.store, 'dev');
  const dead = () => lettersOf(letters);
  await until('the others came', async () => receiver.taken.length === 3 && (await dead()).length === 2);
  expect(receiver.taken.filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2']);
  expect((await dead()).map(({ event: { id }, ...rest }) => [id, rest])).toEqual(
    expect.arrayContaining([
      ['b1', expect.objectContaining({ reason: 'refused', attempts: 1, failure: 'refused', status: 422 })],
      ['c1', expect.objectContaining({ reason: 'attempts', attempts: 3, failure: 'failed', status: 500 })],
    ]),
  );
  expect(await metric(api, 'gondola_webhook_signals_sent_total')).toEqual([
    'gondola_webhook_signals_sent_total{subscription="tasks"} 3',
  ]);
  expect(await metric(api, 'gondola_webhook_dead_letters_total')).toEqual([
    'gondola_webhook_dead_letters_total{subscription="tasks",reason="refused"} 1',
    'gondola_webhook_dead_letters_total{subscription="tasks",reason="attempts"} 1',
    'gondola_webhook_dead_letters_total{subscription="tasks",reason="age"} 0',
  ]);
  const { webhooks } = apiConfigSchema.parse({
    ...{ environment: 'dev', lake: lake.folder, webhooks: webhooksTo(receiver.url) },
  });
  const deps = { ...messageTools(webhooks, access), letters, signal: new AbortController().signal };
  const again = (id: string) =>
    resend(webhooks.subscriptions[0], { ...deps, wants: ({ event }) => event.id === id });
  expect(await again('c1')).toEqual({ sent: 1, left: 0, failure: null });
  expect((await dead()).map(({ event }) => event.id)).toEqual(['b1']);
  receiver.answer = (response) => void response.writeHead(503).end();
  expect(await again('b1')).toEqual({ sent: 0, left: 1, failure: 'busy' });
  expect(receiver.taken).toContain('c1');
});

it('goes on after a stop where it was, whether the receiver was there or not', async () => {
  const [lake, receiver] = [await newLake(), await startReceiver()];
  const first = await startSending(lake, receiver);
  await lake.addSignals([shelf('A', 's1')]);
  await until('s1 came', () => receiver.taken.length === 1);
  receiver.answer = (response) => void response.writeHead(503).end();
  await lake.addSignals([shelf('A', 's2'), shelf('B', 's3')]);
  await until('it was tried', () => receiver.requests.length >= 3);
  await first.stop();
  await lake.addSignals([shelf('C', 's4')]);
  receiver.answer = ok;
  await startSending(lake, receiver);
  await until('all came', () => receiver.taken.length >= 4);
  expect(receiver.taken.toSorted()).toEqual(['s1', 's2', 's3', 's4']);
});

it('of two instances one sends, and the other one when it stops', async () => {
  const [lake, receiver] = [await newLake(), await startReceiver()];
  const first = await startSending(lake, receiver);
  const second = await startSending(lake, receiver);
  await lake.addSignals([shelf('A', 's1'), shelf('B', 's2')]);
  await until('both came', () => receiver.taken.length >= 2);
  await first.stop();
  await lake.addSignals([shelf('A', 's3')]);
  await until('the other one sends', () => receiver.taken.includes('s3'));
  expect(receiver.taken.toSorted()).toEqual(['s1', 's2', 's3']);
  expect(await metric(second, 'gondola_webhook_signals_sent_total')).toEqual([
    'gondola_webhook_signals_sent_total{subscription="tasks"} 1',
  ]);
});

it('a receiver that was away for too long is not flooded: what is over by then is a dead letter', async () => {
  const [lake, receiver] = [await newLake(), await startReceiver()];
  receiver.answer = (response) => void response.writeHead(503).end();
  // Five seconds.
  await startSending(lake, receiver, {
    ageHoursMax: 5 / 3_600,
    parallelMax: 1,
    backoffMsMax: 3_600_000,
    backoffMs: 60_000,
  });
  await lake.addSignals([shelf('A', 's1'), shelf('B', 's2')]);
  const letters = new DeadLetters(lake.store, 'dev');
  await until('they are given up', async () => {
    return (await lettersOf(letters)).filter(({ reason }) => reason === 'age').length === 2;
  });
  // None where the machine stood still for so long.
  expect(receiver.requests.length).toBeLessThanOrEqual(1);
});

it.each([
  [{ hosts: ['hooks.example.com'] }, {}, 'webhooks.subscriptions.0.url: webhooks.hosts lacks 127.0.0.1'],
  [{ privateNetworks: [] }, {}, 'must begin with https://'],
  [{ leaseMs: 2_000 }, {}, 'must be at most a third of webhooks.leaseMs'],
  [{}, { url: 'https://me:secret@127.0.0.1/' }, 'must not hold a user'],
  [{}, { url: 'file:///etc/passwd' }, 'url'],
])('refuses %j %j and says why', async (fields, subscription, why) => {
  const webhooks = { ...webhooksTo('http://127.0.0.1:1/', subscription), ...fields };
  await expect(start(await newLake(), { webhooks }, { webhooks: access })).rejects.toThrow(why);
});
