/**
 * npm run bench -- state [--model FILE] [--shelves 10000,100000,1000000,2000000] [--large N] [--items N]
 *
 * What shelves cost, with the filter alone unless `--model` names another file, in stores of `--items` items. For each number of
 * shelves one JSON line: events a CPU-second, ids as strings, the best of three rounds (all shelves equally likely; and with items that
 * sell as those of a real shop do); bytes of state a shelf; a snapshot to a folder while events go on: its seconds, and the longest
 * time, and time of the processor, in which no batch of 1,000 events was done; seconds to have an engine again from it. `--large` shelves (default 0: left out) are made and written once: memory of the process.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Engine, parseModel } from '@gondola/detect';
import { createRandom, digits } from './bench-tools.mjs';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'apps/gondola/models/hmm-2026.11.json') },
    shelves: { type: 'string', default: '10000,100000,1000000,2000000' },
    large: { type: 'string', default: '0' },
    items: { type: 'string', default: '1000' },
  },
});
const START_MS = Date.UTC(2026, 0, 5, 6);
const ROWS = 1_000;
const BATCHES = 1_000;
const PART_BYTES = 8 << 20;
/** Share of the lines (first) of the items that sell most (second): Online Retail, 541,909 lines of 4,070 items. */
const SOLD = [
  [0, 0],
  [0.096, 0.01],
  [0.3, 0.05],
  [0.455, 0.1],
  [0.654, 0.2],
  [0.781, 0.3],
  [0.926, 0.5],
  [0.995, 0.8],
  [1, 1],
];
const perStore = Number(values.items);
const model = parseModel(readFileSync(values.model, 'utf8'));
const items = Array.from({ length: perStore }, (_, item) => `SKU${digits(item, 6)}`);
const folder = mkdtempSync(join(tmpdir(), 'gondola-state-'));

for (const shelves of values.shelves.split(',').map(Number)) {
  console.log(JSON.stringify(await measure(shelves)));
  globalThis.gc?.();
}
const large = Number(values.large);
if (large > 0) console.log(JSON.stringify(measureLarge(large)));
rmSync(folder, { recursive: true });

function storesOf(shelves) {
  return Array.from({ length: Math.ceil(shelves / perStore) }, (_, store) => `S${digits(store, 5)}`);
}

function engineOf(stores) {
  const engine = new Engine({ environment: 'bench', model, signals: false });
  for (const store of stores) for (const item of items) engine.addShelf(store, item, null, START_MS);
  return engine;
}

/** The item that a line is of, where lines are drawn evenly from 0 to 1. */
function soldItem(line) {
  const at = SOLD.findIndex(([lines]) => line < lines);
  const [[fromLines, fromItems], [lines, items]] = [SOLD[at - 1], SOLD[at]];
  const share = fromItems + ((line - fromLines) / (lines - fromLines)) * (items - fromItems);
  return Math.floor(share * perStore);
}

function batchesOf(stores, count, itemOf = (random) => random(perStore)) {
  const random = createRandom(7);
  return Array.from({ length: count }, () => ({
    rows: ROWS,
    store: Array.from({ length: ROWS }, () => stores[random(stores.length)]),
    item: Array.from({ length: ROWS }, () => items[itemOf(random)]),
    category: new Array(ROWS).fill(null),
    quantity: new Float64Array(ROWS).fill(1),
    unitPrice: new Float64Array(ROWS).fill(1.5),
    currency: new Array(ROWS).fill('EUR'),
    effect: new Array(ROWS).fill('sale'),
    eventTimeMs: new Float64Array(ROWS).fill(START_MS + 1_800_000),
  }));
}

async function measure(shelves) {
  const stores = storesOf(shelves);
  const engine = engineOf(stores);
  const batches = batchesOf(stores, BATCHES);
  // Once for V8 and the caches.
  for (const batch of batches.slice(0, 200)) engine.apply(batch);
  const eventsPerCpuSecond = bestOf(engine, batches);
  const soldEventsPerCpuSecond = bestOf(
    engine,
    batchesOf(stores, 300, (random) => soldItem(random(1e6) / 1e6)),
  );
  const kept = await keep(engine, batches);
  const startMs = performance.now();
  const sections = [];
  for (const part of readdirSync(folder).sort()) sections.push(await readFile(join(folder, part)));
  const again = Engine.fromSections(sections, { environment: 'bench', model, signals: false });
  const restoreSeconds = (performance.now() - startMs) / 1_000;
  if (again.size.shelves !== engine.size.shelves) throw new Error('shelves were lost');
  for (const part of readdirSync(folder)) rmSync(join(folder, part));
  return {
    ...{ bench: 'state', model: model.version, shelves: engine.size.shelves },
    ...{ eventsPerCpuSecond, soldEventsPerCpuSecond },
    bytesPerShelf: Math.round(engine.stateBytes.perShelf),
    ...kept,
    restoreSeconds: round(restoreSeconds),
  };
}

function bestOf(engine, batches) {
  let best = 0;
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    for (const batch of batches) engine.apply(batch);
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, (batches.length * ROWS) / ((user + system) / 1e6));
  }
  return Math.round(best);
}

/** As detection does it: a megabyte of sections a turn, parts of 8 MB, a batch of events in between. */
async function keep(engine, batches) {
  const startMs = performance.now();
  const copy = engine.copy();
  let [turnMs, longestMs, batch, bytes, parts, isDone] = [startMs, 0, 0, 0, 0, false];
  let [turnCpuMs, longestCpuMs] = [cpuMs(), 0];
  const events = (async () => {
    while (!isDone) {
      engine.apply(batches[batch++ % batches.length]);
      const nowMs = performance.now();
      longestMs = Math.max(longestMs, nowMs - turnMs);
      turnMs = nowMs;
      const nowCpuMs = cpuMs();
      longestCpuMs = Math.max(longestCpuMs, nowCpuMs - turnCpuMs);
      turnCpuMs = nowCpuMs;
      await new Promise(setImmediate);
    }
  })();
  for (let isLast = false; !isLast;) {
    const sections = [];
    let size = 0;
    for (let turn = 0; size < PART_BYTES;) {
      const section = copy.next();
      isLast = section === null;
      if (isLast) break;
      sections.push(section);
      size += section.length;
      if (size - turn < 1 << 20) continue;
      turn = size;
      await new Promise(setImmediate);
    }
    await writeFile(join(folder, `${digits(parts++, 5)}.bin`), Buffer.concat(sections));
    bytes += size;
  }
  isDone = true;
  await events;
  return {
    snapshotSeconds: round((performance.now() - startMs) / 1_000),
    snapshotMegabytes: Math.round(bytes / 1e6),
    longestMsWithoutEvents: round(longestMs),
    longestCpuMsWithoutEvents: round(longestCpuMs),
  };
}

function measureLarge(shelves) {
  const before = process.memoryUsage();
  const stores = storesOf(shelves);
  const engine = engineOf(stores);
  for (const batch of batchesOf(stores, 100)) engine.apply(batch);
  const startMs = performance.now();
  for (const store of stores.slice(0, 1_000)) engine.advanceTo(store, START_MS + 3_600_000);
  const tickSeconds = (performance.now() - startMs) / 1_000;
  const { rss, heapUsed } = process.memoryUsage();
  return {
    ...{ bench: 'state', model: model.version, shelves: engine.size.shelves },
    bytesPerShelf: Math.round(engine.stateBytes.perShelf),
    processBytesPerShelf: Math.round((rss - before.rss) / engine.size.shelves),
    memoryMegabytes: Math.round(rss / 1e6),
    heapMegabytes: Math.round(heapUsed / 1e6),
    tickedShelvesPerSecond: Math.round((Math.min(1_000, stores.length) * perStore) / tickSeconds),
  };
}

/** Of this thread: what other work of the machine does not change. */
function cpuMs() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function round(value) {
  return Math.round(value * 100) / 100;
}
