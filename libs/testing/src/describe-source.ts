import {
  recordAt,
  type Checkpoint,
  type OutgoingRecord,
  type RecordSink,
  type Source,
} from '@gondola/stream';
import { Reading, untilTrue } from './reading.js';

/** Servers of real brokers take their time. */
const START_MS_MAX = 300_000;

/** What a broker must offer so that the suite can look at its source and its sink. */
export interface SourceHarness {
  /** A stream of its own for one test. */
  createStream(partitions: number): Promise<string>;
  sink(stream: string): Promise<RecordSink>;
  /** Sources of one `reader` share the partitions, where the broker has groups. */
  source(stream: string, options: { reader: string; allowGap: boolean }): Promise<Source>;
  /** Makes the broker forget what is older than `beforeMs`. */
  forget(stream: string, beforeMs: number): Promise<void>;
  /** Where the server of the tests is too slow for the thousand partitions of the suite. */
  readonly partitionsMax?: number;
  /** How long a reader may wait for what is there, and for its share; 20 s when left out. */
  readonly waitMsMax?: number;
  /** Stops the broker's server and starts it again with all it had; brokers without a server have none. */
  restart?(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What a broker cannot do: title of a test -> why. Such a test must fail: the day it passes, the gap is closed and is to be
 * taken off the list.
 */
export type KnownGaps = Readonly<Record<string, string>>;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const record = (key: string | null, value: string | null, timestampMs = 1_000): OutgoingRecord => ({
  key: key === null ? null : text(key),
  value: value === null ? null : text(value),
  timestampMs,
});
const numbered = (count: number, keys = 5): OutgoingRecord[] =>
  Array.from({ length: count }, (_, index) => record(`key-${index % keys}`, `value-${index}`, index));

/** The suite that every source and its sink pass: same names, same guarantees, whatever the broker. */
export function describeSource(
  name: string,
  start: () => Promise<SourceHarness>,
  gaps: KnownGaps = {},
): void {
  const check = (title: string, body: () => Promise<void>) => {
    if (!(title in gaps)) return it(title, body);
    return it(`${title} (known gap: ${gaps[title]})`, () => expect(body()).rejects.toBeDefined());
  };

  describe(`${name} as a source`, () => {
    let harness: SourceHarness;
    let readers = 0;
    const opened: Source[] = [];
    beforeAll(async () => {
      harness = await start();
    }, START_MS_MAX);
    afterEach(async () => {
      for (const source of opened.splice(0)) await source.close();
    });
    afterAll(() => harness.close(), START_MS_MAX);

    async function open(
      stream: string,
      starts: Checkpoint = new Map(),
      options: { reader?: string; allowGap?: boolean } = {},
    ): Promise<Reading> {
      const { reader = `suite-${readers++}`, allowGap = false } = options;
      const source = await harness.source(stream, { reader, allowGap });
      opened.push(source);
      return Reading.of(source, starts, harness.waitMsMax);
    }

    async function streamOf(records: readonly OutgoingRecord[], partitions = 3): Promise<string> {
      const stream = await harness.createStream(partitions);
      await (await harness.sink(stream)).append(records);
      return stream;
    }

    check('gives back every record, with key, value, headers and time', async () => {
      const headers = [
        { key: 'ce_type', value: text('retail.pos.transaction') },
        { key: 'ñ', value: new Uint8Array([0, 255]) },
      ];
      const sent = [
        { ...record('a', 'one'), headers },
        record(null, 'two', 2_000),
        record('c', null, 3_000),
        record('', '', 4_000),
      ];
      const got = await (await open(await streamOf(sent, 1))).drain();
      expect(got.map(plain)).toEqual(sent.map((one) => plain({ headers: [], ...one })));
    });

    check('keeps the order of a key and numbers positions upwards within a partition', async () => {
      const batches = await (await open(await streamOf(numbered(5_000)))).batches();
      const byKey = new Map<string, number[]>();
      for (const batch of batches) {
        for (let index = 1; index < batch.count; index++)
          expect(recordAt(batch, index).position > recordAt(batch, index - 1).position).toBe(true);
        expect(batch.nextPosition > recordAt(batch, batch.count - 1).position).toBe(true);
        for (let index = 0; index < batch.count; index++) {
          const { key, value } = recordAt(batch, index);
          byKey.set(decode(key), [...(byKey.get(decode(key)) ?? []), numberOf(value)]);
        }
      }
      for (const values of byKey.values()) expect(values).toEqual([...values].sort((a, b) => a - b));
      expect([...byKey.values()].flat()).toHaveLength(5_000);
    });

    check('starts where it is told, within a stored batch too, and never below', async () => {
      const stream = await streamOf(numbered(1_000), 1);
      const first = await open(stream);
      const all = await first.drain();
      const again = await open(stream, new Map([[first.partitions[0], all[337].position]]));
      const got = await again.drain();
      expect([got[0].position, decode(got[0].value)]).toEqual([all[337].position, 'value-337']);
      expect(got).toHaveLength(663);
    });

    check('goes on after the last record of a batch, and has caught up at the end', async () => {
      const stream = await streamOf(numbered(1_000), 1);
      const first = await open(stream);
      const batches = await first.batches();
      const end = batches[batches.length - 1].nextPosition;
      const again = await open(stream, new Map([[first.partitions[0], end]]));
      expect(await again.drain()).toEqual([]);
      await (await harness.sink(stream)).append([record('later', 'x')]);
      expect((await again.next())?.count).toBe(1);
    });

    check('asks where to start when it is opened again, and delivers from there', async () => {
      const stream = await streamOf(numbered(1_000), 1);
      const reading = await open(stream);
      const all = await reading.drain();
      const [partition] = reading.partitions;
      const asked: (readonly string[])[] = [];
      await reading.source.open({
        assigned: async (partitions) => {
          asked.push(partitions);
          return new Map([[partition, all[900].position]]);
        },
        revoked: async () => {},
      });
      expect(asked).toEqual([[partition]]);
      expect((await reading.drain()).map((one) => decode(one.value))).toEqual(
        all.slice(900).map((one) => decode(one.value)),
      );
    });

    check('waits for records that come later', async () => {
      const stream = await streamOf(numbered(1));
      const reading = await open(stream);
      await reading.drain();
      const waiting = reading.next();
      await (await harness.sink(stream)).append([record('later', 'x')]);
      expect((await waiting)?.count).toBe(1);
    });

    check('returns null when nothing comes in time', async () => {
      const { source } = await open(await harness.createStream(2));
      expect(await source.poll(20)).toBeNull();
    });

    check('has not caught up before everything was handed over', async () => {
      const reading = await open(await streamOf(numbered(20_000), 1));
      for (let records = 0; records < 20_000;) {
        expect(await reading.source.caughtUp()).toEqual([]);
        records += (await reading.next())?.count ?? 0;
      }
      await reading.drain();
      expect(await reading.source.caughtUp()).toEqual(reading.partitions);
    });

    check('loses nothing while nobody polls for a while', async () => {
      const reading = await open(await streamOf(numbered(20_000), 2));
      const first = await reading.next();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect((first?.count ?? 0) + (await reading.drain()).length).toBe(20_000);
    });

    check('knows how far behind the end it is, of its partitions alone', async () => {
      const stream = await harness.createStream(4);
      const reading = await open(stream);
      await (await harness.sink(stream)).append(numbered(100));
      if ((await reading.source.lag()).unit === 'records') expect(await reading.behind()).toBe(100);
      await reading.drain();
      const { unit, partitions } = await reading.source.lag();
      expect([...partitions.keys()].sort()).toEqual(reading.partitions);
      // In milliseconds: since the broker was asked last.
      expect(await reading.behind()).toBeLessThan(unit === 'records' ? 1 : 10_000);
      await reading.source.close();
      expect((await reading.source.lag()).partitions.size).toBe(0);
    });

    check('carries what nobody can read, byte by byte, and what comes after it', async () => {
      const poison = [
        new Uint8Array([0xff, 0xfe, 0, 0xc3, 0x28]),
        // Confluent's prefix and an end, half a Kinesis aggregate, half a JSON event.
        new Uint8Array([0, 0, 0, 0, 1]),
        new Uint8Array([0xf3, 0x89, 0x9a, 0xc2, 1, 2, 3]),
        text('{"id":'),
      ];
      const sent = poison.flatMap((value, index) => [
        { ...record('k', ''), value, headers: [{ key: 'ce_type', value }] },
        { ...record('k', `good ${index}`), headers: [] },
      ]);
      const got = await (await open(await streamOf(sent, 1))).drain();
      const bytesOf = (one: Pick<OutgoingRecord, 'value' | 'headers'>) => [
        [...(one.value ?? [])],
        one.headers?.map(({ value }) => [...value]),
      ];
      expect(got.map(bytesOf)).toEqual(sent.map(bytesOf));
    });

    check('hands the assignment over before the first record', async () => {
      const stream = await streamOf(numbered(10), 2);
      const seen: string[] = [];
      const source = await harness.source(stream, { reader: `suite-${readers++}`, allowGap: false });
      opened.push(source);
      await source.open({
        assigned: async (partitions) => {
          seen.push(`assigned ${partitions.length}`);
          return new Map();
        },
        revoked: async () => {},
      });
      for (let batch = null; !batch;) batch = await source.poll(200);
      expect(seen).toEqual(['assigned 2']);
    });

    check('names the gap when records were forgotten before they were read', async () => {
      const stream = await harness.createStream(1);
      const sink = await harness.sink(stream);
      await sink.append(numbered(10).map((one) => ({ ...one, timestampMs: 1_000 })));
      await sink.append([record('young', 'y', 9_000)]);
      const reading = await open(stream);
      const all = await reading.drain();
      await harness.forget(stream, 5_000);
      const from3 = new Map([[reading.partitions[0], all[3].position]]);
      await expect(open(stream, from3).then((one) => one.drain())).rejects.toMatchObject({
        code: 'position_gap',
        canRetry: false,
      });
      const got = await (await open(stream, from3, { allowGap: true })).drain();
      expect(got.map((one) => decode(one.value))).toEqual(['y']);
      expect(await (await open(stream)).drain()).toHaveLength(1);
    });

    check('never goes on in silence behind records that were forgotten while it read', async () => {
      for (const allowGap of [false, true]) {
        const stream = await streamOf(numbered(10), 1);
        const reading = await open(stream, new Map(), { allowGap });
        await reading.drain();
        // Whatever was asked for before has been answered: with nothing.
        await new Promise((resolve) => setTimeout(resolve, 500));
        const sink = await harness.sink(stream);
        // Of one key: brokers may mix up those of several.
        const old = numbered(1_000, 1).map((one) => ({ ...one, timestampMs: 1_000 }));
        for (let part = 0; part < 4; part++) await sink.append(old.slice(250 * part, 250 * (part + 1)));
        await sink.append([record('young', 'y', 9_000)]);
        await harness.forget(stream, 5_000);
        const rest = reading.drain().then((views) => views.map((one) => decode(one.value)));
        const found = await rest.catch((error: unknown) => error);
        // Clients that fetch ahead had them already, or the first of them.
        const had = Array.isArray(found) ? old.slice(0, found.length - 1) : [];
        if (allowGap || had.length === old.length)
          expect(found).toEqual([...had.map((one) => decode(one.value)), 'y']);
        else expect(found).toMatchObject({ code: 'position_gap', canRetry: false });
      }
    });

    check('refuses a start beyond the end: the stream was made anew', async () => {
      const stream = await streamOf(numbered(5), 1);
      const first = await open(stream);
      const beyond = ((await first.drain()).at(-1)?.position ?? 0n) + 1_000_000_000n;
      const start = new Map([[first.partitions[0], beyond]]);
      await expect(open(stream, start).then((one) => one.drain())).rejects.toMatchObject({
        code: 'position_gap',
      });
    });

    check('can be read by two readers that do not disturb each other', async () => {
      const stream = await streamOf(numbered(200));
      const [one, two] = [await open(stream), await open(stream)];
      expect(await one.drain()).toHaveLength(200);
      expect(await two.drain()).toHaveLength(200);
    });

    check('shares the partitions between two sources of one reader', async () => {
      const stream = await harness.createStream(4);
      const [one, two] = [
        await open(stream, new Map(), { reader: 'shared' }),
        await open(stream, new Map(), { reader: 'shared' }),
      ];
      await untilTrue(async () => {
        await Promise.all([one.source.poll(100), two.source.poll(100)]);
        const all = [...one.partitions, ...two.partitions];
        return one.partitions.length === 2 && new Set(all).size === 4;
      }, harness.waitMsMax);
      await two.source.close();
      opened.splice(opened.indexOf(two.source), 1);
      await untilTrue(async () => {
        await one.source.poll(100);
        return one.partitions.length === 4;
      }, harness.waitMsMax);
      expect(one.log.at(-2)).toBe('revoked');
    });

    check('accepts a checkpoint and still starts where the lake says', async () => {
      const stream = await streamOf(numbered(20), 1);
      const reading = await open(stream, new Map(), { reader: 'checkpointed' });
      const end = (await reading.batches()).at(-1)?.nextPosition ?? 0n;
      await reading.source.checkpoint(new Map([[reading.partitions[0], end]]));
      await reading.source.close();
      opened.splice(opened.indexOf(reading.source), 1);
      const again = await open(stream, new Map(), { reader: 'checkpointed' });
      expect(await again.drain()).toHaveLength(20);
    });

    check('carries records of a megabyte', async () => {
      const large = 'x'.repeat(1_000_000);
      const reading = await open(
        await streamOf([record('k', large), record('k', 'small'), record('k', large)]),
      );
      expect((await reading.drain()).map((one) => one.value?.length)).toEqual([1_000_000, 5, 1_000_000]);
    });

    check('keeps the positions of a thousand partitions', async () => {
      const partitions = harness.partitionsMax ?? 1_000;
      const stream = await harness.createStream(partitions);
      await (await harness.sink(stream)).append(numbered(3_000, 3_000));
      const reading = await open(stream);
      expect(reading.partitions).toHaveLength(partitions);
      const ends = new Map<string, bigint>();
      for (const batch of await reading.batches()) ends.set(batch.partition, batch.nextPosition);
      await reading.source.checkpoint(ends);
      expect(await (await open(stream, ends)).drain()).toEqual([]);
    });

    check('goes on after the broker was started again', async () => {
      if (!harness.restart) return;
      const stream = await streamOf(numbered(100));
      const reading = await open(stream);
      expect(await reading.drain()).toHaveLength(100);
      await harness.restart();
      await (await harness.sink(stream)).append([record('later', 'x')]);
      expect((await reading.next())?.count).toBe(1);
    });
  });

  describe(`${name} as a sink`, () => {
    let harness: SourceHarness;
    beforeAll(async () => {
      harness = await start();
    }, START_MS_MAX);
    afterAll(() => harness.close(), START_MS_MAX);

    async function valuesOf(stream: string): Promise<(string | null)[]> {
      const source = await harness.source(stream, { reader: 'suite', allowGap: false });
      const reading = await Reading.of(source, new Map(), harness.waitMsMax);
      const values = (await reading.drain()).map((one) => plain(one).value);
      await source.close();
      return values;
    }

    check('repeats nothing when a producer sends again what it has sent', async () => {
      const stream = await harness.createStream(1);
      const sink = await harness.sink(stream);
      const records = numbered(10);
      expect(await sink.lastSequence('till')).toBe(-1);
      await sink.append(records.slice(0, 6), { id: 'till', sequence: 0 });
      await sink.append(records, { id: 'till', sequence: 0 });
      await sink.append(records.slice(4), { id: 'till', sequence: 4 });
      expect(await sink.lastSequence('till')).toBe(9);
      expect(await valuesOf(stream)).toEqual(records.map((one) => plain({ headers: [], ...one }).value));
    });

    check('tells producers apart', async () => {
      const stream = await harness.createStream(1);
      const sink = await harness.sink(stream);
      await sink.append([record('k', 'a')], { id: 'one', sequence: 0 });
      await sink.append([record('k', 'b')], { id: 'two', sequence: 0 });
      expect(await valuesOf(stream)).toEqual(['a', 'b']);
    });
  });
}

const decode = (bytes: Uint8Array | null): string => (bytes ? new TextDecoder().decode(bytes) : 'null');
const numberOf = (value: Uint8Array | null): number => Number(decode(value).slice('value-'.length));

function plain(one: {
  key: Uint8Array | null;
  value: Uint8Array | null;
  timestampMs: number;
  headers: readonly { key: string; value: Uint8Array }[];
}) {
  const decode = (bytes: Uint8Array | null) => (bytes === null ? null : new TextDecoder().decode(bytes));
  return {
    key: decode(one.key),
    value: decode(one.value),
    timestampMs: one.timestampMs,
    headers: one.headers.map(({ key, value }) => [key, [...value]]),
  };
}
