/**
 * npm run bench -- metrics [--stores N] [--items N] [--hours N]
 *
 * `/metrics` of a detect process with 1,000 stores of 1,000 shelves each, of 20,000 items in 60 categories, over a day of made-up sales
 * in which stores close at night and items run out: bytes, series, time from request to answer over HTTP, and for how long
 * nothing else runs meanwhile, CPU. A line of JSON for each hour, and one for all.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Engine, parseModel, StockoutReader } from '@gondola/detect';
import { startHttpApp } from '@gondola/nest';
import { silentLog } from '@gondola/stream';
import { createPipelineMetrics, createRegistry, createStockoutMetrics } from '@gondola/telemetry';
import { SHIPPED } from '../../apps/gondola/dist/line.js';
import { createRandom, digits, median } from './bench-tools.mjs';

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '1000' },
    items: { type: 'string', default: '1000' },
    hours: { type: 'string', default: '24' },
  },
});
const [STORES, ITEMS, HOURS] = [values.stores, values.items, values.hours].map(Number);
const HOUR_MS = 3_600_000;
/** 5 h of a Monday. */
const START_MS = Date.UTC(2026, 0, 5, 5);
const [OPENS_AT, CLOSES_AT] = [7, 22];
const ALL_ITEMS = 20_000;
const CATEGORIES = 60;
const PARTITIONS = 4;
/** Of a shelf and hour. */
const SOLD = 0.35;
const SCRAPES = 5;

const random = createRandom(3);
const model = parseModel(readFileSync(SHIPPED.filterModel, 'utf8'));
const storeIds = Array.from({ length: STORES }, (_, store) => `S${digits(store, 5)}`);
const itemIds = Array.from({ length: ALL_ITEMS }, (_, item) => `SKU${digits(item, 9)}`);
const itemOf = (store, shelf) => (store * 37 + shelf * 19) % ALL_ITEMS;
const engines = Array.from({ length: PARTITIONS }, () => new Engine({ environment: 'bench', model }));
const engineOf = (store) => engines[store % PARTITIONS];

/** What one store sells in an hour; the first of the day sells of every shelf. */
function salesOf(store, hour, isFirst) {
  const shelves = [];
  for (let shelf = 0; shelf < ITEMS; shelf++) {
    const item = itemOf(store, shelf);
    // Each hour other items are out everywhere: who loses most changes.
    const isOut = (item + hour * 7) % 40 === 0;
    if (isFirst || (!isOut && random(1000) < SOLD * 1000)) shelves.push(item);
  }
  const rows = shelves.length;
  return {
    rows,
    store: new Array(rows).fill(storeIds[store]),
    item: shelves.map((item) => itemIds[item]),
    category: shelves.map((item) => `category ${item % CATEGORIES}`),
    quantity: new Float64Array(rows).fill(1),
    unitPrice: Float64Array.from(shelves, (item) => 1 + (item % 90) / 10),
    currency: new Array(rows).fill('EUR'),
    effect: new Array(rows).fill('sale'),
    eventTimeMs: Float64Array.from(shelves, (_, at) => START_MS + hour * HOUR_MS + at * 1000),
  };
}

const metrics = createRegistry();
const observer = createPipelineMetrics(metrics, 'detect');
observer.assigned('events', PARTITIONS);
const reader = new StockoutReader({ storesMax: 1_000, itemsMax: 20, categoriesMax: 100 });
createStockoutMetrics(metrics, 'detect', () => ({
  ...reader.read(engines.map((engine) => engine.stockouts)),
  ...{ stream: 'events', ticks: engines.reduce((sum, { counts }) => sum + counts.ticks, 0) },
  judgedUntilMs: Math.min(...engines.map((engine) => engine.checkedUntilMs() ?? Infinity)),
}));
const stop = new AbortController();
const app = await startHttpApp({
  ...{ modules: [], services: [], port: 0, unreadyMs: 1_000, drainMs: 1_000 },
  ...{ metrics, log: silentLog, signal: stop.signal },
});

/** One scrape as Prometheus makes it, and how long at a time nothing else ran. */
async function scrape() {
  let [lastMs, blockedMs, isOver] = [performance.now(), 0, false];
  const watch = () => {
    const nowMs = performance.now();
    blockedMs = Math.max(blockedMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver) setImmediate(watch);
  };
  setImmediate(watch);
  const [startMs, before] = [performance.now(), process.cpuUsage()];
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
  const answer = await fetch(`${app.url}/metrics`, { headers: { accept } });
  const text = await answer.text();
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(before);
  isOver = true;
  return { text, ms, blockedMs, cpuMs: (user + system) / 1_000 };
}

const seen = new Set();
const worst = { bytes: 0, series: 0, ms: 0, blockedMs: 0, cpuMs: 0 };
for (let hour = 0; hour < HOURS; hour++) {
  const localHour = (5 + hour) % 24;
  const isOpen = localHour >= OPENS_AT && localHour < CLOSES_AT;
  for (let store = 0; store < STORES; store++) {
    const engine = engineOf(store);
    if (isOpen) engine.apply(salesOf(store, hour, hour === OPENS_AT - 5));
    engine.advanceTo(storeIds[store], START_MS + (hour + 1) * HOUR_MS);
  }
  const scrapes = [];
  for (let at = 0; at < SCRAPES; at++) scrapes.push(await scrape());
  const { text } = scrapes[0];
  const series = text.split('\n').filter((line) => line.startsWith('gondola_'));
  for (const line of series) seen.add(line.slice(0, line.lastIndexOf(' ')));
  const figures = {
    ...{ hour: localHour, series: series.length, bytes: Buffer.byteLength(text) },
    ms: Math.round(median(scrapes.map(({ ms }) => ms))),
    blockedMs: Math.round(median(scrapes.map(({ blockedMs }) => blockedMs))),
    cpuMs: Math.round(median(scrapes.map(({ cpuMs }) => cpuMs))),
  };
  for (const name of Object.keys(worst)) worst[name] = Math.max(worst[name], figures[name]);
  console.log(JSON.stringify({ ...figures, seriesOfAllHours: seen.size }));
}
const shelves = engines.reduce((sum, { size }) => sum + size.shelves, 0);
console.log(JSON.stringify({ stores: STORES, shelves, worst, seriesOfAllHours: seen.size }));
stop.abort();
await app.stopped;
