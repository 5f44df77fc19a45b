/**
 * npm run bench -- alerts [--stores N] [--items N] [--days N] [--each N] [--demand N] [--seed N] [--limits JSON]...
 *
 * Alerts on made-up shops, at production thresholds. First normal days of so many stores after two weeks of learning: alerts that
 * fired, all of them false. Then stores that each meet one anomaly, so many of each kind: those that the right alert found. What
 * detection shows at its scrapes goes, with its times, into a real Prometheus, which is asked each alert's expression every five
 * minutes; `for` is applied to the answers. Prints one line of JSON for each, and for each `--limits` that differ from those of prod.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseModel, StockoutReader } from '@gondola/detect';
import { ALERTS, contextOf, inlineExpr } from '@gondola/monitoring';
import { createSimulation } from '@gondola/simulate';
import { createStockoutMetrics } from '@gondola/telemetry';
import { Registry } from 'prom-client';
import { backfill, startPrometheus } from './prometheus.mjs';
import { DAY_MS, HOUR_MS, simulatedSteps, START_MS, TIME_ZONE } from './simulated-line.mjs';

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '100' },
    items: { type: 'string', default: '60' },
    days: { type: 'string', default: '28' },
    each: { type: 'string', default: '20' },
    demand: { type: 'string', default: '0.5' },
    seed: { type: 'string', default: '7' },
    limits: { type: 'string', multiple: true, default: ['{}'] },
    model: { type: 'string', default: 'apps/gondola/models/hmm-2026.11.json' },
  },
});
const [stores, items, days, each, demand, seed] = [
  ...['stores', 'items', 'days', 'each', 'demand', 'seed'],
].map((name) => Number(values[name]));
const model = parseModel(readFileSync(values.model, 'utf8'));
const LEARNING_DAYS = 14;
const STEPS_AN_HOUR = 2;
/** Of the samples, and a little more. */
const LOOKBACK = '35m';
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

if (days > 0) await normalDays();
if (each > 0) await anomalies();

/** One line for each of the limits. */
function print(of, firedByLimits, tell) {
  for (const [index, fired] of firedByLimits.entries()) {
    const limits = values.limits[index] === '{}' ? {} : { limits: JSON.parse(values.limits[index]) };
    console.log(JSON.stringify({ of, ...limits, ...tell(fired) }));
  }
}

async function normalDays() {
  const storeWeeks = (stores * days) / 7;
  print('normal days', await run({ stores, days: LEARNING_DAYS + days }), (fired) => ({
    ...{ stores, items, days },
    alerts: countBy(fired, ({ name }) => name),
    per_100_stores_a_week: Number(((100 * fired.length) / storeWeeks).toFixed(2)),
    first: fired.slice(0, 10).map(({ name, storeId, fromMs }) => `${name} ${storeId} ${local(fromMs)}`),
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
  const dearest = new Set(
    range
      .toSorted((a, b) => b.price * b.demandPerDay - a.price * a.demandPerDay)
      .slice(0, Math.ceil(items / 8))
      .map(({ itemId }) => itemId),
  );
  const most = new Set(range.filter((_, index) => index % 5 < 3).map(({ itemId }) => itemId));
  const hit = ({ kind }) => (kind === 'lost_sales' ? dearest : most);
  const firedByLimits = await run({
    stores: count,
    days: LEARNING_DAYS + 7,
    told(event) {
      const trouble = byStore.get(event.key);
      if (!trouble || event.timeMs < trouble.fromMs || event.timeMs >= trouble.untilMs) return [event];
      if (trouble.kind === 'coming') return [event];
      if (trouble.kind === 'feed') return [];
      if (trouble.kind === 'closed') return event.subject === 'retail.web' ? [event] : [];
      return withoutItems(event, hit(trouble));
    },
    also(fromMs, untilMs) {
      return [...byStore].flatMap(([storeId, trouble]) => {
        const { kind, fromMs: atMs } = trouble;
        if (atMs < fromMs || atMs >= untilMs || !['out', 'lost_sales', 'coming'].includes(kind)) return [];
        return [...hit(trouble)].map((itemId) => countOf(storeId, itemId, atMs, kind === 'coming' ? 1 : 0));
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
              one.storeId === storeId &&
              one.name === name &&
              one.fromMs >= fromMs &&
              one.fromMs <= untilMs + HOUR_MS,
          );
        const hits = met.flatMap((one) => told(one, KINDS[kind]) ?? []);
        const hours = hits.map(({ storeId, fromMs }) => (fromMs - byStore.get(storeId).fromMs) / HOUR_MS);
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
    const before = fired.filter(({ storeId, fromMs }) => fromMs < byStore.get(storeId).fromMs);
    return { stores: count, items, ...found, before_the_anomaly: countBy(before, ({ name }) => name) };
  });
}

function simulationOf(count) {
  return {
    ...{ seed, stores: count, items, demand, startMs: START_MS, timeZone: TIME_ZONE },
    allSendInventory: true,
  };
}

/** For each of the limits, the alerts that fired after the days of learning: `{ name, storeId, fromMs }` each. */
async function run({ stores: count, days: all, told, also }) {
  const dir = mkdtempSync(join(tmpdir(), 'gondola-alerts-bench-'));
  try {
    const reader = new StockoutReader({ storesMax: count, itemsMax: 1, categoriesMax: 1 });
    const registry = new Registry();
    let engine = null;
    const read = () => ({
      ...(engine
        ? reader.read([engine.stockouts])
        : { stores: [], storesBeyond: 0, items: [], categories: [] }),
      ...{ stream: 'events', ticks: 0, judgedUntilMs: null },
    });
    createStockoutMetrics(registry, 'detect', read);
    let samples = new Map();
    let day = 0;
    const flush = () => {
      const families = [...samples.values()].map((lines) => lines.join('\n'));
      if (families.length > 0) backfill(`${families.join('\n')}\n# EOF\n`, dir);
      samples = new Map();
    };
    const options = {
      simulation: simulationOf(count),
      engine: { model },
      days: all,
      stepsAnHour: STEPS_AN_HOUR,
    };
    for (const step of simulatedSteps({ ...options, ...(told ? { told, also } : {}) })) {
      const { nowMs } = step;
      if (nowMs < START_MS + LEARNING_DAYS * DAY_MS) continue;
      engine = step.engine;
      const dayNow = Math.floor(nowMs / DAY_MS);
      if (dayNow !== day) flush();
      day = dayNow;
      for (const [, name, rest] of (await registry.metrics()).matchAll(/^(gondola_store_\w+)(\{.*)$/gm)) {
        let lines = samples.get(name);
        if (!lines) samples.set(name, (lines = [`# TYPE ${name} gauge`]));
        lines.push(`${name}${rest} ${nowMs / 1000}`);
      }
    }
    flush();
    return await firedIn(dir, START_MS + all * DAY_MS);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function firedIn(dir, untilMs) {
  const prometheus = await startPrometheus(dir, LOOKBACK);
  try {
    const byLimits = [];
    for (const context of contexts) byLimits.push(await firedUnder(context, prometheus, untilMs));
    return byLimits;
  } finally {
    await prometheus.stop();
  }
}

async function firedUnder(context, prometheus, untilMs) {
  const fired = [];
  for (const alert of storeAlerts) {
    const forMs = alert.forMinutes(context.limits) * 60_000;
    const query = inlineExpr(alert, context);
    const answer = await prometheus.range(query, START_MS + LEARNING_DAYS * DAY_MS, untilMs, QUERY_SECONDS);
    for (const [{ store: storeId }, samples] of answer)
      for (const [fromMs, endMs] of spansOf(samples.map(([seconds]) => seconds * 1000)))
        if (endMs - fromMs >= forMs) fired.push({ name: alert.name, storeId, fromMs: fromMs + forMs });
  }
  return fired.sort((a, b) => a.fromMs - b.fromMs);
}

/** First and last time of each run of answers without a gap. */
function spansOf(times) {
  const spans = [];
  for (const ms of times) {
    const last = spans.at(-1);
    if (last && ms - last[1] <= QUERY_SECONDS * 1000) last[1] = ms;
    else spans.push([ms, ms]);
  }
  return spans;
}

function withoutItems(event, gone) {
  if (event.subject === 'retail.pos.transaction') {
    const lines = event.event.lines.filter(({ itemId }) => !gone.has(itemId));
    return lines.length === 0 ? [] : [{ ...event, event: { ...event.event, lines } }];
  }
  return gone.has(event.event.itemId) ? [] : [event];
}

function countOf(storeId, itemId, atMs, onHand) {
  const countId = `bench-${atMs}`;
  return {
    ...{ subject: 'retail.inventory.snapshot', key: storeId, timeMs: atMs },
    event: {
      eventId: `${countId}-${storeId}-${itemId}`,
      ...{ countId, locationId: storeId, itemId, countedAt: atMs, onHand, method: 'FULL' },
    },
  };
}

function countBy(all, nameOf) {
  return Object.fromEntries([...Map.groupBy(all, nameOf)].map(([name, some]) => [name, some.length]));
}

function local(ms) {
  return new Date(ms - 5 * HOUR_MS).toISOString().slice(0, 16);
}
