/**
 * npm run bench -- collector [--events N] [--batch N] [--connections N] [--overload N] [--broker embedded|kafka] [--profile DIR]
 *
 * Till events in batches from a load generator to a collector, each a process of its own, over loopback. Prints two JSON
 * lines: a run at full speed with few connections (events a second, the collector's CPU-seconds per million, latency of
 * requests), and one of more connections than it lets in, where what it called accepted must be what the stream has.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import { kafkaBroker, recordsIn, startKafkaServer } from './kafka.mjs';

const root = join(import.meta.dirname, '../..');
const bin = join(root, 'apps/gondola/bin/gondola.js');
const { values } = parseArgs({
  options: {
    broker: { type: 'string', default: 'embedded' },
    events: { type: 'string', default: '500000' },
    batch: { type: 'string', default: '100' },
    connections: { type: 'string', default: '8' },
    overload: { type: 'string', default: '600' },
    profile: { type: 'string' },
    // Of the load generator, which is this file in a process of its own.
    load: { type: 'string' },
  },
});
const batch = Number(values.batch);

if (values.load) await generateLoad(JSON.parse(values.load));
else await bench();

async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-bench-'));
  const server = values.broker === 'kafka' ? await startKafkaServer() : null;
  try {
    const events = Number(values.events);
    await run(
      'collector',
      { folder, server },
      { events, connections: Number(values.connections), startMs: 5_000 },
    );
    await run(
      'collector overload',
      { folder, server },
      {
        events: events / 2,
        connections: Number(values.overload),
        startMs: 0,
      },
    );
  } finally {
    await server?.stop();
    rmSync(folder, { recursive: true });
  }
}

async function run(name, { folder, server }, load) {
  const stream = name.replace(' ', '-');
  const file = join(folder, `${stream}.sqlite`);
  const keysFile = join(folder, 'producers.yaml');
  const key = await newKey(keysFile);
  const config = join(folder, 'collector.json');
  const settings = {
    environment: 'bench',
    stream: server
      ? { broker: 'kafka', bootstrap: [server.plain], name: stream, createTopics: true }
      : { file, name: stream },
    keysFile,
    http: { port: 0 },
    logLevel: 'error',
  };
  writeFileSync(config, JSON.stringify(settings));
  const collector = await startCollector(config);
  const options = JSON.stringify({ ...load, url: collector.url, key });
  const generator = spawn(
    process.execPath,
    [import.meta.filename, '--batch', values.batch, '--load', options],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let line = '';
  generator.stdout.on('data', (part) => (line += part));
  await once(generator, 'exit');
  const { cpuSecondsAtStart, ...sent } = JSON.parse(line);
  const cpuSeconds = (await cpuSecondsOf(collector.url)) - cpuSecondsAtStart;
  await collector.stop();
  const broker = server
    ? kafkaBroker(server.plain)
    : createEmbeddedBroker(EmbeddedLog.open(file), { batchBytesMax: 1 << 20 });
  const inStream = await recordsIn(broker, stream);
  await broker.close();
  console.log(
    JSON.stringify({
      bench: name,
      broker: values.broker,
      batch,
      connections: load.connections,
      ...sent,
      cpuSecondsPerMillion: round(cpuSeconds / (sent.accepted / 1e6)),
      cpuShare: round(cpuSeconds / sent.seconds),
      inStream,
      // Warm-up included: what is not, is lost or doubled.
      isExact: inStream === sent.acceptedEver,
    }),
  );
}

async function newKey(file) {
  const args = [bin, 'keys', 'new', '--file', file, '--environment', 'bench', '--producer', 'bench'];
  const child = spawn(process.execPath, [...args, '--events-per-second', '1000000000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let key = '';
  child.stdout.on('data', (part) => (key += part));
  await once(child, 'exit');
  return key.trim();
}

async function startCollector(config) {
  const profile = values.profile ? ['--cpu-prof', '--cpu-prof-dir', values.profile] : [];
  const child = spawn(process.execPath, [...profile, bin, 'collector', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (part) => {
      text += part;
      const found = /POST (http:\/\/\S+)\/v1\/events/.exec(text);
      if (found) resolve(found[1]);
    });
    child.once('exit', (code) => reject(new Error(`the collector ended with ${code}: ${text}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  return { url, stop };
}

async function cpuSecondsOf(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)[1]);
}

/** Sends until `events` were accepted, on each connection one request at a time, as producers do. Prints what came of it. */
async function generateLoad({ url, key, events, connections, startMs }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const bodies = Array.from({ length: 50 }, (_, index) => Buffer.from(bodyOf(index * batch)));
  const counts = {
    accepted: 0,
    acceptedEver: 0,
    requests: 0,
    refused: 0,
    withRetryAfter: 0,
    otherAnswers: 0,
  };
  const latenciesMs = [];
  let isMeasured = startMs === 0;
  let isOver = false;

  async function connection(index) {
    for (let turn = index; !isOver; turn++) {
      const sentMs = performance.now();
      const { status, retryAfter } = await post(bodies[turn % bodies.length]);
      if (status === 202) counts.acceptedEver += batch;
      if (!isMeasured) continue;
      counts.requests++;
      if (status === 202) {
        latenciesMs.push(performance.now() - sentMs);
        counts.accepted += batch;
        isOver ||= counts.accepted >= events;
      } else if (status === 429) {
        counts.refused++;
        if (retryAfter >= 1) counts.withRetryAfter++;
        // A tenth of what it was told: impatient producers are what overload is made of.
        await new Promise((resolve) => setTimeout(resolve, retryAfter * 100));
      } else counts.otherAnswers++;
    }
  }
  const post = (body) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/cloudevents-batch+json',
        'content-length': body.length,
      };
      const sent = request(`${url}/v1/events`, { method: 'POST', agent, headers }, (response) => {
        response.resume();
        const retryAfter = Number(response.headers['retry-after'] ?? 0);
        response.on('end', () => resolve({ status: response.statusCode, retryAfter }));
      });
      sent.on('error', reject);
      sent.end(body);
    });

  let cpuSecondsAtStart = await cpuSecondsOf(url);
  const running = Array.from({ length: connections }, (_, index) => connection(index));
  if (!isMeasured) {
    // Until what is called often is compiled.
    await new Promise((resolve) => setTimeout(resolve, startMs));
    cpuSecondsAtStart = await cpuSecondsOf(url);
    isMeasured = true;
  }
  const startedMs = performance.now();
  await Promise.all(running);
  const seconds = (performance.now() - startedMs) / 1_000;
  latenciesMs.sort((left, right) => left - right);
  const percentile = (share) => round(latenciesMs[Math.floor(share * (latenciesMs.length - 1))]);
  const latency = { p50Ms: percentile(0.5), p99Ms: percentile(0.99) };
  const eventsPerSecond = Math.round(counts.accepted / seconds);
  console.log(
    JSON.stringify({ seconds: round(seconds), eventsPerSecond, ...latency, ...counts, cpuSecondsAtStart }),
  );
  agent.destroy();
}

function bodyOf(first) {
  const nowMs = Date.now();
  const events = Array.from({ length: batch }, (_, index) => {
    const number = first + index;
    const data = {
      eventId: `event-${number}`,
      retailStoreId: `S${number % 200}`,
      workstationId: `${number % 12}`,
      sequenceNumber: number,
      businessDayDate: Math.floor(nowMs / 86_400_000),
      beginDateTime: nowMs,
      transactionType: 'SALE',
      currencyCode: 'COP',
      lines: [
        { lineSequence: 1, lineType: 'SALE', itemId: `SKU${number % 2_000}`, quantity: 2, unitPrice: 12.5 },
      ],
    };
    return { specversion: '1.0', id: data.eventId, source: '/bench', type: 'retail.pos.transaction', data };
  });
  return JSON.stringify(events);
}

function round(value) {
  return Math.round(value * 100) / 100;
}
