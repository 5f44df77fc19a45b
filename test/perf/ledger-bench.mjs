/**
 * npm run bench -- ledger [--stores N] [--items N] [--days N] [--seed N] [--loss .004] [--demand .3] [--model FILE] [--fit-out FILE] [--out FILE]
 *
 * Detection where stock is recorded, in made-up shops whose true stock is known: unseen loss .4 % a day, counts 3 % of shelves a day,
 * misplacement .15 %, short deliveries booked in full. The model is fitted on a simulation of another seed (`ledger-fit.mjs`), or read
 * from `--model`. Events go through validation and the engine as on the line. From day 30 on, open hours; a shelf is out in an hour that
 * it was empty all of. Prints one line of JSON: scores of hours, of those that the record denies (`phantom`), of
 * events at 80 % hour precision, and of the signals as raised; and how many were raised while a store was closed or its feed dead.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  atPrecision,
  averagePrecision,
  calibrationOf,
  curveOf,
  eventScores,
  parseModel,
  precisionAtRecall,
} from '@gondola/detect';
import { fitOnSimulation } from './ledger-fit.mjs';
import { OPENS_AT, OPEN_HOURS, START_MS, HOUR_MS, runSimulated } from './simulated-line.mjs';

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '12' },
    items: { type: 'string', default: '400' },
    days: { type: 'string', default: '90' },
    'from-day': { type: 'string', default: '30' },
    seed: { type: 'string', default: '20' },
    'fit-seed': { type: 'string', default: '10' },
    loss: { type: 'string', default: '.004' },
    demand: { type: 'string', default: '.3' },
    model: { type: 'string' },
    'fit-out': { type: 'string' },
    out: { type: 'string' },
  },
});
const OUT_KINDS = ['out_of_stock', 'phantom', 'silent'];
const days = Number(values.days);
const fromDay = Number(values['from-day']);
const shops = {
  allSendInventory: true,
  demand: Number(values.demand),
  rates: { loss: Number(values.loss), counted: 0.03, misplaced: 0.0015, bulkTheft: 0.0005, short: 0.006 },
};
const log = (text) => console.error(`${((performance.now() - startedMs) / 1000).toFixed(0)} s: ${text}`);
const startedMs = performance.now();

const model = values.model ? parseModel(readFileSync(values.model, 'utf8')) : fitted();
const judged = {
  ...shops,
  seed: Number(values.seed),
  stores: Number(values.stores),
  items: Number(values.items),
};
const result = { ...measure(), blind: blindness() };
if (values.out) writeFileSync(values.out, JSON.stringify(result, null, 1) + '\n');
console.log(JSON.stringify(result));

function fitted() {
  const simulation = { ...shops, seed: Number(values['fit-seed']), stores: 8, items: 200 };
  const model = fitOnSimulation(simulation, 60, 'simulated-shops');
  log(`fitted on seed ${simulation.seed}: ${JSON.stringify(model.file.ledger)}`);
  if (values['fit-out']) writeFileSync(values['fit-out'], JSON.stringify(model.file) + '\n');
  return model;
}

function measure() {
  const perShelf = (days - fromDay) * OPEN_HOURS;
  const size = judged.stores * judged.items * perShelf;
  const probability = new Float32Array(size);
  // out: all of the hour; atEnd: when the hour ended; denied: out, and the record says stock.
  const [out, atEnd, denied] = [0, 1, 2].map(() => new Uint8Array(size));
  const shelves = new Map();
  const placeOf = (storeId, itemId, hour) => {
    const key = `${storeId} ${itemId}`;
    if (!shelves.has(key)) shelves.set(key, shelves.size);
    const day = Math.floor(hour / 24) - fromDay;
    const slot = Math.min(OPEN_HOURS - 1, Math.max(0, (hour % 24) - OPENS_AT));
    return shelves.get(key) * perShelf + day * OPEN_HOURS + slot;
  };
  const zeroRun = new Float32Array(size);
  const runs = new Map();
  const raised = [];
  const kinds = new Map();
  runSimulated({
    simulation: judged,
    days,
    engine: { model },
    onTruth(hour, rows) {
      if (hour % (24 * 10) === 12) log(`day ${Math.floor(hour / 24)}`);
      if (hour < fromDay * 24) return;
      for (const row of rows) {
        const at = placeOf(row.storeId, row.itemId, hour);
        out[at] = row.emptyMinutes === 60 ? 1 : 0;
        atEnd[at] = row.outOfStock ? 1 : 0;
        denied[at] = out[at] && row.onHandRecord > 0 ? 1 : 0;
      }
    },
    onTick(hour, view) {
      const ofDay = hour % 24;
      if (ofDay < OPENS_AT || ofDay >= OPENS_AT + OPEN_HOURS) return;
      for (let row = 0; row < view.count; row++) {
        const shelf = `${view.storeId} ${view.itemAt(row)}`;
        runs.set(shelf, view.units[row] > 0 ? 0 : (runs.get(shelf) ?? 0) + 1);
      }
      if (hour < fromDay * 24) return;
      for (let row = 0; row < view.count; row++) {
        const at = placeOf(view.storeId, view.itemAt(row), hour);
        const run = runs.get(`${view.storeId} ${view.itemAt(row)}`);
        probability[at] = view.probabilityOf(row);
        zeroRun[at] = run / (run + 6);
      }
    },
    onSignals(signals) {
      for (const { storeId, itemId, kind, atMs, probability: stated } of signals) {
        const shelf = `${storeId} ${itemId}`;
        const isOpen = OUT_KINDS.includes(kinds.get(shelf));
        kinds.set(shelf, kind);
        const hour = Math.ceil((atMs - START_MS) / HOUR_MS) - 1;
        if (!isOpen && OUT_KINDS.includes(kind) && hour >= fromDay * 24)
          raised.push({ kind, at: placeOf(storeId, itemId, hour), stated });
      }
    },
  });
  log('judging');
  const curve = curveOf(probability, out);
  const found = atPrecision(curve, 0.8);
  const grid = { days: days - fromDay, hours: OPEN_HOURS };
  const shelfWeeks = (shelves.size * (days - fromDay)) / 7;
  const isTrue = denied.map((value, at) => value || !out[at]);
  const phantom = curveOf(
    probability.filter((_, at) => isTrue[at]),
    denied.filter((_, at) => isTrue[at]),
  );
  return {
    model: model.version,
    setup: { ...judged, days, fromDay },
    shelf_hours: size,
    prevalence: digits(curve.outHours / curve.hours),
    denied_by_record: digits(phantom.outHours / curve.outHours),
    ap: digits(averagePrecision(curve)),
    ap_phantom: digits(averagePrecision(phantom)),
    ap_zero_run_rule: digits(averagePrecision(curveOf(zeroRun, out))),
    ap_at_end_of_hour: digits(averagePrecision(curveOf(probability, atEnd))),
    precision_at_recall_50: digits(precisionAtRecall(curve, 0.5)),
    recall_at_precision_80: digits(found?.recall ?? 0),
    calibration_error: digits(calibrationOf(probability, out).error),
    hours_at_precision_80: found ? eventsAt(found.threshold, probability, out, grid) : null,
    signals: signalScores(raised, { out, atEnd, shelfWeeks }),
  };
}

/**
 * Signals of hours in which a store was closed or nothing came from it. While it is so there should be none; what was held back and comes
 * afterwards tells of shelves that are empty since, which is right when they were.
 */
function blindness() {
  const simulation = { ...shops, seed: judged.seed + 1, stores: 6, items: 100 };
  const blindHours = { closed: new Set(), dead: new Set() };
  const empty = new Set();
  const raised = [];
  const hourOf = (ms) => Math.ceil((ms - START_MS) / HOUR_MS) - 1;
  // Of a silent hour, whoever made it end.
  const isAtEnd = (ms) => (ms - START_MS) % HOUR_MS === 0;
  runSimulated({
    simulation: { ...simulation, scenarios: { closures: 0.05, deadFeeds: 0.05 } },
    days: 60,
    engine: { model },
    onTruth(hour, rows) {
      if (hour < fromDay * 24) return;
      for (const { storeId, itemId, closed, feedDead, emptyMinutes } of rows) {
        if (closed) blindHours.closed.add(`${storeId} ${hour}`);
        else if (feedDead) blindHours.dead.add(`${storeId} ${hour}`);
        if (emptyMinutes > 0) empty.add(`${storeId} ${itemId} ${hour}`);
      }
    },
    onSignals(signals, madeMs) {
      for (const { storeId, itemId, kind, atMs } of signals)
        if (OUT_KINDS.includes(kind))
          raised.push({
            storeId,
            itemId,
            hour: hourOf(atMs),
            madeHour: isAtEnd(atMs) ? hourOf(atMs) : hourOf(madeMs),
          });
    },
  });
  const within = (hours) => {
    const inside = raised.filter(({ storeId, hour }) => hours.has(`${storeId} ${hour}`));
    const later = inside.filter(({ storeId, madeHour }) => !hours.has(`${storeId} ${madeHour}`));
    const right = later.filter(({ storeId, itemId, hour }) => empty.has(`${storeId} ${itemId} ${hour}`));
    return {
      store_hours: hours.size,
      raised: inside.length - later.length,
      by_what_came_later: { raised: later.length, right: right.length },
    };
  };
  return { closed: within(blindHours.closed), dead_feed: within(blindHours.dead) };
}

function eventsAt(threshold, probability, out, grid) {
  const { events, recall, medianDelayHours, alertPrecision, falseAlertsPerShelfWeek } = eventScores(
    probability,
    out,
    threshold,
    grid,
  );
  return {
    threshold: digits(threshold),
    events,
    event_recall: digits(recall),
    median_delay_h: medianDelayHours,
    alert_precision: digits(alertPrecision),
    false_alarms_per_shelf_week: digits(falseAlertsPerShelfWeek),
  };
}

/** A signal was right when the shelf was empty at the end of the hour in which it was raised. */
function signalScores(raised, { atEnd, shelfWeeks }) {
  const byKind = OUT_KINDS.map((kind) => {
    const ofKind = raised.filter((signal) => signal.kind === kind);
    const right = ofKind.filter(({ at }) => atEnd[at]).length;
    return [
      kind,
      { raised: ofKind.length, precision: ofKind.length > 0 ? digits(right / ofKind.length) : null },
    ];
  });
  const wrong = raised.filter(({ at }) => !atEnd[at]).length;
  return {
    raised: raised.length,
    precision: digits(1 - wrong / raised.length),
    false_alarms_per_shelf_week: digits(wrong / shelfWeeks),
    ...Object.fromEntries(byKind),
  };
}

function digits(value) {
  return Number(value.toFixed(4));
}
