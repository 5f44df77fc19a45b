import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { createKafkaBroker } from '@gondola/broker-kafka';
import { systemClock } from '@gondola/stream';
import { lakeDigests, type Digest } from '../crash/lake-rows.js';
import { saleRecords } from '../crash/sale-records.js';
import { ROOT, runGondola } from '../run-gondola.js';
import { describeWithKafka, startKafka, type KafkaServer } from '../servers/kafka.js';

const EVENTS = 60_000;
const PARTITIONS = 4;
const SCHEMAS = join(ROOT, 'test/perf/schemas');
const TEST_MS_MAX = 900_000;

describeWithKafka('an ingest from Kafka', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-kafka-ingest-'));
  let server: KafkaServer;

  beforeAll(async () => {
    server = await startKafka();
    const broker = createKafkaBroker(
      {
        bootstrap: [server.plain],
        client: 'platformatic',
        createTopics: true,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 15_000,
        fetchBytesMax: 1 << 20,
        compression: 'zstd',
        requestBytesMax: 1_000_000,
      },
      { clock: systemClock },
    );
    await broker.prepare('pos', PARTITIONS);
    const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('pos', PARTITIONS);
    const [kafka, embedded] = [broker.sink('pos'), createEmbeddedSink(log, 'pos')];
    let sequence = 0;
    for (const records of saleRecords(SCHEMAS, EVENTS)) {
      // As a transaction, so that markers lie between the records.
      await kafka.append(records, { id: 'till', sequence });
      await embedded.append(records);
      sequence += records.length;
    }
    log.close();
    await broker.close();
  }, TEST_MS_MAX);
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it(
    'has the rows that an ingest from the embedded stream has, with each client, and adds none when it runs again',
    async () => {
      const expected = await ingested('embedded', { file: join(folder, 'stream.sqlite') });
      expect(expected.get('bronze/pos')?.rows).toBe(EVENTS);
      const kafkajs = await ingested('kafkajs', kafka('kafkajs'));
      expect(rowsOf(kafkajs)).toEqual(rowsOf(expected));
      expect(await ingested('kafkajs', kafka('kafkajs'))).toEqual(kafkajs);
      // The same rows with the same positions.
      expect(await ingested('platformatic', kafka('platformatic'))).toEqual(kafkajs);
      expect(await ingested('platformatic', kafka('platformatic'))).toEqual(kafkajs);
    },
    TEST_MS_MAX,
  );

  const kafka = (client: string) => ({ broker: 'kafka', bootstrap: [server.plain], client });

  async function ingested(lake: string, stream: object): Promise<Map<string, Digest>> {
    const config = join(folder, `${lake}.json`);
    const keyFile = join(folder, 'masking.key');
    writeFileSync(keyFile, 'a key of thirty-two bytes or more, for this test');
    const settings = {
      environment: 'dev',
      lake: join(folder, lake),
      schemas: SCHEMAS,
      stream: { ...stream, name: 'pos' },
      defaultSubject: 'pos.event',
      masking: { keyFile },
      http: { port: 0 },
    };
    writeFileSync(config, JSON.stringify(settings));
    const ended = await runGondola(['ingest', '--config', config, '--once', '--json']);
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
    return lakeDigests(join(folder, lake), 'dev');
  }

  const rowsOf = (tables: Map<string, Digest>) =>
    new Map([...tables].map(([name, { rows }]) => [name, rows]));
});
