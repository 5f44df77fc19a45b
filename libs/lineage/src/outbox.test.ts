import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog, systemClock, type Clock } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { FileWriter } from './file-writer.js';
import { HttpWriter } from './http-writer.js';
import { LineageRefused, Outbox, type LineageWriter } from './outbox.js';
import type { RunEvent } from './run-event.js';

const folder = mkdtempSync(join(tmpdir(), 'gondola-lineage-'));
afterAll(() => rmSync(folder, { recursive: true }));

const event = (number: number) => ({ eventTime: `${number}` }) as RunEvent;
const numbersIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number((JSON.parse(line) as RunEvent).eventTime));

function outboxTo(writer: LineageWriter, clock: Clock = createManualClock(0, { autoAdvance: true })) {
  const seen = { written: 0, dropped: [] as string[], logged: [] as string[] };
  const say = (_fields: unknown, message: string) => void seen.logged.push(message);
  const outbox = new Outbox({
    ...{ writer, clock, log: { ...silentLog, warn: say, info: say } },
    onWritten: (events) => (seen.written += events),
    onDropped: (events, reason) => seen.dropped.push(`${events} ${reason}`),
  });
  return { outbox, seen };
}

/** Fails as often as it is told, then takes everything. */
function flaky(failures: Error[]): LineageWriter & { readonly taken: number[] } {
  const taken: number[] = [];
  return {
    taken,
    address: 'there',
    async write(events) {
      const failure = failures.shift();
      if (failure) throw failure;
      taken.push(...events.map(({ eventTime }) => Number(eventTime)));
      return events.length;
    },
  };
}

const settled = async () => {
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
};

describe('the outbox', () => {
  it('delivers everything in order when the receiver comes back, and says so once', async () => {
    const writer = flaky([new Error('away'), new Error('away'), new Error('away')]);
    const { outbox, seen } = outboxTo(writer);
    for (let number = 0; number < 250; number++) outbox.add(event(number));
    await settled();
    expect(writer.taken).toEqual(Array.from({ length: 250 }, (_, number) => number));
    expect(seen).toEqual({
      written: 250,
      dropped: [],
      logged: [
        'lineage events cannot be delivered: away; the line goes on without',
        'lineage events are taken again',
      ],
    });
  });

  it('forgets what is refused, and only that', async () => {
    const writer = flaky([new LineageRefused('answered 422')]);
    const { outbox, seen } = outboxTo(writer);
    for (let number = 0; number < 3; number++) outbox.add(event(number));
    await settled();
    expect(writer.taken).toEqual([1, 2]);
    expect(seen.dropped).toEqual(['1 refused']);
  });

  it('holds so many and forgets the oldest; what is left at the end is counted', async () => {
    const never: LineageWriter = { address: 'there', write: () => Promise.reject(new Error('away')) };
    const { outbox, seen } = outboxTo(never, createManualClock(0));
    for (let number = 0; number < 1_300; number++) outbox.add(event(number));
    await settled();
    const full = seen.dropped.filter((one) => one.endsWith('queue_full'));
    expect(full.reduce((sum, one) => sum + parseInt(one, 10), 0)).toBe(300);
    await outbox.close();
    expect(seen.dropped.at(-1)).toBe('1000 write_failed');
    expect(seen.logged).toHaveLength(1);
  });
});

describe('the file', () => {
  it('has one event a line, moves on at its size and keeps so many', async () => {
    const file = join(folder, 'deep/lineage.jsonl');
    const writer = new FileWriter({ file, fileBytesMax: 200, filesMax: 2 });
    for (let number = 0; number < 40; number++) await writer.write([event(number)]);
    const names = readdirSync(join(folder, 'deep')).sort();
    expect(names).toEqual(['lineage.jsonl', 'lineage.jsonl.1', 'lineage.jsonl.2']);
    const texts = names.toReversed().map((name) => readFileSync(join(folder, 'deep', name), 'utf8'));
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(200);
    const numbers = texts.flatMap(numbersIn);
    expect(numbers).toEqual(Array.from(numbers, (_, index) => 40 - numbers.length + index));
  });

  it('goes on after what a killed process had cut short', async () => {
    const file = join(folder, 'cut.jsonl');
    writeFileSync(file, '{"eventTime":"1"}\n{"eventTi');
    await new FileWriter({ file, fileBytesMax: 1_000, filesMax: 1 }).write([event(2)]);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect([lines[0], lines[2]]).toEqual(['{"eventTime":"1"}', '{"eventTime":"2"}']);
  });

  it('says what is wrong with a place where nothing can be written', async () => {
    const { outbox, seen } = outboxTo(
      new FileWriter({ file: join(folder, 'cut.jsonl/in-a-file'), fileBytesMax: 1_000, filesMax: 1 }),
      systemClock,
    );
    outbox.add(event(1));
    await outbox.close();
    expect(seen.dropped).toEqual(['1 write_failed']);
    expect(seen.logged[0]).toMatch(/cannot be delivered: .*cut\.jsonl/);
  });
});

describe('the address', () => {
  it('gets each event once; what it will never take is refused, the rest is tried again', async () => {
    const answers = [503, 201, 422, 429, 200];
    const asked: string[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as RunEvent;
      const status = answers.shift() ?? 500;
      asked.push(`${body.eventTime} ${request.headers.authorization} ${status}`);
      response.writeHead(status).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/v1/lineage?key=hidden`;
    const writer = new HttpWriter({ url, authorization: 'Bearer secret' });
    expect(writer.address).toBe(`http://127.0.0.1:${port}`);
    const { outbox, seen } = outboxTo(writer);
    for (let number = 0; number < 3; number++) outbox.add(event(number));
    while (seen.written < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await outbox.close();
    expect(asked).toEqual(
      ['0 503', '0 201', '1 422', '2 429', '2 200'].map((one) => one.replace(' ', ' Bearer secret ')),
    );
    expect(seen).toMatchObject({ written: 2, dropped: ['1 refused'] });
    expect(JSON.stringify(seen.logged)).not.toMatch(/secret|hidden/);
    server.closeAllConnections();
    server.close();
  });
});
