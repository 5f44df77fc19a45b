import { createKafkaBroker, type KafkaSettings } from '@gondola/broker-kafka';
import {
  recordAt,
  silentLog,
  systemClock,
  systemRandom,
  type Broker,
  type Checkpoint,
  type RecordView,
  type Source,
} from '@gondola/stream';
import kafkajs, { type Admin, type ITopicConfig, type Message } from 'kafkajs';
import { describeWithKafka, startKafka, type KafkaServer } from '../servers/kafka.js';

const SETTINGS: Omit<KafkaSettings, 'bootstrap'> = {
  client: 'columnar',
  createTopics: true,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 15_000,
  fetchBytesMax: 1 << 20,
  compression: 'none',
  requestBytesMax: 1_000_000,
};
const deps = { clock: systemClock, log: silentLog, random: systemRandom };
const WAIT_MS_MAX = 20_000;

// A broker on a busy machine takes its time over a thousand partitions and over a restart.
import.meta.jest.setTimeout(300_000);

let server: KafkaServer;
let topics = 0;

describeWithKafka('the columnar reader', () => {
  let client: kafkajs.Kafka;
  let admin: Admin;
  let broker: Broker;
  const opened: Source[] = [];
  beforeAll(async () => {
    server = await startKafka();
    client = new kafkajs.Kafka({ brokers: [server.plain], logLevel: kafkajs.logLevel.NOTHING });
    broker = createKafkaBroker({ ...SETTINGS, bootstrap: [server.plain] }, deps);
    admin = client.admin();
    await admin.connect();
  }, 300_000);
  afterEach(async () => {
    for (const source of opened.splice(0)) await source.close();
  });
  afterAll(async () => {
    await broker.close();
    await admin.disconnect();
    await server.stop();
  });

  async function topicOf(partitions: number, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = `columns-${topics++}`;
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const one: ITopicConfig = { topic, numPartitions: partitions, replicationFactor: 1, configEntries };
    await admin.createTopics({ topics: [one], waitForLeaders: true });
    return topic;
  }

  async function open(topic: string, starts: Checkpoint = new Map()): Promise<Source> {
    const source = broker.source({ stream: topic, reader: `reader-${topic}`, allowGap: false }, deps);
    opened.push(source);
    await source.open({ assigned: async () => starts, revoked: async () => {} });
    return source;
  }

  /** All there is, once the source says that it is all. */
  async function drain(source: Source, partitions = 1): Promise<RecordView[]> {
    const records: RecordView[] = [];
    const endMs = systemClock.nowMs() + WAIT_MS_MAX;
    for (;;) {
      const batch = await source.poll(100);
      for (let index = 0; batch && index < batch.count; index++) records.push(recordAt(batch, index));
      if (!batch && (await source.caughtUp()).length === partitions) return records;
      if (systemClock.nowMs() > endMs) throw new Error(`not read to the end in ${WAIT_MS_MAX} ms`);
    }
  }
  const valuesOf = (records: readonly RecordView[]) =>
    records.map(({ value }) => Buffer.from(value ?? []).toString());

  async function send(topic: string, messages: Message[]): Promise<void> {
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic, messages });
    await producer.disconnect();
  }
  const numbered = (count: number): Message[] =>
    Array.from({ length: count }, (_, index) => ({
      key: `key-${index % 7}`,
      value: `value-${index} ${'x'.repeat(index % 50)}`,
      headers: { number: String(index) },
    }));

  // The broker packs again what it is sent: these are the batches that Java's producers make.
  it.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])('reads what Java packs: %s', async (codec) => {
    const topic = await topicOf(1, { 'compression.type': codec });
    const messages = numbered(5_000);
    await send(topic, messages);
    const got = await drain(await open(topic));
    expect(valuesOf(got)).toEqual(messages.map(({ value }) => value));
    expect(got.map(({ headers }) => Buffer.from(headers[0].value).toString())).toEqual(
      messages.map((_, index) => String(index)),
    );
    expect(got.map(({ position }) => position)).toEqual(messages.map((_, index) => BigInt(index)));
  });

  it('takes the broker’s time where the topic says so', async () => {
    const topic = await topicOf(1, { 'message.timestamp.type': 'LogAppendTime' });
    const sentMs = systemClock.nowMs();
    await send(topic, [{ value: 'a', timestamp: '1000' }]);
    const [{ timestampMs }] = await drain(await open(topic));
    expect(timestampMs).toBeGreaterThanOrEqual(sentMs - 1_000);
  });

  it('hides what was aborted, waits for what is open, and goes past markers', async () => {
    const topic = await topicOf(1);
    const producers = ['one', 'two'].map((id) =>
      client.producer({ transactionalId: `${topic}-${id}`, idempotent: true, maxInFlightRequests: 1 }),
    );
    for (const producer of producers) await producer.connect();
    const [one, two] = producers;
    for (let round = 0; round < 3; round++) {
      const [aborted, kept] = [await one.transaction(), await two.transaction()];
      await aborted.send({ topic, messages: [{ value: `aborted ${round}` }] });
      await kept.send({ topic, messages: [{ value: `kept ${round}` }] });
      await aborted.send({ topic, messages: [{ value: `aborted too ${round}` }] });
      await aborted.abort();
      await kept.commit();
    }
    const open1 = await two.transaction();
    await open1.send({ topic, messages: [{ value: 'open' }] });
    await send(topic, [{ value: 'behind it' }]);
    const source = await open(topic);
    expect(valuesOf(await drain(source))).toEqual(['kept 0', 'kept 1', 'kept 2']);
    await open1.commit();
    expect(valuesOf(await drain(source))).toEqual(['open', 'behind it']);
    const last = await one.transaction();
    await last.send({ topic, messages: [{ value: 'aborted at the end' }] });
    await last.abort();
    expect(await drain(source)).toEqual([]);
    for (const producer of producers) await producer.disconnect();
  });

  it('names the gap when records are forgotten while it reads', async () => {
    const topic = await topicOf(1);
    await send(topic, numbered(10));
    const source = await open(topic);
    // It knows the leader only once it has asked for something else.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '5' }] });
    await expect(drain(source)).rejects.toMatchObject({ code: 'position_gap', canRetry: false });
  });

  it('reads every partition although one response holds only some', async () => {
    const topic = await topicOf(8);
    const messages = Array.from({ length: 80 }, (_, index) => ({
      partition: index % 8,
      value: `${index} ${'x'.repeat(400_000)}`,
    }));
    for (let start = 0; start < 80; start += 2) await send(topic, messages.slice(start, start + 2));
    const got = await drain(await open(topic), 8);
    expect(valuesOf(got).sort()).toEqual(messages.map(({ value }) => value).sort());
  });
});
