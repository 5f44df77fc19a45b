/**
 * npm run bench -- board [--minutes N] [--rate N] [--stores N] [--items N]
 *
 * The board in a real Chromium before `gondola api`, while `--rate` signals a second are committed to its lake: shelves become empty and
 * are filled again. One JSON line: bytes and milliseconds until the first load shows shelves; signals that the api took; heap (after
 * a collection), nodes and listeners of the page at the beginning, every minute and at the end; long tasks (> 50 ms); how much of the page was
 * shifted that nobody touched (layout shift: 0 is none); and rows of the list that were put elsewhere.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SIGNAL_COLUMNS, signalTable } from '@gondola/events';
import { addFileOf, dataFilePath, isoDate, openTable } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder } from '@gondola/lake-parquet';
import { systemClock } from '@gondola/stream';
import { chromium } from 'playwright-core';
import { seededItem, seededStore, seedSignals } from './api-seed.mjs';
import { createRandom } from './bench-tools.mjs';
import { importFromTests } from './tests.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    rate: { type: 'string', default: '200' },
    stores: { type: 'string', default: '40' },
    items: { type: 'string', default: '250' },
  },
});
const [minutes, rate, stores, items] = ['minutes', 'rate', 'stores', 'items'].map((name) =>
  Number(values[name]),
);
const ENVIRONMENT = 'bench';
const COMMITS_A_SECOND = 4;
const DAY_MS = 86_400_000;
const bin = join(import.meta.dirname, '../../apps/gondola/bin/gondola.js');
const folder = mkdtempSync(join(tmpdir(), 'gondola-board-'));
const lake = join(folder, 'lake');
const { signalWith } = await importFromTests('../apps/api/test/lake-fixture.ts');
const { CHROMIUM } = await importFromTests('../test/e2e/demo-board.ts');
const random = createRandom(3);

await seedSignals(lake, { environment: ENVIRONMENT, stores, items, nowMs: Date.now() });
const api = await startApi();
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const load = await firstLoad(page);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const feeding = new AbortController();
  const fed = feed(feeding.signal);
  // What the page needs only once is there by then.
  await sleep(15_000);
  const seenBefore = await signalsSeen();
  await page.evaluate('watched.begin()');
  const samples = [await sample(session)];
  const beganMs = performance.now();
  for (let minute = 1; minute <= minutes; minute++) {
    await sleep(beganMs + minute * 60_000 - performance.now());
    samples.push(await sample(session));
  }
  const seconds = (performance.now() - beganMs) / 1_000;
  const seen = (await signalsSeen()) - seenBefore;
  feeding.abort();
  await fed;
  const watched = await page.evaluate('watched.end()');
  const perSecond = Math.round((10 * seen) / seconds) / 10;
  console.log(JSON.stringify({ bench: 'board', minutes, rate, ...load, perSecond, samples, ...watched }));
} finally {
  await browser.close();
  api.kill('SIGTERM');
  await new Promise((resolve) => api.once('exit', resolve));
  rmSync(folder, { recursive: true });
}

async function startApi() {
  const path = join(folder, 'api.json');
  writeFileSync(path, JSON.stringify({ environment: ENVIRONMENT, lake, http: { port: 0 } }));
  const child = spawn(process.execPath, [bin, 'api', '--config', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.url = await new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (part) => {
      said += part;
      const found = /http:\/\/[\d.]+:\d+/.exec(said);
      if (found) resolve(found[0]);
    });
    child.on('exit', () => reject(new Error(said)));
  });
  while (!(await fetch(`${child.url}/health/ready`)).ok) await sleep(100);
  return child;
}

async function signalsSeen() {
  return (await (await fetch(`${api.url}/board/info`)).json()).signalsSeen;
}

async function firstLoad(page) {
  await page.addInitScript(watch);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(api.url);
  await page.locator('#shelf-list li').first().waitFor();
  return { firstLoadBytes: bytes, firstRowsMs: Math.round(await page.evaluate('watched.rowsMs')) };
}

/** Runs in the page, before anything of its own. */
function watch() {
  const counts = { longTasks: 0, longTaskMsMax: 0, layoutShift: 0, rowsMoved: 0 };
  const shifted = {};
  const watched = {
    rowsMs: null,
    begin: () => Object.assign(counts, { longTasks: 0, longTaskMsMax: 0, layoutShift: 0, rowsMoved: 0 }),
    end: () => ({ ...counts, shifted }),
  };
  globalThis.watched = watched;
  const observe = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  observe('longtask', ({ duration }) => {
    counts.longTasks++;
    counts.longTaskMsMax = Math.max(counts.longTaskMsMax, Math.round(duration));
  });
  observe('layout-shift', ({ value, hadRecentInput, sources }) => {
    if (hadRecentInput) return;
    counts.layoutShift += value;
    for (const { node } of sources) {
      const within = node?.closest?.('[id]')?.id ?? node?.nodeName;
      shifted[within] = (shifted[within] ?? 0) + 1;
    }
  });
  new MutationObserver((changes) => {
    if (watched.rowsMs === null && document.querySelector('#shelf-list li'))
      watched.rowsMs = performance.now();
    for (const { target, removedNodes } of changes)
      if (target.id === 'shelf-list') counts.rowsMoved += removedNodes.length;
  }).observe(document, { childList: true, subtree: true });
}

async function sample(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const of = (name) => metrics.find((metric) => metric.name === name).value;
  const heapKb = Math.round(of('JSHeapUsedSize') / 1_024);
  return { heapKb, nodes: of('Nodes'), listeners: of('JSEventListeners') };
}

/** So many signals a second, in a few commits as detection makes them, until `signal`. */
async function feed(signal) {
  const store = createLocalDiskStore(lake);
  const path = `${ENVIRONMENT}/signals`;
  const columns = SIGNAL_COLUMNS.filter(({ name }) => name !== 'event_date');
  const table = await openTable(
    store,
    {
      ...{ path, columns: [...columns, SIGNAL_COLUMNS.find(({ name }) => name === 'event_date')] },
      ...{ partitionBy: 'event_date', properties: { 'gondola.environment': ENVIRONMENT } },
    },
    systemClock,
  );
  const open = new Map();
  for (let made = 0, commits = 1; !signal.aborted; commits++) {
    const beganMs = performance.now();
    const signals = Array.from({ length: rate / COMMITS_A_SECOND }, () => nextSignal(open, made++));
    const { rows, columns: filled } = signalTable(signals, {
      stream: 'bench',
      partition: '0',
      ordinal: BigInt(made),
    });
    const encoded = await columnarEncoder.encode([
      { rows, columns: filled.filter(({ spec }) => spec.name !== 'event_date') },
    ]);
    const partition = { event_date: isoDate(Math.floor(signals[0].atMs / DAY_MS)) };
    const file = dataFilePath(partition, `${crypto.randomUUID()}.zstd.parquet`);
    await store.put(`${path}/${file}`, encoded.bytes);
    const files = [addFileOf(file, encoded, partition, Date.now())];
    await table.append({ files, transactions: [], operation: 'WRITE' });
    await sleep(Math.max(0, beganMs + 1_000 / COMMITS_A_SECOND - performance.now()));
  }
}

/** A shelf that is empty is filled, another one becomes so. */
function nextSignal(open, number) {
  const storeId = seededStore(random(stores));
  const itemId = seededItem(random(items));
  const shelf = `${storeId} ${itemId}`;
  const episodeId = open.get(shelf) ?? `bench-${number}`;
  const isOver = open.delete(shelf);
  if (!isOver) open.set(shelf, episodeId);
  return signalWith({
    ...{ signalId: `bench-${number}`, episodeId, environment: ENVIRONMENT, storeId, itemId },
    ...{ kind: isOver ? 'recovered' : 'out_of_stock', atMs: Date.now(), sinceMs: Date.now() - 3_600_000 },
    lostSalesPerHour: 1 + random(1_000),
  });
}
