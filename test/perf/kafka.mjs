/** What the benchmarks need of Kafka: the tests' own broker, and this project's adapter for it. */
import { createKafkaBroker } from '@gondola/broker-kafka';
import { silentLog, systemClock, systemRandom } from '@gondola/stream';
import { importFromTests } from './tests.mjs';

export const deps = { clock: systemClock, log: silentLog, random: systemRandom };

export async function startKafkaServer() {
  const { startKafka } = await importFromTests('servers/kafka.ts');
  return startKafka();
}

/** Requests of `requestBytesMax` make record batches of about that size. */
export function kafkaBroker(
  bootstrap,
  { client = 'columnar', compression = 'none', requestBytesMax = 256 * 1024 } = {},
) {
  return createKafkaBroker(
    {
      ...{ client, bootstrap: [bootstrap], compression, createTopics: true },
      ...{ sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 60_000 },
      ...{ fetchBytesMax: 8 << 20, requestBytesMax },
    },
    deps,
  );
}

/** Records in a topic that nobody wrote to in transactions. */
export async function recordsIn(broker, topic) {
  const source = broker.source(
    { stream: topic, reader: `bench-count-${process.pid}`, allowGap: false },
    deps,
  );
  await source.open({ assigned: async () => new Map(), revoked: async () => {} });
  const ends = await source.endPositions();
  await source.close();
  return Number([...ends.values()].reduce((sum, end) => sum + end, 0n));
}
