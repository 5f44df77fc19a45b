/**
 * npm run bench -- clicks [--stores N] [--items N] [--days N] [--fit-seed N] [--seed N] [--demand .3] [--picks .1]
 *
 * What visits of the web shop and pickers are worth in made-up shops, every third of which sends tills only. From the shops of
 * one seed: how often a visit meets what, the shelf being empty or not, as `detection.clickstream` has it. The same hours of
 * another seed are then judged three times: without those events, with them by the default figures, and by those measured.
 * From day 30 on, open hours; a shelf is out in an hour that it was empty all of. One line of JSON each.
 */
import { parseArgs } from 'node:util';
import {
  atPrecision,
  averagePrecision,
  calibrationOf,
  curveOf,
  detectConfigSchema,
  eventScores,
} from '@gondola/detect';
import { createSimulation } from '@gondola/simulate';
import { fitOnSimulation } from './ledger-fit.mjs';
import { HOUR_MS, OPENS_AT, OPEN_HOURS, runSimulated, START_MS, TIME_ZONE } from './simulated-line.mjs';

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '12' },
    items: { type: 'string', default: '200' },
    days: { type: 'string', default: '60' },
    'from-day': { type: 'string', default: '30' },
    'fit-seed': { type: 'string', default: '10' },
    seed: { type: 'string', default: '20' },
    demand: { type: 'string', default: '.3' },
    picks: { type: 'string', default: '.1' },
  },
});
const SIGHTS = new Set(['retail.web', 'retail.fulfilment.pick']);
const [days, fromDay] = [Number(values.days), Number(values['from-day'])];
const shops = {
  ...{ stores: Number(values.stores), items: Number(values.items), demand: Number(values.demand) },
  scenarios: { picks: Number(values.picks) },
};
const model = fitOnSimulation(
  { ...shops, seed: 7, stores: 6, items: 150, allSendInventory: true },
  45,
  'simulated-shops',
);
const measured = likelihoods(Number(values['fit-seed']));
console.log(JSON.stringify({ measured }));
const { perHourMax } = detectConfigSchema.parse({}).clickstream;
for (const [name, options] of [
  ['without', { only: (subject) => !SIGHTS.has(subject) }],
  ['default', {}],
  ['measured', { clickstream: { ...measured, perHourMax } }],
])
  console.log(JSON.stringify({ sights: name, ...judge(options) }));

/** Share of visits, and of picks, that meet it; those that detection does not count because they repeat the record are left out. */
function likelihoods(seed) {
  const simulation = createSimulation({ startMs: START_MS, timeZone: TIME_ZONE, ...shops, seed });
  const sends = new Map(simulation.stores.map(({ storeId, sendsInventory }) => [storeId, sendsInventory]));
  const names = ['seenOut', 'cartFailed', 'carted', 'nilPick', 'picked', 'searchMissed'];
  const met = Object.fromEntries(names.map((name) => [name, { out: [0, 0], in: [0, 0] }]));
  const count = (name, state, isMet) => {
    met[name][state][0] += isMet ? 1 : 0;
    met[name][state][1]++;
  };
  for (let hour = 0; hour < days * 24; hour++) {
    const { events, truth } = simulation.advanceTo(START_MS + (hour + 1) * HOUR_MS);
    const rows = new Map(truth.map((row) => [`${row.storeId} ${row.itemId}`, row]));
    const stateOf = (storeId, itemId) => {
      const row = rows.get(`${storeId} ${itemId}`);
      if (!row || (row.emptyMinutes > 0 && row.emptyMinutes < 60)) return null;
      const record = sends.get(storeId) ? row.onHandRecord : null;
      return { state: row.emptyMinutes === 60 ? 'out' : 'in', record };
    };
    const carts = new Set(
      events.flatMap(({ event }) =>
        event.name?.startsWith('add_to_cart') ? [`${event.sessionId} ${event.name}`] : [],
      ),
    );
    for (const { subject, event } of events) {
      if (subject === 'retail.fulfilment.pick') {
        const at = stateOf(event.locationId, event.itemId);
        if (!at) continue;
        count('nilPick', at.state, event.outcome === 'NOT_FOUND');
        count('picked', at.state, event.outcome === 'PICKED');
      } else if (subject === 'retail.web' && event.name === 'search' && event.itemId !== null) {
        const at = stateOf(event.fulfilmentStoreId, event.itemId);
        if (at && (at.record === null || at.record > 0))
          count('searchMissed', at.state, event.resultsCount === 0);
      } else if (subject === 'retail.web' && event.name === 'view_item') {
        const at = stateOf(event.fulfilmentStoreId, event.itemId);
        if (!at) continue;
        if (at.record === null || at.record > 0) {
          count('seenOut', at.state, event.availabilityShown === 'OutOfStock');
          count('cartFailed', at.state, carts.has(`${event.sessionId} add_to_cart_failed`));
        }
        if (at.record === null || at.record <= 0)
          count('carted', at.state, carts.has(`${event.sessionId} add_to_cart`));
      }
    }
  }
  const share = ([yes, all]) => Number(((yes + 0.5) / (all + 1)).toPrecision(2));
  return Object.fromEntries(
    names.map((name) => [name, { out: share(met[name].out), in: share(met[name].in) }]),
  );
}

function judge({ only, clickstream }) {
  const perShelf = (days - fromDay) * OPEN_HOURS;
  const size = shops.stores * shops.items * perShelf;
  const probability = new Float32Array(size);
  const [out, recorded] = [0, 1].map(() => new Uint8Array(size));
  const shelves = new Map();
  const placeOf = (storeId, itemId, hour) => {
    const key = `${storeId} ${itemId}`;
    if (!shelves.has(key)) shelves.set(key, shelves.size);
    const slot = Math.min(OPEN_HOURS - 1, Math.max(0, (hour % 24) - OPENS_AT));
    return shelves.get(key) * perShelf + (Math.floor(hour / 24) - fromDay) * OPEN_HOURS + slot;
  };
  const isTold = (subject) => (only ? only(subject) : true);
  const seed = Number(values.seed);
  const { stores } = createSimulation({ startMs: START_MS, timeZone: TIME_ZONE, ...shops, seed });
  const sends = new Map(stores.map(({ storeId, sendsInventory }) => [storeId, sendsInventory]));
  runSimulated({
    simulation: { ...shops, seed },
    days,
    engine: { model, config: { raiseProbability: 0.6, ...(clickstream && { clickstream }) } },
    only: isTold,
    onTruth(hour, rows) {
      if (hour < fromDay * 24) return;
      for (const { storeId, itemId, emptyMinutes } of rows) {
        const at = placeOf(storeId, itemId, hour);
        out[at] = emptyMinutes === 60 ? 1 : 0;
        recorded[at] = sends.get(storeId) ? 1 : 0;
      }
    },
    onTick(hour, view) {
      const ofDay = hour % 24;
      if (hour < fromDay * 24 || ofDay < OPENS_AT || ofDay >= OPENS_AT + OPEN_HOURS) return;
      for (let row = 0; row < view.count; row++)
        probability[placeOf(view.storeId, view.itemAt(row), hour)] = view.probabilityOf(row);
    },
  });
  const group = (flag) => {
    const of = (array) => array.filter((_, at) => recorded[at] === flag);
    return scoresOf(of(probability), of(out));
  };
  return { tills_only: group(0), with_record: group(1) };
}

function scoresOf(probability, out) {
  const curve = curveOf(probability, out);
  const found = atPrecision(curve, 0.8);
  const events =
    found && eventScores(probability, out, found.threshold, { days: days - fromDay, hours: OPEN_HOURS });
  const digits = (value) => Number(value.toFixed(4));
  return {
    hours: curve.hours,
    prevalence: digits(curve.outHours / curve.hours),
    ap: digits(averagePrecision(curve)),
    calibration_error: digits(calibrationOf(probability, out).error),
    ...(events && {
      at_precision_80: {
        recall: digits(found.recall),
        event_recall: digits(events.recall),
        median_delay_h: events.medianDelayHours,
        false_alarms_per_shelf_week: digits(events.falseAlertsPerShelfWeek),
      },
    }),
  };
}
