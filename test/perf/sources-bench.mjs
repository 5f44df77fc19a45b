/**
 * npm run bench -- sources [--records N] [--cloud-records N] [--bootstrap HOST:PORT] [--runs N]
 *   [--clients columnar,kafkajs,platformatic,embedded,kinesis,event-hubs]
 *
 * N records of 176 bytes in four partitions, read to the end through the `Source` port by a consumer that does nothing: from Kafka,
 * uncompressed and zstd, with each client, from the embedded stream, and (fewer of them) from the tests' stand-ins for Kinesis and
 * Event Hubs, which set the pace: of these two only the CPU of the reader says something. A process each. Starts the tests' broker unless it is told
 * of another. Prints a JSON line per run: `cpuSecondsPerMillion` is from the first poll to the last record, `startCpuSeconds` all before.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import { createEventHubsBroker } from '@gondola/broker-event-hubs';
import { createKinesisBroker } from '@gondola/broker-kinesis';
import { systemClock } from '@gondola/stream';
import { deps, kafkaBroker, startKafkaServer } from './kafka.mjs';
import { importFromTests } from './tests.mjs';

const PARTITIONS = 4;
const RECORD_BYTES = 176;
const CODECS = ['none', 'zstd'];
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '2000000' },
    runs: { type: 'string', default: '2' },
    'cloud-records': { type: 'string', default: '100000' },
    clients: { type: 'string', default: 'columnar,kafkajs,platformatic,embedded,kinesis,event-hubs' },
    bootstrap: { type: 'string' },
    // How a child is told what to do.
    read: { type: 'string' },
    topic: { type: 'string' },
  },
});
const KAFKA_CLIENTS = ['columnar', 'kafkajs', 'platformatic'];
if (values.read) await read(values.read, values.bootstrap, values.topic);
else await main(values.clients.split(','));

async function main(clients) {
  const records = Number(values.records);
  const kafka = clients.filter((client) => KAFKA_CLIENTS.includes(client));
  if (kafka.length > 0) {
    const server = values.bootstrap ? null : await startKafkaServer();
    const bootstrap = values.bootstrap ?? server.plain;
    for (const codec of CODECS) {
      const topic = `bench-${codec}-${process.pid}`;
      await fill(kafkaBroker(bootstrap, { compression: codec }), topic, records);
      for (const client of kafka) await measure(client, bootstrap, topic, records, { codec });
    }
    await server?.stop();
  }
  if (clients.includes('embedded')) {
    const folder = mkdtempSync(join(tmpdir(), 'gondola-bench-'));
    const file = join(folder, 'stream.sqlite');
    await fill(embeddedBroker(file), 'bench', records);
    await measure('embedded', file, 'bench', records, {});
    rmSync(folder, { recursive: true });
  }
  const cloudRecords = Number(values['cloud-records']);
  if (clients.includes('kinesis')) {
    const { AWS_CREDENTIALS, createKinesisStream, startKinesalite } = await importFromTests('servers/aws.ts');
    Object.assign(process.env, AWS_CREDENTIALS);
    const server = await startKinesalite();
    await createKinesisStream(server.endpoint, 'bench', PARTITIONS);
    await fill(kinesisBroker(server.endpoint), 'bench', cloudRecords);
    await measure('kinesis', server.endpoint, 'bench', cloudRecords, {});
    await server.stop();
  }
  if (clients.includes('event-hubs')) {
    const { startEventHubs } = await importFromTests('servers/event-hubs.ts');
    const server = await startEventHubs();
    server.createHub('bench', PARTITIONS);
    await fill(eventHubsBroker(server.connectionString), 'bench', cloudRecords);
    await measure('event-hubs', server.connectionString, 'bench', cloudRecords, {});
    await server.stop();
  }
}

/** Not waiting in the way of a server of this process. */
async function measure(client, bootstrap, topic, records, fields) {
  for (let run = 0; run < Number(values.runs); run++) {
    const args = ['--read', client, '--bootstrap', bootstrap, '--topic', topic, '--records', String(records)];
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, ...args]);
    console.log(JSON.stringify({ bench: 'sources', client, ...fields, ...JSON.parse(stdout) }));
  }
}

/** Like till events: one store's records share a key; batches of about 64 KiB a partition. */
async function fill(broker, topic, records) {
  await broker.prepare(topic, PARTITIONS);
  const sink = broker.sink(topic);
  for (let start = 0; start < records; start += 10_000) {
    const count = Math.min(10_000, records - start);
    await sink.append(Array.from({ length: count }, (_, index) => record(start + index)));
  }
  await broker.close();
}

function record(index) {
  const event = {
    id: `e-${index}`,
    store: `store-${(index * 7919) % 100}`,
    item: `sku-${(index * 104_729) % 50_000}`,
    quantity: index % 5,
    price: ((index * 31) % 10_000) / 100,
    at: 1_767_225_600_000 + index * 37,
    till: index % 13,
  };
  const text = JSON.stringify(event).padEnd(RECORD_BYTES);
  // Of today: brokers forget what is older than a week, in the middle of a benchmark too.
  return { key: Buffer.from(event.store), value: Buffer.from(text), timestampMs: systemClock.nowMs() };
}

async function read(client, bootstrap, topic) {
  const records = Number(values.records);
  // As bin/gondola.js does.
  setFlagsFromString('--heap-growing-percent=200');
  const broker = brokerOf(client, bootstrap);
  const source = broker.source({ stream: topic, reader: `bench-${process.pid}`, allowGap: false }, deps);
  await source.open({ assigned: async () => new Map(), revoked: async () => {} });
  const startCpu = process.cpuUsage();
  const startMs = performance.now();
  let count = 0;
  while (count < records) {
    const batch = await source.poll(1_000);
    count += batch?.count ?? 0;
    // As the runner does when all is published.
    batch?.release?.();
    if (!batch && (await source.caughtUp()).length === PARTITIONS)
      throw new Error(`${client} has read ${count} of ${records} records`);
    await new Promise(setImmediate);
  }
  const seconds = (performance.now() - startMs) / 1e3;
  const cpu = process.cpuUsage(startCpu);
  console.log(
    JSON.stringify({
      records: count,
      seconds: round(seconds),
      recordsPerSecond: Math.round(count / seconds),
      cpuSecondsPerMillion: round((cpu.user + cpu.system) / count),
      startCpuSeconds: round((startCpu.user + startCpu.system) / 1e6),
      memoryMegabytesMax: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
  await source.close();
  await broker.close();
}

function brokerOf(client, bootstrap) {
  if (client === 'embedded') return embeddedBroker(bootstrap);
  if (client === 'kinesis') return kinesisBroker(bootstrap);
  if (client === 'event-hubs') return eventHubsBroker(bootstrap);
  return kafkaBroker(bootstrap, { client });
}

function kinesisBroker(endpoint) {
  return createKinesisBroker({
    ...{ endpoint, leases: 'none', fanOut: false, startAt: 'oldest', aggregate: true },
    ...{ readsPerSecond: 5, bufferBytesMax: 64 << 20 },
  });
}

function eventHubsBroker(connectionString) {
  const settings = { consumerGroup: '$Default', prefetchBytesMax: 32 << 20, ownerSilentMsMax: 30_000 };
  return createEventHubsBroker(settings, { EVENTHUBS_CONNECTION_STRING: connectionString });
}

function embeddedBroker(file) {
  return createEmbeddedBroker(EmbeddedLog.open(file), { batchBytesMax: 1 << 20 });
}

function round(value) {
  return Math.round(value * 1_000) / 1_000;
}
