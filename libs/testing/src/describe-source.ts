import {
  recordAt,
  type Checkpoint,
  type OutgoingRecord,
  type RecordBatch,
  type RecordSink,
  type Source,
  type SourceListener,
} from '@gondola/stream';

/** What a broker must offer so that the suite can look at its source and its sink. */
export interface SourceHarness {
  /** A stream of its own for one test. */
  createStream(partitions: number): Promise<string>;
  sink(stream: string): Promise<RecordSink>;
  source(stream: string, options?: { allowGap?: boolean }): Promise<Source>;
  /** Makes the broker forget what is older than `beforeMs`. */
  forget(stream: string, beforeMs: number): Promise<void>;
  close(): Promise<void>;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const record = (key: string | null, value: string | null, timestampMs = 1_000): OutgoingRecord => ({
  key: key === null ? null : text(key),
  value: value === null ? null : text(value),
  timestampMs,
});
const numbered = (count: number, keys = 5): OutgoingRecord[] =>
  Array.from({ length: count }, (_, index) => record(`key-${index % keys}`, `value-${index}`, index));

/** The suite that every source and its sink pass: same names, same guarantees, whatever the broker. */
export function describeSource(name: string, start: () => Promise<SourceHarness>): void {
  describe(`${name} as a source`, () => {
    let harness: SourceHarness;
    const opened: Source[] = [];
    beforeAll(async () => {
      harness = await start();
    });
    afterEach(async () => {
      for (const source of opened.splice(0)) await source.close();
    });
    afterAll(() => harness.close());

    async function open(stream: string, starts: Checkpoint = new Map(), options = {}): Promise<Source> {
      const source = await harness.source(stream, options);
      opened.push(source);
      await source.open(startingAt(starts));
      return source;
    }

    async function streamOf(records: readonly OutgoingRecord[], partitions = 3): Promise<string> {
      const stream = await harness.createStream(partitions);
      await (await harness.sink(stream)).append(records);
      return stream;
    }

    it('gives back every record, with key, value, headers and time', async () => {
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
      const got = await drain(await open(await streamOf(sent, 1)));
      expect(got.map(plain)).toEqual(sent.map((one) => plain({ headers: [], ...one })));
    });

    it('keeps the order of a key and numbers positions upwards within a partition', async () => {
      const batches = await batchesOf(await open(await streamOf(numbered(5_000))));
      const byKey = new Map<string, number[]>();
      for (const batch of batches) {
        for (let index = 1; index < batch.count; index++)
          expect(recordAt(batch, index).position > recordAt(batch, index - 1).position).toBe(true);
        for (let index = 0; index < batch.count; index++) {
          const { key, value } = plain(recordAt(batch, index));
          byKey.set(String(key), [...(byKey.get(String(key)) ?? []), Number(value?.slice('value-'.length))]);
        }
      }
      for (const values of byKey.values()) expect(values).toEqual([...values].sort((a, b) => a - b));
      expect([...byKey.values()].flat()).toHaveLength(5_000);
    });

    it('starts where it is told, within a stored batch too, and never below', async () => {
      const stream = await streamOf(numbered(1_000), 1);
      const [partition] = (await batchesOf(await open(stream))).map((batch) => batch.partition);
      const again = await batchesOf(await open(stream, new Map([[partition, 337n]])));
      const first = recordAt(again[0], 0);
      expect([first.position, plain(first).value]).toEqual([337n, 'value-337']);
      expect(again.reduce((sum, batch) => sum + batch.count, 0)).toBe(663);
      expect(again[again.length - 1].nextPosition).toBe(1_000n);
    });

    it('waits for records that come later', async () => {
      const stream = await streamOf(numbered(1));
      const source = await open(stream);
      await drain(source);
      const waiting = source.poll(5_000);
      await (await harness.sink(stream)).append([record('later', 'x')]);
      expect((await waiting)?.count).toBe(1);
    });

    it('returns null when nothing comes in time', async () => {
      const source = await open(await harness.createStream(2));
      expect(await source.poll(20)).toBeNull();
    });

    it('knows where every partition ends', async () => {
      const stream = await harness.createStream(4);
      const source = await open(stream);
      expect([...(await source.endPositions()).values()]).toEqual([0n, 0n, 0n, 0n]);
      await (await harness.sink(stream)).append(numbered(100));
      const ends = [...(await source.endPositions()).values()];
      expect(ends.reduce((sum, end) => sum + end, 0n)).toBe(100n);
    });

    it('hands the assignment over before the first record', async () => {
      const stream = await streamOf(numbered(10), 2);
      const seen: string[] = [];
      const source = await harness.source(stream);
      opened.push(source);
      await source.open({
        assigned: async (partitions) => {
          seen.push(`assigned ${partitions.length}`);
          return new Map();
        },
        revoked: async () => {},
      });
      seen.push(`read ${(await drain(source)).length}`);
      expect(seen).toEqual(['assigned 2', 'read 10']);
    });

    it('names the gap when records were forgotten before they were read', async () => {
      const stream = await harness.createStream(1);
      const sink = await harness.sink(stream);
      await sink.append(numbered(10).map((one) => ({ ...one, timestampMs: 1_000 })));
      await sink.append([record('young', 'y', 9_000)]);
      await harness.forget(stream, 5_000);
      const [partition] = (await (await open(stream)).endPositions()).keys();
      const from3 = new Map([[partition, 3n]]);
      await expect(open(stream, from3)).rejects.toMatchObject({ code: 'position_gap', canRetry: false });
      const got = await drain(await open(stream, from3, { allowGap: true }));
      expect(got.map((one) => plain(one).value)).toEqual(['y']);
      expect(await drain(await open(stream))).toHaveLength(1);
    });

    it('refuses a start beyond the end: the stream was made anew', async () => {
      const stream = await streamOf(numbered(5), 1);
      const [partition] = (await (await open(stream)).endPositions()).keys();
      await expect(open(stream, new Map([[partition, 99n]]))).rejects.toMatchObject({ code: 'position_gap' });
    });

    it('can be read by two readers that do not disturb each other', async () => {
      const stream = await streamOf(numbered(200));
      const [one, two] = [await open(stream), await open(stream)];
      expect(await drain(one)).toHaveLength(200);
      expect(await drain(two)).toHaveLength(200);
    });

    it('accepts a checkpoint and still starts where the lake says', async () => {
      const stream = await streamOf(numbered(20), 1);
      const source = await open(stream);
      await drain(source);
      await source.checkpoint(await source.endPositions());
      expect(await drain(await open(stream))).toHaveLength(20);
    });
  });

  describe(`${name} as a sink`, () => {
    let harness: SourceHarness;
    beforeAll(async () => {
      harness = await start();
    });
    afterAll(() => harness.close());

    async function valuesOf(stream: string): Promise<(string | null)[]> {
      const source = await harness.source(stream);
      await source.open(startingAt(new Map()));
      const values = (await drain(source)).map((one) => plain(one).value);
      await source.close();
      return values;
    }

    it('repeats nothing when a producer sends again what it has sent', async () => {
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

    it('tells producers apart', async () => {
      const stream = await harness.createStream(1);
      const sink = await harness.sink(stream);
      await sink.append([record('k', 'a')], { id: 'one', sequence: 0 });
      await sink.append([record('k', 'b')], { id: 'two', sequence: 0 });
      expect(await valuesOf(stream)).toEqual(['a', 'b']);
    });
  });
}

function startingAt(starts: Checkpoint): SourceListener {
  return { assigned: async () => starts, revoked: async () => {} };
}

async function batchesOf(source: Source): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for (;;) {
    const batch = await source.poll(60);
    if (!batch) return batches;
    batches.push(batch);
  }
}

async function drain(source: Source) {
  return (await batchesOf(source)).flatMap((batch) =>
    Array.from({ length: batch.count }, (_, index) => recordAt(batch, index)),
  );
}

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
