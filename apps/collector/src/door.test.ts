import { writeFileSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { GondolaError, systemClock, type Log, type RecordSink } from '@gondola/stream';
import {
  BATCH,
  envelope,
  NDJSON,
  openDoor,
  sale,
  SINGLE,
  takesUpTo,
  type OpenDoor,
} from '../test/door-harness.js';

const doors: OpenDoor[] = [];
const open = async (options: Parameters<typeof openDoor>[0] = {}) => {
  const door = await openDoor(options);
  doors.push(door);
  return door;
};
afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
});

/** A stream that answers only when it is told to. */
function heldSink() {
  const held: (() => void)[] = [];
  let isHeld = true;
  const sink = (inner: RecordSink): RecordSink => ({
    ...inner,
    append: async (records) => {
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      await inner.append(records);
    },
  });
  const release = () => {
    isHeld = false;
    for (const resolve of held.splice(0)) resolve();
  };
  return { sink, held, release };
}

const until = async (isSo: () => boolean | Promise<boolean>) => {
  while (!(await isSo())) await systemClock.sleep(5);
};

it('a key that ended is refused, and who sent with it is counted by name', async () => {
  const door = await open({ key: { expires: '2020-12-31' } });
  const { status, body } = await door.sendJson(envelope(sale(1)), SINGLE);
  expect({ status, detail: body.detail }).toEqual({
    status: 401,
    detail: expect.stringContaining('this key ended: expires is 2020-12-31 in the keysFile'),
  });
  const text = await door.metrics.metrics();
  expect(text).toContain('gondola_collector_request_duration_seconds_count{producer="tills",status="401"} 1');
  expect(text).toContain(
    `gondola_key_expiry_timestamp_seconds{producer="tills"} ${Date.UTC(2021, 0, 1) / 1000}`,
  );
  const lasting = await open({ key: { expires: '2999-12-31' } });
  expect((await lasting.sendJson(envelope(sale(1)), SINGLE)).status).toBe(202);
});

it('nothing is called accepted before the stream has it, and beyond the queue producers are told to come again', async () => {
  const { sink, held, release } = heldSink();
  const door = await open({ sink, config: { queue: { requestsMax: 2 } } });
  const answers: number[] = [];
  const sent = [1, 2].map((sequence) =>
    door.sendJson(envelope(sale(sequence)), SINGLE).then(({ status }) => answers.push(status)),
  );
  await until(
    () => held.length > 0 && door.metrics.getSingleMetric('gondola_collector_requests_inside') !== undefined,
  );
  await until(async () => (await door.metrics.metrics()).includes('gondola_collector_requests_inside 2'));
  const refused = await door.sendJson(envelope(sale(3)), SINGLE);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(answers).toEqual([]);
  expect(await door.records()).toEqual([]);
  release();
  await Promise.all(sent);
  expect(answers).toEqual([202, 202]);
  expect(await door.records()).toHaveLength(2);
  expect((await door.sendJson(envelope(sale(3)), SINGLE)).status).toBe(202);
});

it('no room for the bytes is no room', async () => {
  const { sink, held, release } = heldSink();
  const door = await open({
    sink,
    config: { queue: { bytesMax: 1 << 20 }, limits: { bodyBytesMax: 500_000, eventsMax: 5_000 } },
  });
  const body = JSON.stringify(Array.from({ length: 1_000 }, (_, index) => envelope(sale(index))));
  const sent = [1, 2].map(() => door.send(body, { 'content-type': BATCH }));
  await until(() => held.length > 0);
  await until(async () => (await door.metrics.metrics()).includes('gondola_collector_requests_inside 2'));
  expect((await door.send(body, { 'content-type': BATCH })).status).toBe(429);
  release();
  expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([202, 202]);
  expect(await door.metrics.metrics()).toContain('gondola_collector_bytes_inside 0');
});

it('a key has a rate: 429 says when to come again', async () => {
  let nowMs = 0;
  const door = await open({ eventsPerSecond: 2, clock: { ...systemClock, nowMs: () => nowMs } });
  expect(
    (
      await door.sendJson(
        [1, 2, 3, 4].map((n) => envelope(sale(n))),
        BATCH,
      )
    ).status,
  ).toBe(202);
  const refused = await door.sendJson(envelope(sale(5)), SINGLE);
  expect(refused.body).toMatchObject({ status: 429, detail: 'this key may send 2 events a second' });
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(refused.headers.get('ratelimit')).toBe('"events";r=0;t=2');
  nowMs += 2_000;
  expect((await door.sendJson(envelope(sale(5)), SINGLE)).status).toBe(202);
});

it('a stream that refuses: 503 with Retry-After, not ready, and one line in the log', async () => {
  const lines: string[] = [];
  const say = (_: unknown, message: string) => void lines.push(message);
  const log: Log = { info: say, warn: say, error: say };
  let isDown = true;
  const down = async () => {
    if (isDown) throw new GondolaError('stream_unavailable', 'the broker is gone', true);
  };
  const door = await open({
    log,
    probe: down,
    sink: (inner) => ({
      ...inner,
      append: async (records) => {
        await down();
        await inner.append(records);
      },
    }),
  });
  for (const sequence of [1, 2]) {
    const answer = await door.sendJson([envelope(sale(sequence)), envelope({})], BATCH);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(answer.body).not.toHaveProperty('accepted');
  }
  expect((await fetch(`${door.url}/health/ready`)).status).toBe(503);
  expect((await fetch(`${door.url}/health/live`)).status).toBe(200);
  expect(lines).toEqual(['the broker is gone; producers are told to come again']);
  isDown = false;
  await until(async () => (await fetch(`${door.url}/health/ready`)).status === 200);
  expect((await door.sendJson(envelope(sale(1)), SINGLE)).status).toBe(202);
  expect(await door.records()).toHaveLength(1);
});

it('what the stream will never take: 413 with its limit, ready as before, and nobody else is refused', async () => {
  const { sink: hold, held, release } = heldSink();
  const door = await open({ sink: (inner) => hold(takesUpTo(2_000)(inner)) });
  const large = envelope(sale(1, { operatorId: 'x'.repeat(3_000) }));
  const first = door.sendJson(envelope(sale(2)), SINGLE);
  await until(() => held.length > 0);
  const shared = [door.sendJson(large, SINGLE), door.sendJson(envelope(sale(3)), SINGLE)];
  await until(async () => (await door.metrics.metrics()).includes('gondola_collector_requests_inside 3'));
  release();
  const [one, other] = await Promise.all(shared);
  expect([(await first).status, other.status]).toEqual([202, 202]);
  expect(one.body).toMatchObject({
    status: 413,
    detail: 'the stream will never take this event: events takes records of 2000 bytes',
  });
  const batch = await door.sendJson([envelope(sale(4)), large], BATCH);
  expect(batch.body).toMatchObject({ status: 413, detail: expect.stringContaining('send fewer') });
  expect(batch.body).not.toHaveProperty('accepted');
  expect((await fetch(`${door.url}/health/ready`)).status).toBe(200);
  expect(await door.records()).toHaveLength(2);
});

it('told to stop, it answers what it has taken in and lets nobody else in', async () => {
  const { sink, held, release } = heldSink();
  const door = await open({ sink });
  const inside = door.sendJson(envelope(sale(1)), SINGLE);
  await until(() => held.length > 0);
  door.stop.abort();
  await systemClock.sleep(20);
  const late = await door.sendJson(envelope(sale(2)), SINGLE);
  expect(late.status).toBe(503);
  expect(late.headers.get('connection')).toBe('close');
  release();
  expect((await inside).status).toBe(202);
  await door.app.stopped;
  expect(await door.records()).toHaveLength(1);
});

it('a request that never ends does not hold up a stop for longer than it is told', async () => {
  const door = await open({ config: { drainMsMax: 50 } });
  const endless = request(`${door.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${door.key}`, 'content-type': BATCH },
  });
  endless.on('error', () => {});
  endless.write('[');
  await until(async () => (await door.metrics.metrics()).includes('gondola_collector_requests_inside 1'));
  door.stop.abort();
  await door.app.stopped;
});

it('a client that goes away leaves nothing behind', async () => {
  const door = await open();
  const { port } = new URL(door.url);
  for (let turn = 0; turn < 5; turn++) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${door.key}\r\ncontent-type: ${BATCH}\r\ncontent-length: 1000\r\n\r\n[`,
    );
    await systemClock.sleep(20);
    socket.destroy();
  }
  await until(async () => (await door.metrics.metrics()).includes('gondola_collector_requests_inside 0'));
  expect(await door.metrics.metrics()).toContain('gondola_collector_bytes_inside 0');
});

it('a key that is taken out of the file stops working, a broken file changes nothing', async () => {
  const door = await open();
  const status = async () => (await door.sendJson(envelope(sale(1)), SINGLE)).status;
  const text = readFileSync(door.keysFile, 'utf8');
  writeFileSync(door.keysFile, '- half a fi');
  await systemClock.sleep(2_500);
  expect(await status()).toBe(202);
  writeFileSync(door.keysFile, text.replace(/keyHash: .*/, `keyHash: ${'a'.repeat(64)}`));
  await until(async () => (await status()) === 401);
});

describe('whatever is sent', () => {
  const types = [SINGLE, BATCH, NDJSON, 'application/json', 'text/plain', 'application/cloudevents+avro'];
  const good = JSON.stringify(envelope(sale(1)));
  /** Bytes of chance, JSON of chance, and good events with a byte or two changed. */
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .tuple(
        fc.constantFrom(good, `[${good},${good}]`, `${good}\n${good}`),
        fc.nat(),
        fc.nat(255),
        fc.boolean(),
      )
      .map(([text, at, byte, isCut]) => {
        const bytes = Buffer.from(text);
        bytes[at % bytes.length] = byte;
        return isCut ? bytes.subarray(0, at % bytes.length) : bytes;
      }),
  );
  const headers = fc.record(
    {
      'content-type': fc.constantFrom(...types),
      'content-encoding': fc.constantFrom('gzip', 'zstd', 'identity', 'br'),
      'ce-specversion': fc.constantFrom('1.0', '0.3', ''),
      'ce-type': fc.constantFrom('retail.web', 'retail.pos.transaction', 'x%zz'),
      'ce-id': fc.constant('1'),
      'ce-source': fc.constant('/x'),
    },
    { requiredKeys: ['content-type'] },
  );

  it('the answer is 202 or a problem, the stream has what was accepted, and the door stays open', async () => {
    const door = await open();
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(body, headers, async (bytes, given) => {
        const answer = await door.send(new Uint8Array(bytes), given);
        const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json');
        if (answer.status === 202) accepted += Number(answer.body['accepted']);
        else {
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).toBeLessThan(500);
          expect(isProblem).toBe(true);
          expect(answer.body['detail']).toEqual(expect.any(String));
        }
      }),
      { numRuns: 300 },
    );
    expect((await door.sendJson(envelope(sale(1)), SINGLE)).status).toBe(202);
    expect(await door.records()).toHaveLength(accepted + 1);
  });
});
