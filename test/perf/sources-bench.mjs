/**
 * npm run bench -- sources [--records N] [--bootstrap HOST:PORT] [--clients columnar,kafkajs,platformatic,embedded] [--runs N]
 *
 * N records of 176 bytes in four partitions, read to the end through the `Source` port by a consumer that does nothing: from Kafka,
 * uncompressed and zstd, with each client, and from the embedded stream; a process each. Starts the tests' broker unless it is told
 * of another. Prints a JSON line per run: `cpuSecondsPerMillion` is from the first poll to the last record, `startCpuSeconds` all before.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import { systemClock } from '@gondola/stream';
import { deps, kafkaBroker, startKafkaServer } from './kafka.mjs';

const PARTITIONS = 4;
const RECORD_BYTES = 176;
const CODECS = ['none', 'zstd'];
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '2000000' },
    runs: { type: 'string', default: '2' },
    clients: { type: 'string', default: 'columnar,kafkajs,platformatic,embedded' },
    bootstrap: { type: 'string' },
    // How a child is told what to do.
    read: { type: 'string' },
    topic: { type: 'string' },
  },
});
const records = Number(values.records);
if (values.read) await read(values.read, values.bootstrap, values.topic);
else await main(values.clients.split(','));

async function main(clients) {
  const kafka = clients.filter((client) => client !== 'embedded');
  if (kafka.length > 0) {
    const server = values.bootstrap ? null : await startKafkaServer();
    const bootstrap = values.bootstrap ?? server.plain;
    for (const codec of CODECS) {
      const topic = `bench-${codec}-${process.pid}`;
      await fill(kafkaBroker(bootstrap, { compression: codec }), topic);
      for (const client of kafka) measure(client, bootstrap, topic, { codec });
    }
    await server?.stop();
  }
  if (!clients.includes('embedded')) return;
  const folder = mkdtempSync(join(tmpdir(), 'gondola-bench-'));
  const file = join(folder, 'stream.sqlite');
  await fill(embeddedBroker(file), 'bench');
  measure('embedded', file, 'bench', {});
  rmSync(folder, { recursive: true });
}

function measure(client, bootstrap, topic, fields) {
  for (let run = 0; run < Number(values.runs); run++) {
    const args = ['--read', client, '--bootstrap', bootstrap, '--topic', topic, '--records', String(records)];
    const out = execFileSync(process.execPath, [import.meta.filename, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    console.log(JSON.stringify({ bench: 'sources', client, ...fields, ...JSON.parse(out) }));
  }
}

/** Like till events: one store's records share a key; batches of about 64 KiB a partition. */
async function fill(broker, topic) {
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
  // As bin/gondola.js does.
  setFlagsFromString('--heap-growing-percent=200');
  const broker = client === 'embedded' ? embeddedBroker(bootstrap) : kafkaBroker(bootstrap, { client });
  const source = broker.source({ stream: topic, reader: `bench-${process.pid}`, allowGap: false }, deps);
  await source.open({ assigned: async () => new Map(), revoked: async () => {} });
  const startCpu = process.cpuUsage();
  const startMs = performance.now();
  let count = 0;
  while (count < records) {
    const batch = await source.poll(1_000);
    count += batch?.count ?? 0;
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

function embeddedBroker(file) {
  return createEmbeddedBroker(EmbeddedLog.open(file), { batchBytesMax: 1 << 20 });
}

function round(value) {
  return Math.round(value * 1_000) / 1_000;
}
