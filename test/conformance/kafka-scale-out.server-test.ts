import { createKafkaBroker, type KafkaSettings } from '@gondola/broker-kafka';
import { systemClock } from '@gondola/stream';
import { describeWithKafka, startKafka, type KafkaServer } from '../servers/kafka.js';
import { describeScaleOut, type ScaleOutBroker } from './describe-scale-out.js';

const SESSION_MS = 6_000;
/** Longer than the session, and once for a minute: the coordinator has then forgotten that there was such a member. */
const FREEZE_MS: Readonly<Record<KafkaSettings['client'], number>> = {
  columnar: 60_000,
  kafkajs: 2 * SESSION_MS,
  platformatic: 2 * SESSION_MS,
};

describeWithKafka('Kafka', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka();
  }, 300_000);
  afterAll(() => server.stop(), 300_000);

  for (const client of ['columnar', 'kafkajs', 'platformatic'] as const) {
    const start = async (): Promise<ScaleOutBroker> => {
      const { plain } = server;
      const config = { broker: 'kafka', bootstrap: [plain], client, sessionTimeoutMs: SESSION_MS };
      const broker = createKafkaBroker(
        {
          bootstrap: [plain],
          client,
          createTopics: true,
          sessionTimeoutMs: SESSION_MS,
          rebalanceTimeoutMs: 60_000,
          fetchBytesMax: 1 << 20,
          compression: 'zstd',
          requestBytesMax: 1_000_000,
        },
        { clock: systemClock },
      );
      return {
        streamConfig: () => config,
        createStream: async (partitions) => {
          const topic = `sales-${client}`;
          await broker.prepare(topic, partitions);
          return topic;
        },
        sink: async (topic) => broker.sink(topic),
        close: () => broker.close(),
      };
    };
    describeScaleOut(`Kafka, ${client}`, start, { partitions: 6, freezeMs: FREEZE_MS[client] });
  }
});
