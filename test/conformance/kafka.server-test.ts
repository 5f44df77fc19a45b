import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBroker, type KafkaSettings } from '@gondola/broker-kafka';
import {
  recordAt,
  silentLog,
  systemClock,
  systemRandom,
  type Broker,
  type Checkpoint,
  type RecordBatch,
  type Source,
} from '@gondola/stream';
import { describeSource, type SourceHarness } from '@gondola/testing';
import kafkajs, { type Admin, type Transaction } from 'kafkajs';
import { describeWithKafka, KAFKA_USER, startKafka, type KafkaServer } from '../servers/kafka.js';

const CLIENTS = ['columnar', 'kafkajs', 'platformatic'] as const;
const SETTINGS: Omit<KafkaSettings, 'bootstrap' | 'client'> = {
  createTopics: true,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 15_000,
  fetchBytesMax: 1 << 20,
  compression: 'zstd',
  requestBytesMax: 1_000_000,
};
const deps = { clock: systemClock, log: silentLog, random: systemRandom };
const encode = (text: string) => new TextEncoder().encode(text);
const record = (key: string, value: string) => ({
  key: encode(key),
  value: encode(value),
  timestampMs: 1_000,
});

// A broker on a busy machine takes its time over a thousand partitions and over a restart.
import.meta.jest.setTimeout(300_000);

describeWithKafka('Kafka', () => {
  let server: KafkaServer;
  let admin: Admin;
  let topics = 0;
  let runs = 0;
  const opened: Broker[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'gondola-kafka-secrets-'));

  beforeAll(async () => {
    server = await startKafka();
    admin = new kafkajs.Kafka({ brokers: [server.plain], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await untilGroupsWork();
  });
  afterEach(async () => {
    for (const broker of opened.splice(0)) await broker.close();
  });
  afterAll(async () => {
    await admin.disconnect();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  for (const client of CLIENTS) describeSource(`Kafka by ${client}`, () => harnessOf(client));

  describe.each(CLIENTS)('topics read by %s', (client) => {
    it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
      'are read when written with %s',
      async (compression) => {
        const broker = open({ client, compression });
        const topic = await newTopic(broker, 2);
        const values = Array.from({ length: 2_000 }, (_, index) =>
          `value-${index}-`.repeat(1 + (index % 40)),
        );
        await broker.sink(topic).append(values.map((value, index) => record(`key-${index % 9}`, value)));
        expect((await drained(broker, topic)).values.sort()).toEqual(values.sort());
      },
    );

    it('hide what was aborted, and have caught up behind the markers', async () => {
      const broker = open({ client });
      const topic = await newTopic(broker, 1);
      const one = await begin('one', topic);
      await one.send(['aborted 1']);
      await one.abort();
      const two = await begin('two', topic);
      await two.send(['committed']);
      await two.commit();
      const read = await drained(broker, topic);
      expect(read.values).toEqual(['committed']);
      expect(read.lag).toEqual(new Map([['0', 0]]));
      expect(read.caughtUp).toEqual(['0']);
      // Two records and two markers.
      expect((await drained(broker, topic, new Map([['0', 4n]]))).caughtUp).toEqual(['0']);
    });

    it('hide an aborted transaction that is longer than a fetch', async () => {
      const broker = open({ client });
      const topic = await newTopic(broker, 1);
      const long = await begin('long', topic);
      for (let part = 0; part < 6; part++) await long.send([`aborted ${part} `.padEnd(600_000, 'x')]);
      await long.abort();
      await broker.sink(topic).append([record('k', 'after')]);
      expect((await drained(broker, topic)).values).toEqual(['after']);
    });

    it('end, for now, where a transaction is still open', async () => {
      const broker = open({ client });
      const topic = await newTopic(broker, 1);
      await broker.sink(topic).append([record('k', 'before')]);
      const pending = await begin('pending', topic);
      await pending.send(['pending']);
      await broker.sink(topic).append([record('k', 'behind')]);
      const read = await drained(broker, topic);
      expect([read.values, read.caughtUp]).toEqual([['before'], ['0']]);
      expect(read.lag).toEqual(new Map([['0', 2]]));
      await pending.commit();
      expect((await drained(broker, topic)).values).toEqual(['before', 'pending', 'behind']);
    });
  });

  // Its filter takes transactions in the order of their ends, and misses one that began before another that ended earlier.
  it.failing('kafkajs hides interleaved aborted transactions', () => interleaved('kafkajs'));
  it('platformatic hides interleaved aborted transactions', () => interleaved('platformatic'));

  async function interleaved(client: KafkaSettings['client']): Promise<void> {
    const broker = open({ client });
    const topic = await newTopic(broker, 1);
    const [early, late] = [await begin(`early-${client}`, topic), await begin(`late-${client}`, topic)];
    await early.send(['aborted early']);
    await late.send(['aborted late']);
    await late.abort();
    await early.abort();
    await broker.sink(topic).append([record('k', 'plain')]);
    expect((await drained(broker, topic)).values).toEqual(['plain']);
  }

  describe.each(CLIENTS)('a secured broker and %s', (client) => {
    const secretFile = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, `${text}\n`);
      return path;
    };
    const { username, password } = KAFKA_USER;
    const secured = (sasl: KafkaSettings['sasl']) =>
      open({ client, bootstrap: [server.secured], tls: { caFile: server.caFile }, sasl });
    const withPassword = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', text = password) =>
      secured({ mechanism, username, passwordFile: secretFile('password', text) });

    it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
      'lets in by %s over TLS',
      async (mechanism) => {
        const broker = withPassword(mechanism);
        const topic = await newTopic(broker, 1);
        await broker.sink(topic).append([record('k', 'secret')]);
        expect((await drained(broker, topic)).values).toEqual(['secret']);
      },
    );

    it('lets in by a token', async () => {
      const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url');
      const nowS = Math.floor(systemClock.nowMs() / 1_000);
      const token = `${part({ alg: 'none' })}.${part({ sub: username, iat: nowS, exp: nowS + 3_600 })}.`;
      const broker = secured({ mechanism: 'oauthbearer', tokenFile: secretFile('token', token) });
      const topic = await newTopic(broker, 1);
      await broker.sink(topic).append([record('k', 'secret')]);
      expect((await drained(broker, topic)).values).toEqual(['secret']);
    });

    it('says at once that the password is wrong', async () => {
      const topic = await newTopic(open({ client }), 1);
      const refused = { name: 'SetupError', message: expect.stringContaining('stream.sasl') };
      for (const mechanism of ['plain', 'scram-sha-512'] as const) {
        await expect(withPassword(mechanism, 'wrong').prepare(topic, 1)).rejects.toMatchObject(refused);
        await expect(
          withPassword(mechanism, 'wrong')
            .sink(topic)
            .append([record('k', 'v')]),
        ).rejects.toMatchObject(refused);
        await expect(drained(withPassword(mechanism, 'wrong'), topic)).rejects.toMatchObject(refused);
      }
    });

    it('says that a certificate is not trusted', async () => {
      const broker = open({ client, bootstrap: [server.secured], tls: {} });
      await expect(broker.prepare('any', 1)).rejects.toMatchObject({
        name: 'SetupError',
        message: expect.stringContaining('stream.tls.caFile'),
      });
    });
  });

  it.each(CLIENTS)('names the topic that is missing (%s)', async (client) => {
    const broker = open({ client, createTopics: false });
    const missing = { name: 'SetupError', message: expect.stringContaining('no topic nowhere') };
    await expect(broker.prepare('nowhere', 1)).rejects.toMatchObject(missing);
    await expect(drained(broker, 'nowhere')).rejects.toMatchObject(missing);
  });

  it('chooses the partition of a key as other producers do', async () => {
    const broker = open({ client: 'platformatic' });
    const topic = await newTopic(broker, 7);
    const keys = Array.from({ length: 40 }, (_, index) => `store-${index}`);
    const producer = client().producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic, messages: keys.map((key) => ({ key, value: key })) });
    await producer.disconnect();
    const theirs = await drained(broker, topic);
    const again = await newTopic(broker, 7);
    await broker.sink(again).append(keys.map((key) => record(key, key)));
    expect((await drained(broker, again)).partitionOf).toEqual(theirs.partitionOf);
  });

  it('fences a producer whose id another one has taken over', async () => {
    const [first, second] = [open({ client: 'platformatic' }), open({ client: 'platformatic' })];
    const topic = await newTopic(first, 1);
    await first.sink(topic).append([record('k', 'a')], { id: 'till', sequence: 0 });
    expect(await second.sink(topic).lastSequence('till')).toBe(0);
    await second.sink(topic).append([record('k', 'b')], { id: 'till', sequence: 1 });
    const zombie = first.sink(topic).append([record('k', 'zombie')], { id: 'till', sequence: 1 });
    await expect(zombie).rejects.toMatchObject({ code: 'fenced' });
    expect((await drained(second, topic)).values).toEqual(['a', 'b']);
  });

  it('takes a producer id back without a fence when its records come next', async () => {
    const [first, second] = [open({ client: 'platformatic' }), open({ client: 'platformatic' })];
    const topic = await newTopic(first, 1);
    await first.sink(topic).append([record('k', 'a')], { id: 'till', sequence: 0 });
    await second.sink(topic).append([record('k', 'b')], { id: 'till', sequence: 1 });
    expect(await first.sink(topic).lastSequence('till')).toBe(1);
    await first.sink(topic).append([record('k', 'c')], { id: 'till', sequence: 2 });
    expect(await second.sink(topic).lastSequence('till')).toBe(2);
    await second.sink(topic).append([record('k', 'd')], { id: 'till', sequence: 3 });
    expect((await drained(first, topic)).values).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each(CLIENTS)('reads partitions that were added (%s)', async (client) => {
    const broker = open({ client });
    const topic = await newTopic(broker, 1);
    let aheadMs = 0;
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
    const options = { stream: topic, reader: `grows-${readers++}`, allowGap: false };
    const source = broker.source(options, { ...deps, clock });
    const assigned: string[] = [];
    const listener = {
      assigned: async (partitions: readonly string[]) => {
        assigned.push(partitions.join());
        return new Map();
      },
      revoked: async () => {},
    };
    try {
      await source.open(listener);
      await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] });
      // A broker may not know of them yet when it is asked for the first time.
      for (let polls = 0; assigned.length < 2 && polls < 1_000; polls++) {
        aheadMs += 60_000;
        await source.poll(100);
      }
      expect(assigned).toEqual(['0', '0,1']);
    } finally {
      await source.close();
    }
  });

  it.each([
    { client: 'kafkajs', allowGap: false },
    { client: 'kafkajs', allowGap: true },
    { client: 'platformatic', allowGap: true },
    { client: 'columnar', allowGap: true },
  ] as const)('tells a gap before records that are all hidden (%j)', async ({ client, allowGap }) => {
    const broker = open({ client, fetchBytesMax: 100_000, compression: 'none' });
    const topic = await newTopic(broker, 1);
    const big = Array.from({ length: 30 }, (_, index) => record('k', `${index} `.padEnd(90_000, 'x')));
    for (const one of big) await broker.sink(topic).append([one]);
    const hidden = await begin(`hidden-${client}-${allowGap}`, topic);
    await hidden.send(['hidden']);
    await hidden.abort();
    const warned: unknown[] = [];
    const log = { ...silentLog, warn: (what: unknown) => void warned.push(what) };
    const source = broker.source(
      { stream: topic, reader: `hidden-${readers++}`, allowGap },
      { ...deps, log },
    );
    try {
      await source.open({ assigned: async () => new Map(), revoked: async () => {} });
      for (let batch = null; !batch;) batch = await source.poll(200);
      // Only so does the client know the leader.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '30' }] });
      const toTheEnd = async () => {
        for (let polls = 0; (await source.caughtUp()).length === 0 && polls < 1_000; polls++)
          await source.poll(100);
        return source.caughtUp();
      };
      if (!allowGap) return await expect(toTheEnd()).rejects.toMatchObject({ code: 'position_gap' });
      expect(await toTheEnd()).toEqual(['0']);
      expect(warned).toHaveLength(1);
    } finally {
      await source.close();
    }
  });

  async function harnessOf(client: KafkaSettings['client']): Promise<SourceHarness> {
    const broker = createKafkaBroker({ ...SETTINGS, bootstrap: [server.plain], client }, deps);
    const run = runs++;
    let last: string | null = null;
    return {
      waitMsMax: 90_000,
      createStream: async (partitions) => {
        // A broker that was killed looks through every partition it has.
        if (last !== null) await admin.deleteTopics({ topics: [last] });
        return (last = await newTopic(broker, partitions));
      },
      sink: async (topic) => broker.sink(topic),
      source: async (topic, { reader, allowGap }) =>
        broker.source({ stream: topic, reader: `${reader}-${run}`, allowGap }, deps),
      forget: async (topic, beforeMs) => {
        const partitions = await admin.fetchTopicOffsetsByTimestamp(topic, beforeMs);
        await admin.deleteTopicRecords({ topic, partitions });
      },
      restart: () => server.restart(),
      close: () => broker.close(),
    };
  }

  function open(settings: Partial<KafkaSettings> & Pick<KafkaSettings, 'client'>): Broker {
    const broker = createKafkaBroker({ ...SETTINGS, bootstrap: [server.plain], ...settings }, deps);
    opened.push(broker);
    return broker;
  }

  async function newTopic(broker: Broker, partitions: number): Promise<string> {
    const topic = `topic-${topics++}`;
    await broker.prepare(topic, partitions);
    return topic;
  }

  /** The first group makes the broker make its own topics, which takes a while. */
  async function untilGroupsWork(): Promise<void> {
    const broker = createKafkaBroker(
      { ...SETTINGS, bootstrap: [server.plain], client: 'platformatic' },
      deps,
    );
    const topic = await newTopic(broker, 1);
    for (let attempt = 0; ; attempt++) {
      try {
        await broker.sink(topic).append([record('k', 'v')], { id: 'first', sequence: 0 });
        await drained(broker, topic);
        return await broker.close();
      } catch (error) {
        if (attempt === 10) throw error;
      }
    }
  }

  const client = () => new kafkajs.Kafka({ brokers: [server.plain], logLevel: kafkajs.logLevel.NOTHING });

  /** A transaction of another program. */
  async function begin(transactionalId: string, topic: string) {
    const producer = client().producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction: Transaction = await producer.transaction();
    return {
      send: (values: string[]) =>
        transaction.send({ topic, messages: values.map((value) => ({ key: 'k', value })) }),
      abort: async () => {
        await transaction.abort();
        await producer.disconnect();
      },
      commit: async () => {
        await transaction.commit();
        await producer.disconnect();
      },
    };
  }
});

let readers = 0;

/** Everything that can be read now, by a reader of its own. */
async function drained(broker: Broker, topic: string, starts: Checkpoint = new Map()) {
  const source: Source = broker.source(
    { stream: topic, reader: `reads-${readers++}`, allowGap: false },
    deps,
  );
  try {
    let count = 0;
    await source.open({
      assigned: async (partitions) => {
        count = partitions.length;
        return starts;
      },
      revoked: async () => {},
    });
    const values: string[] = [];
    const partitionOf = new Map<string, string>();
    const take = (batch: RecordBatch) => {
      for (let index = 0; index < batch.count; index++) {
        const value = Buffer.from(recordAt(batch, index).value ?? []).toString();
        values.push(value);
        partitionOf.set(value, batch.partition);
      }
    };
    let caughtUp: readonly string[] = [];
    for (let polls = 0; caughtUp.length < count && polls < 1_000; polls++) {
      const batch = await source.poll(100);
      if (batch) take(batch);
      caughtUp = await source.caughtUp();
    }
    return { values, partitionOf, caughtUp, lag: (await source.lag()).partitions };
  } finally {
    await source.close();
  }
}
