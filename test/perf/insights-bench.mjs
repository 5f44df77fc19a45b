/**
 * npm run bench -- insights [--stores N] [--days N] [--items N] [--outages N] [--rounds N] [--in-process]
 *
 * A lake of made-up tills, signals and verdicts (100 stores, 90 days, 20 categories; each store sells 400 items, 600 lines a day, and
 * has 20 stockouts a day (--outages)), read by the api as `gondola api` reads it. Times: until the books are there, a request that was not
 * asked before, the same asked again, and a request while nothing but a new version makes it be computed anew; and for how long at most
 * the thread that answers all requests was held up meanwhile. --in-process: the books on that thread, not in a worker. One JSON line.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { apiConfigSchema, createApi } from '@gondola/api';
import { parseConfig } from '@gondola/config';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { silentLog, systemClock } from '@gondola/stream';
import { createRegistry } from '@gondola/telemetry';
import { createRandom } from './bench-tools.mjs';
import { writeInsightsLake } from './insights-lake.mjs';

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '100' },
    days: { type: 'string', default: '90' },
    items: { type: 'string', default: '400' },
    outages: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '400' },
    'in-process': { type: 'boolean', default: false },
  },
});
const { 'in-process': inProcess, ...numbers } = values;
const shape = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)]));
const booksWorker = inProcess
  ? undefined
  : new URL('../../apps/gondola/dist/books-worker.js', import.meta.url);
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5);
const folder = mkdtempSync(join(tmpdir(), 'gondola-insights-bench-'));
const stop = new AbortController();

try {
  const store = createLocalDiskStore(folder);
  const made = await writeInsightsLake(store, { ...shape, startMs: START_MS });
  const untilMs = START_MS + shape.days * DAY_MS;
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  let cpu = process.threadCpuUsage();
  /** Since it was asked last: how long this thread was held up at most, also by other processes, and what it worked. */
  const stalls = {};
  const phaseEnds = (name) => {
    const { user, system } = process.threadCpuUsage(cpu);
    stalls[name] = { longestMs: Math.round(delay.max / 1e6), cpuS: round((user + system) / 1e6) };
    delay.reset();
    cpu = process.threadCpuUsage();
  };
  const startedMs = performance.now();
  const api = createApi({
    config: parseConfig('api', apiConfigSchema, {
      ...{ environment: 'dev', lake: folder, http: { port: 0 }, historyDays: 1 },
    }),
    ...{ lake: store, clock: { ...systemClock, nowMs: () => untilMs }, log: silentLog },
    ...{ metrics: createRegistry(), demo: false, schemas: null, quarantine: null, booksWorker },
  });
  const app = await api.start(stop.signal);
  while ((await fetch(`${app.url}/insights`)).status !== 200)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const readS = (performance.now() - startedMs) / 1_000;
  phaseEnds('reading');
  const ask = async (query) => {
    const from = performance.now();
    const answer = await fetch(`${app.url}/insights?${query}`);
    const bytes = (await answer.arrayBuffer()).byteLength;
    if (answer.status !== 200) throw new Error(`${query}: ${answer.status}`);
    return { ms: performance.now() - from, bytes };
  };
  const whole = `since=${START_MS}&until=${untilMs}`;
  const answers = {};
  for (const by of ['', 'store', 'category', 'city', 'day', 'week']) {
    const { ms, bytes } = await ask(`${whole}${by && `&by=${by}`}&zone=Europe/Madrid`);
    answers[by || 'total'] = { ms: round(ms), kilobytes: Math.round(bytes / 1_000) };
  }
  phaseEnds('wholePeriod');
  // Other periods, stores and divisions each time: none is answered from what was kept.
  const random = createRandom(7);
  const fresh = [];
  for (let round_ = 0; round_ < shape.rounds; round_++) {
    const from = START_MS + random(shape.days * 24 - 24) * 3_600_000;
    const by = ['store', 'category', 'city', 'day', 'week'][random(5)];
    const place = random(2) === 0 ? '' : `&store=S${random(shape.stores)}`;
    fresh.push((await ask(`since=${from}&until=${untilMs}&by=${by}${place}&zone=Europe/Madrid`)).ms);
  }
  phaseEnds('fresh');
  const again = [];
  for (let round_ = 0; round_ < shape.rounds; round_++) again.push((await ask(`${whole}&by=day`)).ms);
  const brief = [];
  for (let round_ = 0; round_ < 100; round_++) {
    const from = performance.now();
    await (await fetch(`${app.url}/brief?store=S${random(shape.stores)}`)).arrayBuffer();
    brief.push(performance.now() - from);
  }
  phaseEnds('againAndBrief');
  console.log(
    JSON.stringify({
      ...{ bench: 'insights', inProcess, ...shape, ...made, readS: round(readS), mainThread: stalls },
      megabytes: Math.round((process.memoryUsage().rss - before) / 1e6),
      ...{ wholePeriod: answers, fresh: ends(fresh), again: ends(again), brief: ends(brief) },
    }),
  );
  stop.abort();
  await app.stopped;
} finally {
  stop.abort();
  rmSync(folder, { recursive: true, force: true });
}

function ends(times) {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function round(number) {
  return Math.round(number * 10) / 10;
}
