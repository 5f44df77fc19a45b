/**
 * npm run bench -- latency [--rate N] [--seconds N] [--warm N] [--probes N] [--stores N] [--requests N] [--api-first] [--cpu-prof DIR]
 *
 * From an event in Kafka to its signal on the API: the tests' broker, a producer, `gondola detect` and `gondola api` as processes of
 * their own on a lake on disk. Sales of so many stores (`--stores`) x 1,000 items, each of which sold before, at `--rate` events a second; so many of them a second (`--probes`) are
 * counts of nothing on a shelf of its own, which is a signal at once. A signal's time is from Kafka's answer to its event
 * (`sinceInKafka`; `sinceSent`: from before its request) until a client of `/signals/stream` has it. One JSON line: quantiles in
 * seconds, after `--warm` seconds; how late the producer was with its own requests; CPU-seconds of each process while it sent.
 * `--requests`: the api is asked so often a second meanwhile, knows a signal of each shelf, one in twenty of them open, and how long
 * its answers take is printed by what was asked, in seconds from the time at which a request was due. `--api-first`: the others give way
 * to the api and its clients (nice), as if it had a core of its own: what it takes itself, and not for a core. `--cpu-prof`: profiles of
 * detect and api are written there.
 */
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { constants, setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seedSignals } from './api-seed.mjs';
import { kafkaBroker, startKafkaServer } from './kafka.mjs';
import { makeTillSchemas } from './till-schemas.mjs';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
    warm: { type: 'string', default: '15' },
    probes: { type: 'string', default: '100' },
    stores: { type: 'string', default: '200' },
    requests: { type: 'string', default: '0' },
    'api-first': { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
  },
});
const [rate, seconds, warm, probes, stores, requests] = [
  ...['rate', 'seconds', 'warm', 'probes', 'stores', 'requests'],
].map((name) => Number(values[name]));
const ITEMS = 1_000;
const folder = mkdtempSync(join(tmpdir(), 'gondola-latency-'));
const schemas = join(folder, 'schemas');
makeTillSchemas(schemas);
/** When each signal came, since 1970. */
const arrivedMs = new Map();
const processes = [];

const server = await startKafkaServer();
try {
  const broker = kafkaBroker(server.plain);
  await broker.prepare('pos', 4);
  await broker.prepare('signals', 4);
  await broker.close();
  if (requests > 0)
    await seedSignals(join(folder, 'lake'), {
      ...{ environment: 'bench', stores, items: ITEMS, nowMs: Date.now() },
    });
  const feeder = forkWith('latency-feeder.mjs', {
    ...{ schemas, bootstrap: server.plain, stream: 'pos', rate, seconds, warm, probes, stores, items: ITEMS },
  });
  await messageOf(feeder);
  const shared = { environment: 'bench', lake: join(folder, 'lake') };
  const detect = start('detect', {
    ...{ ...shared, schemas, defaultSubject: 'pos.event', http: { port: 0 } },
    stream: { broker: 'kafka', bootstrap: [server.plain], name: 'pos' },
    // Stores open when the bench runs: signals are raised in open hours alone.
    detection: { timeZone: zoneAtNoon() },
  });
  await sleep(3_000);
  const api = start('api', { ...shared, http: { port: 0 }, signalsKept: 1_000_000 });
  const url = await urlOf(api);
  await ready(url);
  await follow(url);
  const clients =
    requests > 0 &&
    forkWith('api-requests.mjs', { url, perSecond: requests, seconds, warm, stores, items: ITEMS });
  if (clients) await messageOf(clients);
  const parts = { kafka: { pid: javaOf(process.pid) }, producer: feeder, detect, api };
  if (values['api-first']) for (const part of [parts.kafka, feeder, detect]) giveWay(part);
  const before = cpuOf(parts);
  feeder.send('go');
  if (clients) clients.send('go');
  const [sent, asked] = await Promise.all([messageOf(feeder), clients && messageOf(clients)]);
  await sleep(3_000);
  const after = cpuOf({ ...parts, producer: null });
  console.log(JSON.stringify({ ...summary(sent, { before, after }), ...(asked && answersOf(asked)) }));
} finally {
  for (const child of processes) child.kill('SIGTERM');
  await Promise.all(processes.map((child) => child.exited));
  await server.stop();
  rmSync(folder, { recursive: true });
}

function forkWith(file, about) {
  return fork(join(import.meta.dirname, file), [JSON.stringify(about)]);
}

function messageOf(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the producer ended with ${code}`)));
  });
}

function zoneAtNoon() {
  const ahead = 13 - new Date().getUTCHours();
  return ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

function start(command, config) {
  const path = join(folder, `${command}.json`);
  writeFileSync(path, JSON.stringify(config));
  const bin = join(root, 'apps/gondola/bin/gondola.js');
  const memory = requests > 0 ? ['--max-old-space-size=8192'] : [];
  const directory = values['cpu-prof'];
  const profile = directory ? ['--cpu-prof', `--cpu-prof-dir=${resolve(directory, command)}`] : [];
  const child = spawn(process.execPath, [...memory, ...profile, bin, command, '--config', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.said = '';
  child.exited = new Promise((resolve) =>
    child.on('exit', (code) => {
      if (code !== 0) console.error(child.said);
      resolve();
    }),
  );
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

async function ready(url) {
  for (let tries = 0; tries < 1_200; tries++) {
    if ((await fetch(`${url}/health/ready`)).ok) return;
    await sleep(100);
  }
  throw new Error('the api did not become ready');
}

/** Notes when each signal arrives. */
function follow(url) {
  return new Promise((resolve, reject) => {
    get(`${url}/signals/stream`, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        const nowMs = performance.timeOrigin + performance.now();
        const lines = (rest + part).split('\n');
        rest = lines.pop();
        for (const line of lines) {
          if (!line.startsWith('data:')) continue;
          const { storeId, itemId } = JSON.parse(line.slice(5));
          arrivedMs.set(`${storeId} ${itemId}`, nowMs);
        }
      });
      response.on('error', () => {});
      resolve();
    }).on('error', reject);
  });
}

/** The broker runs below this process; its pid is not told. */
function javaOf(pid) {
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' '))
    if (readlinkSync(`/proc/${child}/exe`).endsWith('/java')) return child;
  throw new Error('no broker below this process');
}

/** Linux has a priority of each thread. */
function giveWay({ pid }) {
  for (const thread of readdirSync(`/proc/${pid}/task`))
    setPriority(Number(thread), constants.priority.PRIORITY_LOW);
}

function cpuOf(parts) {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part && cpuSecondsOf(part)]));
}

function cpuSecondsOf({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function summary({ sent, probes: sentProbes, lateMs, cpu }, { before, after }) {
  const counted = sentProbes.filter(({ counts }) => counts);
  const found = counted.filter(({ key }) => arrivedMs.has(key));
  // A signal may be there before the broker's answer is.
  const since = (from) =>
    quantiles(found.map((probe) => Math.max(0, arrivedMs.get(probe.key) - probe[from])));
  const cpuSeconds = Object.fromEntries(
    ['kafka', 'detect', 'api'].map((part) => [part, round(after[part] - before[part])]),
  );
  cpuSeconds.producer = round((cpu.user + cpu.system) / 1e6 - before.producer);
  return {
    ...{ bench: 'latency', rate, seconds, events: sent, probes: counted.length, signals: found.length },
    ...{ sinceInKafka: since('answeredMs'), sinceSent: since('sentMs'), producerLate: quantiles(lateMs) },
    cpuSeconds,
  };
}

function answersOf({ tookMs, failed }) {
  const kinds = Object.entries(tookMs).map(([kind, all]) => [kind, { asked: all.length, ...quantiles(all) }]);
  return { shelves: stores * ITEMS, requests, answers: Object.fromEntries(kinds), failed };
}

function quantiles(latencies) {
  const sorted = latencies.toSorted((left, right) => left - right);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] / 1_000);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), longest: at(1) };
}

function round(value) {
  return Math.round(value * 1_000) / 1_000;
}
