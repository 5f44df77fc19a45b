/**
 * npm run bench -- latency [--rate N] [--seconds N] [--warm N] [--probes N]
 *
 * From an event in Kafka to its signal on the API: the tests' broker, `gondola detect` and `gondola api` as processes of their own
 * on a lake on disk. Sales of 200 stores x 1,000 items at `--rate` events a second; so many of them a second (`--probes`) are counts
 * of nothing on a shelf of its own, which is a signal at once. A signal's time is from before its event is sent, and from
 * Kafka's answer, until a client of `/signals/stream` has it. One JSON line: quantiles in seconds, after `--warm` seconds.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createRandom, digits } from './bench-tools.mjs';
import { kafkaBroker, startKafkaServer } from './kafka.mjs';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
    warm: { type: 'string', default: '15' },
    probes: { type: 'string', default: '100' },
  },
});
const [rate, seconds, warm, probes] = [values.rate, values.seconds, values.warm, values.probes].map(Number);
const TURN_MS = 50;
const STORES = 200;
const ITEMS = 1_000;
const folder = mkdtempSync(join(tmpdir(), 'gondola-latency-'));
const schemas = join(folder, 'schemas');
makeSchemas();
const contract = loadEmbeddedRegistry(schemas).contractOf('pos.event');
const random = createRandom(11);
const sentMs = new Map();
const latencies = [];
const afterAnswer = [];
const processes = [];
let made = 0;

const server = await startKafkaServer();
try {
  const broker = kafkaBroker(server.plain);
  await broker.prepare('pos', 4);
  await broker.prepare('signals', 4);
  const shared = { environment: 'bench', lake: join(folder, 'lake') };
  const detect = start('detect', {
    ...{ ...shared, schemas, defaultSubject: 'pos.event', http: { port: 0 } },
    stream: { broker: 'kafka', bootstrap: [server.plain], name: 'pos' },
    // Stores open when the bench runs: signals are raised in open hours alone.
    detection: { timeZone: zoneAtNoon() },
  });
  const sink = broker.sink('pos');
  await sink.append([recordOf({ type: 'sale', store: 'S0000', item: 'first', quantity: 1 })]);
  await sleep(5_000);
  const api = start('api', { ...shared, http: { port: 0 } });
  await follow(await urlOf(api));
  const cpuBefore = cpuSecondsOf(detect) + cpuSecondsOf(api);
  const sent = await send(sink);
  await sleep(3_000);
  const cpu = cpuSecondsOf(detect) + cpuSecondsOf(api) - cpuBefore;
  console.log(JSON.stringify(summary(sent, cpu)));
  await broker.close();
} finally {
  for (const child of processes) child.kill('SIGTERM');
  await Promise.all(processes.map((child) => child.exited));
  await server.stop();
  rmSync(folder, { recursive: true });
}

/** The till event of the measurements, without its rules: a count may be of nothing. */
function makeSchemas() {
  cpSync(join(import.meta.dirname, 'schemas'), schemas, { recursive: true });
  const signal = 'retail.stockout.signal';
  cpSync(join(root, 'schemas', signal), join(schemas, signal), { recursive: true });
  const ids = join(schemas, 'ids.json');
  writeFileSync(
    ids,
    JSON.stringify({ ...JSON.parse(readFileSync(ids, 'utf8')), [signal]: { 1: 101, 2: 102 } }),
  );
  writeFileSync(
    join(schemas, 'pos.event/contract.yaml'),
    `owner: performance
description: The flat till event of the measurements.
roles: { eventId: event_id, eventTime: event_time }
columns: { unit_price: 'decimal(12, 2)' }
personal: { customer_id: token, loyalty_id: token }
shelf:
  store: store_id
  item: sku
  quantity: quantity
  unitPrice: unit_price
  currency: currency
  kind: event_type
  effects: { sale: sale, return: return, receipt: receipt, inventory_count: count, '*': ignore }
`,
  );
}

function zoneAtNoon() {
  const ahead = 13 - new Date().getUTCHours();
  return ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

function start(command, config) {
  const path = join(folder, `${command}.json`);
  writeFileSync(path, JSON.stringify(config));
  const bin = join(root, 'apps/gondola/bin/gondola.js');
  const child = spawn(process.execPath, [bin, command, '--config', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.said = '';
  child.exited = new Promise((resolve) => child.on('exit', resolve));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (child.said += part));
  processes.push(child);
  return child;
}

async function urlOf(child) {
  for (let tries = 0; tries < 300; tries++) {
    const found = /http:\/\/[\d.]+:\d+/.exec(child.said);
    if (found) return found[0];
    await sleep(100);
  }
  throw new Error(`the api did not start: ${child.said}`);
}

/** Notes when each signal arrives. */
function follow(url) {
  return new Promise((resolve, reject) => {
    get(`${url}/signals/stream`, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        const nowMs = performance.now();
        const lines = (rest + part).split('\n');
        rest = lines.pop();
        for (const line of lines) {
          if (!line.startsWith('data:')) continue;
          const { storeId, itemId } = JSON.parse(line.slice(5));
          const key = `${storeId} ${itemId}`;
          const from = sentMs.get(key);
          if (from === undefined) continue;
          sentMs.delete(key);
          if (!from.counts) continue;
          latencies.push(nowMs - from.atMs);
          // A signal may be there before the broker's answer is.
          afterAnswer.push(Math.max(0, nowMs - from.inKafkaMs));
        }
      });
      response.on('error', () => {});
      resolve();
    }).on('error', reject);
  });
}

async function send(sink) {
  const startMs = performance.now();
  let [sent, probed, lateMs] = [0, 0, 0];
  for (let turn = 1; ; turn++) {
    const dueMs = startMs + turn * TURN_MS;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    else lateMs = Math.max(lateMs, -waitMs);
    const elapsed = (turn * TURN_MS) / 1_000;
    if (elapsed > warm + seconds) return { sent, probed, lateMs };
    const records = [];
    const inTurn = [];
    const isCounted = elapsed > warm;
    for (; probed < probes * elapsed; probed++) {
      const [store, item] = [`S${digits(probed % STORES, 4)}`, `probe-${probed}`];
      records.push(recordOf({ type: 'inventory_count', store, item, quantity: 0 }));
      const probe = { atMs: performance.now(), inKafkaMs: Infinity, counts: isCounted };
      sentMs.set(`${store} ${item}`, probe);
      inTurn.push(probe);
    }
    while (sent + records.length < rate * elapsed)
      records.push(
        recordOf({
          ...{ type: 'sale', quantity: 1, store: `S${digits(random(STORES), 4)}` },
          item: `SKU${digits(random(ITEMS), 6)}`,
        }),
      );
    await sink.append(records);
    for (const probe of inTurn) probe.inKafkaMs = performance.now();
    sent += records.length;
  }
}

function recordOf({ type, store, item, quantity }) {
  const nowMs = Date.now();
  const event = {
    ...{ event_id: `e${made++}`, event_type: type, store_id: store, sku: item, quantity },
    ...{ unit_price: 2.5, currency: 'USD', event_time: nowMs, register_id: 'R01', order_id: `O${made}` },
    ...{ channel: 'store', payment_type: 'card', customer_id: `C${made % 90_000}`, loyalty_id: null },
  };
  return { key: Buffer.from(store), value: encodeAvro(contract, event), timestampMs: nowMs };
}

function cpuSecondsOf({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function summary({ sent, probed, lateMs }, cpuSeconds) {
  return {
    ...{ bench: 'latency', rate, seconds, events: sent, probes: probed, signals: latencies.length },
    ...{ missing: sentMs.size, sinceSent: quantiles(latencies), sinceInKafka: quantiles(afterAnswer) },
    ...{ producerBehindSecondsMax: round(lateMs / 1_000), detectAndApiCpuSeconds: round(cpuSeconds) },
  };
}

function quantiles(latencies) {
  const sorted = latencies.toSorted((left, right) => left - right);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] / 1_000);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), longest: at(1) };
}

function round(value) {
  return Math.round(value * 1_000) / 1_000;
}
