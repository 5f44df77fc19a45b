/**
 * npm run bench -- recovery [--shelves N] [--replay N] [--model FILE] [--tick]
 *
 * `gondola detect` with so many shelves in stores of 1,000 items, killed (-9) when `--replay` records were read and committed since its
 * last snapshot. Before it starts again a count of nothing is appended, which is a signal: seconds until its process says that it
 * reads again, and until that signal is in the table. `--tick`: those records go past the end of an hour, so that all shelves are scored
 * in the replay. An embedded stream of four partitions and a lake on the disk of the temporary folder. One JSON line.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createRandom, digits } from './bench-tools.mjs';
import { makeTillSchemas } from './till-schemas.mjs';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    shelves: { type: 'string', default: '1000000' },
    replay: { type: 'string', default: '500000' },
    model: { type: 'string' },
    tick: { type: 'boolean', default: false },
  },
});
const [shelves, replay] = [values.shelves, values.replay].map(Number);
const HOUR_MS = 3_600_000;
const ITEMS = 1_000;
const LOG = 'lake/bench/signals/_delta_log';
const APPENDED_AT_ONCE = 5_000;
const stores = Math.ceil(shelves / ITEMS);
const startMs = Date.UTC(2026, 9, 5, 10);
const folder = mkdtempSync(join(tmpdir(), 'gondola-recovery-'));
const schemas = join(folder, 'schemas');
const stream = { file: join(folder, 'stream.sqlite'), name: 'pos' };
makeTillSchemas(schemas);
const contract = loadEmbeddedRegistry(schemas).contractOf('pos.event');
const random = createRandom(5);
const log = EmbeddedLog.open(stream.file);
log.createStream('pos', 4);
const sink = createEmbeddedSink(log, 'pos');
const started = new Set();
let made = 0;

try {
  console.log(JSON.stringify(await measure()));
} finally {
  for (const child of started) child.kill('SIGKILL');
  log.close();
  rmSync(folder, { recursive: true });
}

async function measure() {
  // What never sold is not missed: the shelf of the signal sold an hour before.
  await append(1, () => ({ type: 'sale', store: 'probe', item: 'probe', atMs: startMs - HOUR_MS }));
  await append(shelves, (index) =>
    sale(Math.floor(index / ITEMS) % stores, index % ITEMS, startMs + 600_000),
  );
  await detect({ once: true, until: null });
  const endMs = startMs + (values.tick ? HOUR_MS + 900_000 : 1_800_000);
  await append(replay, () => sale(random(stores), random(ITEMS), endMs));
  await detect({ once: false, until: () => committedRecords() >= 1 + shelves + replay });
  const snapshotBytes = stateBytes();
  const before = commits().length;
  await append(1, () => ({
    type: 'inventory_count',
    store: 'probe',
    item: 'probe',
    quantity: 0,
    atMs: endMs,
  }));
  const { seconds, readingSeconds, cpuSeconds, memoryMegabytes } = await detect({
    once: false,
    until: () => commits().length > before && newestTells(),
  });
  return {
    ...{ bench: 'recovery', shelves, replayed: replay, tick: values.tick },
    ...{ snapshotMegabytes: Math.round(snapshotBytes / 1e6), readingSeconds, signalSeconds: seconds },
    ...{ cpuSeconds, memoryMegabytes },
  };
}

function sale(store, item, atMs) {
  return { type: 'sale', store: `S${digits(store, 5)}`, item: `SKU${digits(item, 6)}`, atMs };
}

async function append(count, eventOf) {
  for (let index = 0; index < count;) {
    const records = [];
    for (; index < count && records.length < APPENDED_AT_ONCE; index++)
      records.push(recordOf(eventOf(index)));
    await sink.append(records);
  }
}

function recordOf({ type, store, item, quantity = 1, atMs }) {
  const event = {
    ...{ event_id: `e${made++}`, event_type: type, store_id: store, sku: item, quantity },
    ...{ unit_price: 2.5, currency: 'USD', event_time: atMs, register_id: 'R01', order_id: `O${made}` },
    ...{ channel: 'store', payment_type: 'card', customer_id: `C${made % 90_000}`, loyalty_id: null },
  };
  return { key: Buffer.from(store), value: encodeAvro(contract, event), timestampMs: atMs };
}

/** Runs detection until it ends by itself or `until`, when it is killed. */
async function detect({ once, until }) {
  const config = join(folder, 'detect.json');
  const settings = {
    ...{ environment: 'bench', lake: join(folder, 'lake'), schemas, defaultSubject: 'pos.event', stream },
    ...{ advanceByClock: false, http: { port: 0 }, ...(values.model && { model: values.model }) },
    // Nothing is kept between the first run's end and the kill.
    snapshot: { recordsMax: 2 * replay + shelves },
  };
  writeFileSync(config, JSON.stringify(settings));
  const bin = join(root, 'apps/gondola/bin/gondola.js');
  const beganMs = performance.now();
  const since = () => Math.round((performance.now() - beganMs) / 10) / 100;
  const child = spawn(process.execPath, [bin, 'detect', '--config', config, ...(once ? ['--once'] : [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  let said = '';
  let readingSeconds = null;
  for (const output of [child.stdout, child.stderr])
    output.on('data', (part) => {
      said += part;
      if (said.includes('reading again')) readingSeconds ??= since();
    });
  let hasEnded = false;
  const exited = new Promise((resolve) => child.on('exit', resolve)).then((code) => {
    hasEnded = true;
    started.delete(child);
    if (code) throw new Error(`detect ended with ${code}: ${said}`);
  });
  while (!hasEnded && !until?.()) await sleep(10);
  const seconds = since();
  const memoryMegabytes = hasEnded ? null : peakMegabytes(child.pid);
  const cpuSeconds = hasEnded ? null : cpuSecondsOf(child.pid);
  if (until && hasEnded) throw new Error(`detect ended by itself: ${said}`);
  child.kill('SIGKILL');
  await exited;
  return { seconds, readingSeconds, cpuSeconds, memoryMegabytes };
}

function cpuSecondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function peakMegabytes(pid) {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1e3);
}

function commits() {
  return readdirSync(join(folder, LOG))
    .filter((name) => /^\d+\.json$/.test(name))
    .sort();
}

/** Positions of all partitions that the table says. */
function committedRecords() {
  const positions = new Map();
  for (const name of commits())
    for (const line of readFileSync(join(folder, LOG, name), 'utf8')
      .trim()
      .split('\n')) {
      const { txn } = JSON.parse(line);
      const partition = txn && /^pos\/(\d+)$/.exec(txn.appId)?.[1];
      if (partition) positions.set(partition, Number(txn.version));
    }
  return [...positions.values()].reduce((sum, position) => sum + position, 0);
}

/** No other signal is made after the hour's end. */
function newestTells() {
  return readFileSync(join(folder, LOG, commits().at(-1)), 'utf8').includes('"add"');
}

function stateBytes() {
  return readdirSync(join(folder, 'lake/bench/_state'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0);
}
