import { createKafkaBroker, type KafkaSettings } from '@gondola/broker-kafka';
import { silentLog, systemClock, systemRandom } from '@gondola/stream';
import { describeSource, type SourceHarness } from '@gondola/testing';
import kafkajs from 'kafkajs';
import { describeWithKafka, startKafka, type KafkaServer } from '../servers/kafka.js';

const SETTINGS: Omit<KafkaSettings, 'bootstrap' | 'client'> = {
  createTopics: true,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 15_000,
  fetchBytesMax: 1 << 20,
  compression: 'zstd',
  requestBytesMax: 1_000_000,
};
const deps = { clock: systemClock, log: silentLog, random: systemRandom };

let server: KafkaServer;
let topics = 0;
let harnesses = 0;

describeWithKafka('Kafka', () => {
  beforeAll(async () => {
    server = await startKafka();
  }, 120_000);
  afterAll(() => server.stop());

  for (const client of ['kafkajs', 'platformatic'] as const)
    describeSource(`Kafka by ${client}`, () => start(client));
});

async function start(client: KafkaSettings['client']): Promise<SourceHarness> {
  const broker = createKafkaBroker({ ...SETTINGS, bootstrap: [server.plain], client }, deps);
  const admin = new kafkajs.Kafka({ brokers: [server.plain], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const run = harnesses++;
  return {
    createStream: async (partitions) => {
      // Of the test before: a broker that crashes looks through every file it has.
      if (topics > 0) await admin.deleteTopics({ topics: [`topic-${topics - 1}`] });
      const topic = `topic-${topics++}`;
      await broker.prepare(topic, partitions);
      return topic;
    },
    sink: async (topic) => broker.sink(topic),
    source: async (topic, { reader, allowGap }) =>
      broker.source({ stream: topic, reader: `${reader}-${run}`, allowGap }, deps),
    forget: async (topic, beforeMs) => {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, beforeMs);
      await admin.deleteTopicRecords({ topic, partitions: offsets });
    },
    restart: () => server.restart(),
    close: async () => {
      await broker.close();
      await admin.disconnect();
    },
  };
}
