/**
 * npm run bench -- clients [--clients N] [--slow N] [--rate N] [--commits N] [--seconds N] [--warm N]
 *
 * From a signal to everybody who follows `/signals/stream`: this process writes signals into the table as detection does, `--rate` a
 * second in `--commits` versions a second; `gondola api` and its `--clients` are two more processes. `--slow` clients beside them open
 * the stream and never read. A time is from before a signal's version is written until a client has it (`sinceMade`), or from when the
 * version can be read (`sinceCommitted`). One JSON line: quantiles in seconds over all clients and signals after `--warm` seconds, how
 * many of them came, those of the client that was worst off, slow ones that the api dropped, CPU-seconds of the api and its memory.
 */
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SIGNAL_COLUMNS, signalTable } from '@gondola/events';
import { addFileOf, dataFilePath, isoDate, openTable } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder } from '@gondola/lake-parquet';
import { columnSpec, systemClock } from '@gondola/stream';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '500' },
    slow: { type: 'string', default: '5' },
    rate: { type: 'string', default: '100' },
    commits: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '30' },
    warm: { type: 'string', default: '5' },
  },
});
const [clients, slow, rate, commits, seconds, warm] = [
  'clients',
  'slow',
  'rate',
  'commits',
  'seconds',
  'warm',
].map((name) => Number(values[name]));
const DAY_MS = 86_400_000;
const HEARTBEAT_MS = 5_000;
const folder = mkdtempSync(join(tmpdir(), 'gondola-clients-'));
const store = createLocalDiskStore(folder);
const nowMs = () => performance.timeOrigin + performance.now();

const api = startApi();
const followers = fork(join(import.meta.dirname, 'clients-followers.mjs'));
try {
  const table = await openTable(store, tableSpec(), systemClock);
  await write(table, [signalOf(-1)]);
  const url = new URL(await urlOf(api));
  const ready = messageOf(followers);
  followers.send({ port: Number(url.port), clients });
  await ready;
  const unread = Array.from({ length: slow }, () => openUnread(Number(url.port)));
  const before = cpuSecondsOf(api);
  const times = await writeSignals(table);
  await sleep(3_000);
  const cpuSeconds = round(cpuSecondsOf(api) - before);
  const summary = messageOf(followers);
  followers.send({ times, from: warm * rate });
  const { counted, ...measured } = await summary;
  for (const socket of unread) socket.destroy();
  console.log(
    JSON.stringify({
      ...{ bench: 'clients', clients, slow, rate, commits, seconds, signals: times.length - warm * rate },
      ...{
        came: counted,
        ...measured,
        dropped: await droppedBy(url),
        cpuSeconds,
        memoryBytesMax: memoryOf(api),
      },
    }),
  );
} finally {
  followers.kill();
  api.kill('SIGTERM');
  await api.exited;
  rmSync(folder, { recursive: true });
}

/** Returns when each signal was made and when it could be read. */
async function writeSignals(table) {
  const times = [];
  const beganMs = nowMs();
  const perCommit = rate / commits;
  for (let commit = 0; commit < seconds * commits; commit++) {
    await sleep(Math.max(0, beganMs + (commit * 1_000) / commits - nowMs()));
    const numbers = Array.from({ length: perCommit }, (_, index) => commit * perCommit + index);
    const madeMs = nowMs();
    await write(table, numbers.map(signalOf));
    const committedMs = nowMs();
    times.push(...numbers.map(() => ({ madeMs, committedMs })));
  }
  return times;
}

async function write(table, signals) {
  const { rows, columns } = signalTable(signals, { stream: 'events', partition: '0', ordinal: 0n });
  const withoutDate = { rows, columns: columns.filter(({ spec }) => spec.name !== 'event_date') };
  const partition = { event_date: isoDate(Math.floor(signals[0].atMs / DAY_MS)) };
  const path = dataFilePath(partition, `${crypto.randomUUID()}.zstd.parquet`);
  const encoded = await columnarEncoder.encode([withoutDate]);
  await store.put(`bench/signals/${path}`, encoded.bytes);
  const files = [addFileOf(path, encoded, partition, Date.now())];
  await table.append({ files, transactions: [], operation: 'WRITE' });
}

function tableSpec() {
  const columns = SIGNAL_COLUMNS.filter(({ name }) => name !== 'event_date');
  return {
    path: 'bench/signals',
    columns: [...columns, columnSpec('event_date', 'date')],
    partitionBy: 'event_date',
    properties: { 'gondola.environment': 'bench' },
  };
}

/** Of 200 stores x 1,000 items, as large as those of detection are. */
function signalOf(number) {
  const atMs = Date.now();
  const signalId = `signal-${number}`;
  return {
    ...{ signalId, episodeId: signalId, environment: 'bench', kind: 'silent', arm: 'treated' },
    ...{ storeId: String(1_000 + (number % 200)), itemId: `SKU-${(number * 7) % 1_000}` },
    ...{ atMs, sinceMs: atMs - 5 * 3_600_000, expectedAtMs: null, actByMs: null, probability: 0.83 },
    ...{ onHandRecord: 4, onHandEstimate: 0.4, demandPerHour: 2.5 },
    ...{ lostUnits: 7.5, lostUnitsLow: 4, lostUnitsHigh: 12 },
    ...{ lostSalesPerHour: 32.5, lostSales: 97.5, lostSalesLow: 52, lostSalesHigh: 156 },
    ...{ valuePerMinute: 0.45, currency: 'EUR', modelVersion: 'bench' },
    evidence: ['prior', 'zero_sales', 'ledger', 'history'].map((name) => ({
      ...{ name, weight: 1.234, facts: { hours: 5, expectedUnits: 7.25 } },
    })),
    causes: [{ name: 'unknown', probability: 1 }],
    soldLast24h: Array.from({ length: 24 }, () => 2),
    expectedLast24h: Array.from({ length: 24 }, () => 2.25),
    receipt: null,
  };
}

function startApi() {
  const path = join(folder, 'api.json');
  const stream = { clientsMax: clients + slow, heartbeatMs: HEARTBEAT_MS };
  writeFileSync(path, JSON.stringify({ environment: 'bench', lake: folder, http: { port: 0 }, stream }));
  const bin = join(root, 'apps/gondola/bin/gondola.js');
  const child = spawn(process.execPath, [bin, 'api', '--config', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (part) => (child.said += part));
  child.exited = new Promise((resolve) => child.on('exit', resolve));
  return child;
}

async function urlOf(child) {
  for (let tries = 0; tries < 600; tries++) {
    const found = /http:\/\/[\d.]+:\d+/.exec(child.said);
    if (found && (await fetch(`${found[0]}/health/ready`)).ok) return found[0];
    await sleep(100);
  }
  throw new Error(`the api did not start: ${child.said}`);
}

/** A client that asks and never reads: its socket fills. */
function openUnread(port) {
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => {});
  socket.write('GET /signals/stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
  return socket;
}

function messageOf(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the clients ended with ${code}`)));
  });
}

async function droppedBy(url) {
  const text = await (await fetch(`${url.origin}/metrics`)).text();
  return Number(/^gondola_api_stream_clients_dropped_total (\d+)/m.exec(text)?.[1]);
}

function cpuSecondsOf({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function memoryOf({ pid }) {
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function round(value) {
  return Math.round(value * 1_000) / 1_000;
}
