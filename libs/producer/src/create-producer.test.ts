import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DatabaseSync } from 'node:sqlite';
import {
  NOW_MS,
  openDoor,
  POS,
  takesUpTo,
  textOf,
  type OpenDoor,
} from '../../../apps/collector/test/door-harness.js';
import { retryAfterMs } from './post-events.js';
import { createProducer, type EventInput, type ProducerOptions } from './index.js';

const sale = (sequence: number): EventInput<'retail.pos.transaction'> => ({
  retailStoreId: 'S1',
  workstationId: '1',
  sequenceNumber: sequence,
  businessDayDate: Math.floor(NOW_MS / 86_400_000),
  beginDateTime: NOW_MS - 60_000,
  transactionType: 'SALE',
  currencyCode: 'COP',
  lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I1', quantity: 2 }],
});

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-producer-'));
  cleanups.push(async () => rmSync(folder, { recursive: true }));
  return folder;
};
const newDoor = async (options: Parameters<typeof openDoor>[0] = {}) => {
  const door = await openDoor(options);
  cleanups.push(() => door.close());
  return door;
};
const producerOf = ({ url, key }: { url: string; key: string }, options: Partial<ProducerOptions> = {}) => {
  const producer = createProducer({ url, apiKey: key, source: '/tills/1', random: () => 0, ...options });
  cleanups.push(() => producer.close({ msMax: 0 }));
  return producer;
};
const sequencesIn = async (door: OpenDoor) =>
  (await door.records()).map(
    ({ value }) => (JSON.parse(textOf(value)) as { sequenceNumber: number }).sequenceNumber,
  );

describe('with a collector', () => {
  it('sends many in few requests, in order, with ids of ascending time', async () => {
    const door = await newDoor();
    const producer = producerOf(door);
    const sent = Array.from({ length: 250 }, (_, index) => producer.send(POS, sale(index)));
    await producer.flush();
    const results = await Promise.all(sent);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['accepted']));
    const ids = results.map(({ eventId }) => eventId);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await sequencesIn(door)).toEqual(Array.from({ length: 250 }, (_, index) => index));
    expect(producer.queued()).toEqual({ events: 0, bytes: 0 });
    const metrics = await (await fetch(`${door.url}/metrics`)).text();
    expect(metrics).toContain(
      'gondola_collector_request_duration_seconds_count{producer="tills",status="202"} 3',
    );
  });

  it('says of each event why it was not taken, and sends the others', async () => {
    const door = await newDoor();
    const told: string[] = [];
    const producer = producerOf(door, {
      onResult: (subject, { status }) => told.push(`${subject} ${status}`),
    });
    const results = await Promise.all([
      producer.send(POS, { ...sale(1), eventId: 'mine' }),
      producer.send(POS, { ...sale(2), lines: [] }),
    ]);
    expect(results).toEqual([
      { status: 'accepted', eventId: 'mine' },
      {
        status: 'rejected',
        reason: 'rule_broken',
        pointer: '/lines',
        message: expect.any(String),
        eventId: expect.any(String),
      },
    ]);
    expect(told).toEqual([`${POS} accepted`, `${POS} rejected`]);
  });

  it('an event that the collector refuses to look at does not hold up the others', async () => {
    const door = await newDoor({
      config: { limits: { bodyBytesMax: 8_000, eventsMax: 4, eventBytesMax: 8_000 } },
    });
    const producer = producerOf(door);
    const results = await Promise.all([
      ...[1, 2, 3].map((sequence) => producer.send(POS, sale(sequence))),
      producer.send(POS, { ...sale(4), operatorId: 'x'.repeat(20_000) }),
      ...[5, 6, 7, 8, 9].map((sequence) => producer.send(POS, sale(sequence))),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      ...Array(3).fill('accepted'),
      'rejected',
      ...Array(5).fill('accepted'),
    ]);
    expect(results[3]).toMatchObject({ reason: 'request_refused', message: expect.stringContaining('413') });
    expect(await sequencesIn(door)).toEqual([1, 2, 3, 5, 6, 7, 8, 9]);
  });

  it('nor does one that the stream will never take', async () => {
    const door = await newDoor({ sink: takesUpTo(2_000) });
    const troubles: (string | null)[] = [];
    const producer = producerOf(door, { onTrouble: (message) => troubles.push(message) });
    const results = await Promise.all(
      [1, 2, 3, 4, 5].map((sequence) =>
        producer.send(POS, { ...sale(sequence), ...(sequence === 3 && { operatorId: 'x'.repeat(3_000) }) }),
      ),
    );
    expect(results.map(({ status }) => status === 'accepted')).toEqual([true, true, false, true, true]);
    expect(results[2]).toMatchObject({
      reason: 'request_refused',
      message: expect.stringMatching(/413.*2000 bytes/),
    });
    expect(await sequencesIn(door)).toEqual([1, 2, 4, 5]);
    expect(troubles).toEqual([]);
  });

  it('callbacks that throw stop nothing, and the first is told', async () => {
    const door = await newDoor();
    const troubles: (string | null)[] = [];
    const producer = producerOf(door, {
      batch: { eventsMax: 1 },
      onResult: () => {
        throw new Error('no screen');
      },
      onTrouble: (message) => {
        troubles.push(message);
        throw new Error('no lamp');
      },
    });
    const results = await Promise.all([1, 2, 3].map((sequence) => producer.send(POS, sale(sequence))));
    await producer.flush();
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(troubles).toEqual(['onResult throws: no screen']);
  });

  it('a queue that cannot be written is trouble until it can: then the events are forgotten, and told once', async () => {
    const door = await newDoor();
    const queueFile = join(newFolder(), 'events.sqlite');
    await producerOf(door, { queueFile }).close();
    failTwice(queueFile);
    const told: string[] = [];
    const troubles: (string | null)[] = [];
    const producer = producerOf(door, {
      queueFile,
      onResult: (_, { status }) => told.push(status),
      onTrouble: (message) => troubles.push(message),
    });
    expect(await producer.send(POS, sale(1))).toMatchObject({ status: 'accepted' });
    expect(troubles).toEqual(['the queue cannot be read or written: the disk is full', null]);
    expect(told).toEqual(['accepted']);
    expect(producer.queued()).toEqual({ events: 0, bytes: 0 });
    // As often as it was sent: silver has it once, by its id.
    expect(await sequencesIn(door)).toEqual([1, 1, 1]);
  });

  it('keeps the events while the key is refused, and says so once', async () => {
    const door = await newDoor();
    const troubles: (string | null)[] = [];
    const producer = producerOf(
      { url: door.url, key: 'gnd_prod_x' },
      { onTrouble: (message) => troubles.push(message) },
    );
    const sent = producer.send(POS, sale(1));
    await until(() => troubles.length > 0);
    expect(troubles).toEqual([expect.stringMatching(/401/)]);
    expect(producer.queued().events).toBe(1);
    await producer.close({ msMax: 0 });
    expect(await sent).toMatchObject({ status: 'unsent' });
    await expect(producer.send(POS, sale(2))).rejects.toMatchObject({ code: 'stream_unavailable' });
  });
});

describe('without a collector', () => {
  it('a queue on disk waits for it, over a restart, in order', async () => {
    const door = await newDoor();
    const queueFile = join(newFolder(), 'queue', 'events.sqlite');
    const offline = producerOf({ url: 'http://127.0.0.1:1', key: door.key }, { queueFile });
    const sent = Array.from({ length: 30 }, (_, index) => offline.send(POS, sale(index)));
    const flushed = offline.flush();
    await offline.close({ msMax: 20 });
    await expect(flushed).rejects.toMatchObject({ code: 'stream_unavailable' });
    expect((await Promise.all(sent)).every(({ status }) => status === 'unsent')).toBe(true);

    const results: string[] = [];
    const online = producerOf(door, { queueFile, onResult: (_, { eventId }) => results.push(eventId) });
    expect(online.queued().events).toBe(30);
    void online.send(POS, sale(30));
    await online.flush();
    expect(results).toHaveLength(31);
    expect(await sequencesIn(door)).toEqual(Array.from({ length: 31 }, (_, index) => index));
  });

  it('a full queue refuses the next event, and takes one again when there is room', async () => {
    const producer = producerOf({ url: 'http://127.0.0.1:1', key: 'k' }, { queueBytesMax: 1_000 });
    void producer.send(POS, sale(1));
    void producer.send(POS, sale(2));
    await expect(producer.send(POS, sale(3))).rejects.toMatchObject({ code: 'queue_full', canRetry: true });
  });

  it('a queue file has one producer', () => {
    const queueFile = join(newFolder(), 'events.sqlite');
    producerOf({ url: 'http://127.0.0.1:1', key: 'k' }, { queueFile });
    expect(() => producerOf({ url: 'http://127.0.0.1:1', key: 'k' }, { queueFile })).toThrow(
      /each producer needs its own/,
    );
  });

  it('what cannot work is refused at once', () => {
    expect(() => producerOf({ url: 'nowhere', key: 'k' })).toThrow(/url: nowhere is no URL/);
    expect(() => producerOf({ url: 'http://x', key: 'k' }, { source: '' })).toThrow(/source/);
  });
});

describe('with a server that has bad days', () => {
  type Handle = (events: number, response: ServerResponse) => void;
  const accept: Handle = (events, response) => {
    const results = Array.from({ length: events }, (_, index) => ({ index, status: 'accepted' }));
    response.writeHead(202).end(JSON.stringify({ accepted: events, rejected: 0, results }));
  };
  async function newServer(script: Handle[]) {
    const atMs: number[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        atMs.push(performance.now());
        const body = Buffer.concat(chunks);
        const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        (script.shift() ?? accept)((JSON.parse(text.toString()) as unknown[]).length, response);
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    cleanups.push(async () => server.closeAllConnections());
    cleanups.push(async () => server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, atMs };
  }

  it('tries again until there is an answer, and waits as long as it is told', async () => {
    const troubles: (string | null)[] = [];
    const { url, atMs } = await newServer([
      (_, response) => response.destroy(),
      (_, response) => response.writeHead(502).end('<html>bad gateway</html>'),
      (_, response) => response.writeHead(202).end('{"results":[]}'),
      (_, response) => response.writeHead(429, { 'retry-after': '1' }).end('{"detail":"slower"}'),
    ]);
    const producer = producerOf({ url, key: 'k' }, { onTrouble: (message) => troubles.push(message) });
    expect(await producer.send(POS, sale(1))).toMatchObject({ status: 'accepted' });
    expect(atMs).toHaveLength(5);
    expect(atMs[4] - atMs[3]).toBeGreaterThanOrEqual(1_000);
    expect(troubles).toEqual([expect.stringContaining('does not answer'), null]);
  });
});

it.each([
  [null, 0],
  ['7', 7_000],
  ['Mon, 23 Nov 2026 12:00:09 GMT', 9_000],
  ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
  ['soon', 0],
])('Retry-After %s is %i ms', (header, ms) => {
  expect(retryAfterMs(header, NOW_MS)).toBe(ms);
});

/** SQLite itself refuses the next two deletions: FAIL keeps what the trigger did before, so the fuses burn. */
function failTwice(queueFile: string): void {
  const db = new DatabaseSync(queueFile);
  db.exec(`CREATE TABLE fuse (number INTEGER PRIMARY KEY); INSERT INTO fuse VALUES (1), (2);
    CREATE TRIGGER full BEFORE DELETE ON event WHEN EXISTS (SELECT 1 FROM fuse) BEGIN
      DELETE FROM fuse WHERE number = (SELECT min(number) FROM fuse);
      SELECT RAISE(FAIL, 'the disk is full');
    END`);
  db.close();
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
