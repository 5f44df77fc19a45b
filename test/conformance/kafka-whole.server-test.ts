import { createKafkaBroker } from '@gondola/broker-kafka';
import kafkajs from 'kafkajs';
import { Reading } from '@gondola/testing';
import { silentLog, systemClock, systemRandom, type Broker, type OutgoingRecord } from '@gondola/stream';
import { describeWithKafka, startKafka, type KafkaServer } from '../servers/kafka.js';

const PARTITIONS = 3;
const KEYS = 50;
const ROUNDS = 40;
/** The cleaner looks every 15 s. */
const COMPACTED_MS_MAX = 300_000;

const record = (key: number, value: string | null): OutgoingRecord => ({
  key: Buffer.from(`key-${key}`),
  value: value === null ? null : Buffer.from(value),
  timestampMs: systemClock.nowMs(),
});

describeWithKafka('a compacted topic', () => {
  let server: KafkaServer;
  let broker: Broker;
  beforeAll(async () => {
    server = await startKafka();
    broker = createKafkaBroker(
      {
        ...{ bootstrap: [server.plain], client: 'kafkajs', createTopics: false, compression: 'zstd' },
        ...{ sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 15_000 },
        ...{ fetchBytesMax: 1 << 20, requestBytesMax: 1_000_000 },
      },
      { clock: systemClock },
    );
  }, 300_000);
  afterAll(async () => {
    await broker.close();
    await server.stop();
  }, 300_000);

  const configOf = (cleanupPolicy: 'delete' | 'compact') =>
    Object.entries({
      'cleanup.policy': cleanupPolicy,
      'segment.ms': '200',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '0',
    }).map(([name, value]) => ({ name, value }));

  async function administer(change: (admin: kafkajs.Admin) => Promise<unknown>): Promise<void> {
    const admin = new kafkajs.Kafka({ brokers: [server.plain], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await change(admin);
    await admin.disconnect();
  }

  async function open(topic: string): Promise<Reading> {
    const deps = { clock: systemClock, log: silentLog, random: systemRandom };
    const source = broker.wholeSource?.(topic, deps);
    if (!source) throw new Error('no whole source');
    return Reading.of(source, new Map(), 90_000);
  }

  /** The newest value of each key. */
  async function tableOf(reading: Reading): Promise<{ table: Map<string, string>; records: number }> {
    const table = new Map<string, string>();
    const views = await reading.drain();
    for (const { key, value } of views) {
      const name = Buffer.from(key ?? []).toString();
      if (value === null) table.delete(name);
      else table.set(name, Buffer.from(value).toString());
    }
    return { table, records: views.length };
  }

  it(
    'is read whole by every instance at once, before and after it was compacted, and followed',
    async () => {
      const configEntries = configOf('delete');
      await administer((admin) =>
        admin.createTopics({ topics: [{ topic: 'catalog', numPartitions: PARTITIONS, configEntries }] }),
      );
      const sink = broker.sink('catalog');
      const expected = new Map<string, string>();
      for (let round = 0; round < ROUNDS; round++) {
        const records = Array.from({ length: KEYS }, (_, key) =>
          record(key, key % 10 ? `${key} in ${round}` : null),
        );
        // As transactions, so that markers lie between the records.
        await sink.append(records, { id: 'catalog', sequence: round * KEYS });
        for (const { key, value } of records)
          if (value) expected.set(Buffer.from(key ?? []).toString(), Buffer.from(value).toString());
      }
      const sent = ROUNDS * KEYS;
      const [one, two] = [await open('catalog'), await open('catalog')];
      for (const reading of [one, two]) {
        expect(reading.partitions).toEqual(['0', '1', '2']);
        expect(await tableOf(reading)).toEqual({ table: expected, records: sent });
        expect(await reading.behind()).toBe(0);
      }

      // Only now: on a slow machine the cleaner was there before all of them were read.
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: 'catalog' };
      await administer((admin) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [{ ...resource, configEntries: configOf('compact') }],
        }),
      );
      const endMs = systemClock.nowMs() + COMPACTED_MS_MAX;
      for (;;) {
        const reading = await open('catalog');
        const found = await tableOf(reading);
        await reading.source.close();
        expect(found.table).toEqual(expected);
        if (found.records < sent / 2) break;
        if (systemClock.nowMs() > endMs) throw new Error(`${found.records} of ${sent} records are left`);
        await systemClock.sleep(1_000);
      }

      await sink.append([record(1, 'later'), record(2, null)]);
      for (const reading of [one, two]) {
        const rest = await tableOf(reading);
        expect([rest.records, rest.table]).toEqual([2, new Map([['key-1', 'later']])]);
        await reading.source.checkpoint(new Map([['0', 1n]]));
        await reading.source.close();
      }
    },
    COMPACTED_MS_MAX + 60_000,
  );
});
