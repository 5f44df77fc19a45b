import { createKafkaBroker } from '@gondola/broker-kafka';
import { systemClock } from '@gondola/stream';
import { describeWithKafka, startKafka } from '../servers/kafka.js';
import { describeScaleOut, type ScaleOutBroker } from './describe-scale-out.js';

async function start(): Promise<ScaleOutBroker> {
  const server = await startKafka();
  const config = { broker: 'kafka', bootstrap: [server.plain], sessionTimeoutMs: 6_000 };
  const broker = createKafkaBroker(
    {
      bootstrap: [server.plain],
      client: 'columnar',
      createTopics: true,
      sessionTimeoutMs: 6_000,
      rebalanceTimeoutMs: 60_000,
      fetchBytesMax: 1 << 20,
      compression: 'zstd',
      requestBytesMax: 1_000_000,
    },
    { clock: systemClock },
  );
  let topics = 0;
  return {
    streamConfig: () => config,
    createStream: async (partitions) => {
      const topic = `sales-${topics++}`;
      await broker.prepare(topic, partitions);
      return topic;
    },
    sink: async (topic) => broker.sink(topic),
    close: async () => {
      await broker.close();
      await server.stop();
    },
  };
}

describeWithKafka('Kafka', () =>
  describeScaleOut('Kafka', start, { partitions: 6, freezeMs: 60_000, recordsMax: 3_000_000 }),
);
