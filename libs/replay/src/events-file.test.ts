import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readEventsFile } from './events-file.js';
import type { ReplayBytes } from './replay-record.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function read(content: string | Uint8Array, name = 'events.ndjson'): Promise<ReplayBytes[]> {
  const path = join(folder, name);
  await writeFile(path, content);
  return collect(readEventsFile(path));
}

const text = (record: ReplayBytes) => Buffer.from(record.event).toString();

describe('readEventsFile', () => {
  it('takes an event out of its envelope, byte for byte, and says its type in CloudEvents headers', async () => {
    const event = '{ "eventId": "e1", "n": 12345678901234567890, "deep": {"event": [1, "}\\"{"]}, "n": 1.0 }';
    const [record] = await read(`{"key":"S1","type":"retail.web.search","time":77, "event" : ${event} }\n`);
    expect(text(record)).toBe(event);
    expect(record).toMatchObject({ key: 'S1', subject: 'retail.web.search', encoding: 'raw', timeMs: 77 });
    expect(record.headers).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_type: 'retail.web.search',
      ce_source: '/gondola/replay',
      ce_id: 'e1',
    });
  });

  it.each([
    ['{"event":{"a":1}}', '{"a":1}'],
    ['{"a\\"event":[{"event":2}],"event":[3,[4]],"b":{}}', '[3,[4]]'],
    ['{"ev\\u0065nt":"x, y}"}', '"x, y}"'],
    ['{"key":"event","event":null}', 'null'],
  ])('%s holds %s', async (line, event) => {
    expect((await read(line)).map(text)).toEqual([event]);
  });

  it('sends a structured CloudEvents event whole', async () => {
    const line =
      '{"specversion":"1.0","id":"1","source":"/till","type":"retail.pos.transaction",' +
      '"time":"2026-01-05T12:00:00Z","data":{"retailStoreId":"S2"}}';
    const [record] = await read(line);
    expect(text(record)).toBe(line);
    expect(record).toMatchObject({
      key: 'S2',
      subject: 'retail.pos.transaction',
      timeMs: Date.UTC(2026, 0, 5, 12),
    });
    expect(record.headers).toEqual({ 'content-type': 'application/cloudevents+json; charset=UTF-8' });
    const [keyed] = await read(line.replace('"id"', '"partitionkey":"S9","id"'));
    expect(keyed.key).toBe('S9');
  });

  it('sends a bare event whole, keyed as its contract says', async () => {
    const records = await read(
      '{"locationId":"S3","eventTime":5}\r\n{"itemId":"7","updatedAt":"2026-01-05"}\n{}\n',
    );
    expect(records.map(text)).toEqual([
      '{"locationId":"S3","eventTime":5}',
      '{"itemId":"7","updatedAt":"2026-01-05"}',
      '{}',
    ]);
    expect(records.map(({ key, subject }) => [key, subject])).toEqual([
      ['S3', ''],
      ['7', ''],
      ['', ''],
    ]);
    expect(records.map(({ timeMs }) => timeMs)).toEqual([5, Date.UTC(2026, 0, 5), Date.UTC(2026, 0, 5)]);
    expect(records.map(({ headers }) => headers)).toEqual([{}, {}, {}]);
  });

  it('sends whatever bytes a line has, also from a gzip file of several members', async () => {
    const line = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .filter((bytes) => !bytes.some((b) => b === 10 || b === 13));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), fc.nat(400), async (lines, cut) => {
        const file = Buffer.concat(lines.flatMap((bytes) => [Buffer.from(bytes), Buffer.from('\n\n')]));
        const members = [file.subarray(0, cut), file.subarray(cut)].map((part) => gzipSync(part));
        const sent = lines.map((bytes) => Buffer.from(bytes).toString('hex'));
        for (const records of [await read(file), await read(Buffer.concat(members), 'events.ndjson.gz')]) {
          expect(records.map(({ event }) => Buffer.from(event).toString('hex'))).toEqual(sent);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('keeps lines together that are longer than what is read at once, and the last without an end of line', async () => {
    const lines = [
      JSON.stringify({ text: 'é'.repeat(200_000) }),
      '{"broken":',
      JSON.stringify({ text: 'x'.repeat(70_000) }),
    ];
    expect((await read(lines.join('\n'))).map(text)).toEqual(lines);
  });

  it('leaves bytes alone that are not UTF-8, in an envelope too', async () => {
    const line = Buffer.concat([Buffer.from('{"event":{"name":"'), Buffer.from([0xff]), Buffer.from('"}}')]);
    const [record] = await read(line);
    expect(Buffer.from(record.event).equals(line)).toBe(true);
  });
});
