/**
 * npm run bench -- alerts [--only normal,anomalies,chains,line] [--stores N] [--items N] [--days N] [--each N] [--demand N] [--seed N]
 *   [--lost-share N] [--limits JSON]... [--database DIR]
 *
 * Alerts at production thresholds, on made-up shops. `normal`: normal days of so many stores after two weeks of learning; what fired
 * is false. `anomalies`: stores that each meet one, so many of each kind; those that the right alert found. `chains`: days on which many
 * stores have the same trouble at once. What detection shows at its scrapes goes, with its times, into a real Prometheus, which is
 * asked each alert's expression every five minutes; `for` and `keep_firing_for` are applied to the answers. `line`: alerts of the line
 * itself on made-up series, for no service is broken here. Prints one line of JSON for each, and for each `--limits` that differ from
 * those of prod. With `--database` the databases are kept, and asked again where they are there.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseModel } from '@gondola/detect';
import { ALERTS, contextOf } from '@gondola/monitoring';
import { createSimulation } from '@gondola/simulate';
import { chains } from './alerts-chains.mjs';
import { firedBetween } from './alerts-fired.mjs';
import { lineTroubles } from './alerts-line.mjs';
import {
  countOf,
  LEARNING_DAYS,
  LOOKBACK,
  SalesOfStores,
  sampleShops,
  withoutItems,
} from './alerts-shops.mjs';
import { startPrometheus } from './prometheus.mjs';
import { DAY_MS, HOUR_MS, START_MS, TIME_ZONE } from './simulated-line.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'normal,anomalies,chains,line' },
    stores: { type: 'string', default: '100' },
    items: { type: 'string', default: '60' },
    days: { type: 'string', default: '28' },
    each: { type: 'string', default: '20' },
    demand: { type: 'string', default: '0.5' },
    seed: { type: 'string', default: '7' },
    'lost-share': { type: 'string', default: '0.4' },
    limits: { type: 'string', multiple: true, default: ['{}'] },
    database: { type: 'string' },
    model: { type: 'string', default: 'apps/gondola/models/hmm-2026.11.json' },
  },
});
const [stores, items, days, each, demand, seed, lostShare] = [
  ...['stores', 'items', 'days', 'each', 'demand', 'seed', 'lost-share'],
].map((name) => Number(values[name]));
const model = parseModel(readFileSync(values.model, 'utf8'));
const QUERY_SECONDS = 300;

const prod = contextOf('prod');
const contexts = values.limits.map((text) => ({ ...prod, limits: { ...prod.limits, ...JSON.parse(text) } }));
const storeAlerts = ALERTS.filter(({ name }) => name.startsWith('Store') && name !== 'StoresBeyondLimit');

const KINDS = {
  out: 'StoreOutOfStockUnusual',
  phantom: 'StorePhantomSurge',
  lost_sales: 'StoreLostSalesHigh',
  coming: 'StoreComingWave',
  feed: 'StoreFeedDead',
  closed: 'StoreClosedUnexpectedly',
};

const PARTS = { normal: normalDays, anomalies, chains: ofChains, line: ofLine };
for (const part of values.only.split(',')) await PARTS[part]();

/** One line for each of the limits. */
function print(of, results, tell) {
  for (const [index, result] of results.entries()) {
    const limits = values.limits[index] === '{}' ? {} : { limits: JSON.parse(values.limits[index]) };
    console.log(JSON.stringify({ of, seed, ...limits, ...tell(result) }));
  }
}

async function normalDays() {
  const storeWeeks = (stores * days) / 7;
  const firedByLimits = await runStores({ of: 'normal', count: stores, days: LEARNING_DAYS + days });
  print('normal days', firedByLimits, (fired) => ({
    ...{ stores, items, days },
    alerts: countBy(fired, ({ name }) => name),
    per_100_stores_a_week: Number(((100 * fired.length) / storeWeeks).toFixed(2)),
    first: fired.slice(0, 10).map(({ name, labels, fromMs }) => `${name} ${labels.store} ${local(fromMs)}`),
  }));
}

/** Each store meets one anomaly, on one of four days. */
async function anomalies() {
  const kinds = Object.keys(KINDS);
  const count = each * kinds.length;
  const plan = Array.from({ length: count }, (_, index) => {
    const midnightMs = START_MS + (LEARNING_DAYS + (Math.floor(index / kinds.length) % 4)) * DAY_MS;
    const at = (hour) => midnightMs + hour * HOUR_MS;
    const kind = kinds[index % kinds.length];
    const fromMs = { coming: at(4), closed: at(0), feed: at(11) }[kind] ?? at(10);
    // What a record denies is believed slowly: three days.
    const untilMs = { coming: at(7), phantom: at(70) }[kind] ?? at(22);
    return { kind, fromMs, untilMs };
  });
  const { stores: shops, items: range } = createSimulation(simulationOf(count));
  const byStore = new Map(shops.map(({ storeId }, index) => [storeId, plan[index]]));
  const most = new Set(range.filter((_, index) => index % 5 < 3).map(({ itemId }) => itemId));
  const sales = new SalesOfStores(range);
  const hit = (storeId, { kind }) => (kind === 'lost_sales' ? sales.dearest(storeId, lostShare) : most);
  const firedByLimits = await runStores({
    of: 'anomalies',
    count,
    days: LEARNING_DAYS + 7,
    told(event) {
      const trouble = byStore.get(event.key);
      if (trouble?.kind === 'lost_sales' && event.timeMs < trouble.fromMs) sales.add(event);
      if (!trouble || event.timeMs < trouble.fromMs || event.timeMs >= trouble.untilMs) return [event];
      if (trouble.kind === 'coming') return [event];
      if (trouble.kind === 'feed') return [];
      if (trouble.kind === 'closed') return event.subject === 'retail.web' ? [event] : [];
      return withoutItems(event, hit(event.key, trouble));
    },
    also(fromMs, untilMs) {
      return [...byStore].flatMap(([storeId, trouble]) => {
        const { kind, fromMs: atMs } = trouble;
        if (atMs < fromMs || atMs >= untilMs || !['out', 'lost_sales', 'coming'].includes(kind)) return [];
        return [...hit(storeId, trouble)].map((itemId) =>
          countOf(storeId, itemId, atMs, kind === 'coming' ? 1 : 0),
        );
      });
    },
  });
  print('anomalies', firedByLimits, (fired) => {
    const found = Object.fromEntries(
      kinds.map((kind) => {
        const met = [...byStore].filter(([, trouble]) => trouble.kind === kind);
        const told = ([storeId, { fromMs, untilMs }], name) =>
          fired.find(
            (one) =>
              one.labels.store === storeId &&
              one.name === name &&
              one.fromMs >= fromMs &&
              one.fromMs <= untilMs + HOUR_MS,
          );
        const hits = met.flatMap((one) => told(one, KINDS[kind]) ?? []);
        const hours = hits.map(({ labels, fromMs }) => (fromMs - byStore.get(labels.store).fromMs) / HOUR_MS);
        const others = met.flatMap((one) =>
          Object.values(KINDS).filter((name) => name !== KINDS[kind] && told(one, name)),
        );
        return [
          kind,
          {
            ...{ injected: met.length, found: hits.length },
            hours_median: Number(hours.toSorted((a, b) => a - b)[hours.length >> 1]?.toFixed(1)),
            others: countBy(others, (name) => name),
          },
        ];
      }),
    );
    const before = fired.filter(({ labels, fromMs }) => fromMs < byStore.get(labels.store).fromMs);
    return { stores: count, items, ...found, before_the_anomaly: countBy(before, ({ name }) => name) };
  });
}

async function ofChains() {
  const simulation = simulationOf(stores);
  const { stores: shops, items: range } = createSimulation(simulation);
  const options = { simulation, model, each, context: contexts[0], shops, range };
  const found = await withDatabase(null, (dir) => chains({ ...options, dir }));
  print('chains', [found], (one) => ({ stores, items, ...one }));
}

async function ofLine() {
  const found = await withDatabase('line', (dir, kept) =>
    lineTroubles({ each, seed, context: contexts[0], dir, kept }),
  );
  print('line, made-up series', [found], (one) => one);
}

function simulationOf(count) {
  return {
    ...{ seed, stores: count, items, demand, startMs: START_MS, timeZone: TIME_ZONE },
    allSendInventory: true,
  };
}

/** `use(dir, kept)`; `kept`: `dir` has the database of an earlier run. `of` null: none is kept, as what is in it depends on the limits. */
async function withDatabase(of, use) {
  if (!values.database || of === null) {
    const dir = mkdtempSync(join(tmpdir(), 'gondola-alerts-bench-'));
    return use(dir, false).finally(() => rmSync(dir, { recursive: true }));
  }
  const dir = join(values.database, of);
  const kept = existsSync(dir);
  mkdirSync(dir, { recursive: true });
  return use(dir, kept);
}

/** For each of the limits, the alerts of stores that fired after the days of learning. */
function runStores({ of, count, days: all, told, also }) {
  return withDatabase(of, async (dir, kept) => {
    const simulation = simulationOf(count);
    if (!kept) await sampleShops({ simulation, model, days: all, told, also, dir });
    const span = { fromMs: START_MS + LEARNING_DAYS * DAY_MS, untilMs: START_MS + all * DAY_MS };
    const prometheus = await startPrometheus(dir, LOOKBACK);
    try {
      const byLimits = [];
      for (const context of contexts)
        byLimits.push(
          await firedBetween(prometheus, storeAlerts, context, { ...span, stepSeconds: QUERY_SECONDS }),
        );
      return byLimits;
    } finally {
      await prometheus.stop();
    }
  });
}

function countBy(all, nameOf) {
  return Object.fromEntries([...Map.groupBy(all, nameOf)].map(([name, some]) => [name, some.length]));
}

function local(ms) {
  return new Date(ms - 5 * HOUR_MS).toISOString().slice(0, 16);
}
