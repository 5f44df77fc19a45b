/**
 * npm run bench -- engine [--model FILE] [--stores N] [--items N]
 *
 * The detection engine alone, on made-up sales of 200 stores x 1,000 items in 20 cities: events a second within an hour (ids as
 * strings), shelves a second when hours end (filter, features, both scores, calibration, what is coming), bytes of state a shelf, size of the
 * model file. All per CPU-second of one thread. Prints one line of JSON; without a model's trees the filter alone.
 */
import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Engine, parseModel } from '@gondola/detect';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    stores: { type: 'string', default: '200' },
    items: { type: 'string', default: '1000' },
  },
});
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5, 6);
const HOURS = 5;
const EVENTS_PER_HOUR = 400_000;
const BATCH_ROWS = 4096;
const stores = Array.from(
  { length: Number(values.stores) },
  (_, store) => `S${String(store).padStart(4, '0')}`,
);
const items = Array.from(
  { length: Number(values.items) },
  (_, item) => `SKU${String(item).padStart(6, '0')}`,
);

const { SHIPPED: shipped } = await import('../../apps/gondola/dist/line.js');
const file = values.model ?? shipped.model;
const model = parseModel(readFileSync(file, 'utf8'));
let calibrated = 0;
let coming = 0;
const ahead = model.trees?.coming?.at(-1);
const engine = new Engine({
  environment: 'bench',
  model,
  signals: false,
  onTick(view) {
    for (let row = 0; row < view.count; row++) {
      calibrated += view.probabilityOf(row);
      // Of every shelf, as if none had a record.
      if (ahead) coming += view.comingOf(row, ahead.hours);
    }
  },
});
stores.forEach((store, at) => engine.setStore(store, { timeZone: 'UTC', city: `city ${at % 20}` }));
for (const store of stores) for (const item of items) engine.addShelf(store, item, null, START_MS);

/** Mulberry32: the same sales in every run. */
let state = 7;
function random(below) {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
}

function batchesOf(hour) {
  return Array.from({ length: Math.ceil(EVENTS_PER_HOUR / BATCH_ROWS) }, () => ({
    rows: BATCH_ROWS,
    store: Array.from({ length: BATCH_ROWS }, () => stores[random(stores.length)]),
    item: Array.from(
      { length: BATCH_ROWS },
      () => items[Math.floor(((random(1000) * random(1000)) / 1e6) * items.length)],
    ),
    category: new Array(BATCH_ROWS).fill(null),
    quantity: new Float64Array(BATCH_ROWS).fill(1),
    unitPrice: new Float64Array(BATCH_ROWS).fill(1.5),
    currency: new Array(BATCH_ROWS).fill('EUR'),
    effect: new Array(BATCH_ROWS).fill('sale'),
    eventTimeMs: new Float64Array(BATCH_ROWS).fill(START_MS + hour * HOUR_MS + 1_800_000),
  }));
}

function cpuSeconds(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const best = { events: 0, shelves: 0 };
let msMax = 0;
for (let hour = 0; hour < HOURS; hour++) {
  const batches = batchesOf(hour);
  const eventSeconds = cpuSeconds(() => batches.forEach((batch) => engine.apply(batch)));
  const tickSeconds = cpuSeconds(() => {
    for (const store of stores) {
      const startMs = performance.now();
      engine.advanceTo(store, START_MS + (hour + 1) * HOUR_MS);
      // The first hours are V8's.
      if (hour > 1) msMax = Math.max(msMax, performance.now() - startMs);
    }
  });
  best.events = Math.max(best.events, (batches.length * BATCH_ROWS) / eventSeconds);
  best.shelves = Math.max(best.shelves, (stores.length * items.length) / tickSeconds);
}
const { perShelf, siblings } = engine.stateBytes;
console.log(
  JSON.stringify({
    model: model.version,
    trees: model.trees !== null,
    shelves: engine.size.shelves,
    events_per_s: Math.round(best.events),
    rescored_shelves_per_s: Math.round(best.shelves),
    longest_store_tick_ms: Number(msMax.toFixed(1)),
    bytes_per_shelf: Math.round(perShelf),
    sibling_bytes_per_shelf: Math.round(siblings / engine.size.shelves),
    model_bytes: statSync(file).size,
    mean_probability: Number((calibrated / HOURS / engine.size.shelves).toFixed(4)),
    mean_coming: ahead ? Number((coming / HOURS / engine.size.shelves).toFixed(4)) : null,
  }),
);
