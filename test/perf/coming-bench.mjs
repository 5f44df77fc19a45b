/**
 * npm run bench -- coming PANEL [--model FILE] [--split held|test] [--hours 3,6] [--from-day N] [--known both|status|sales]
 *
 * How well trees say what is coming: P(out within so many hours) of shelves that are in stock, at the end of each open hour from
 * day 62 on, against the stock status. Once with the status of hours that ended told to the engine, once by sales alone.
 * `held`: training stores that no tree was grown on (the calibration was fitted on their days before 62); `test`: the stores that
 * nothing may be fitted on. One line of JSON each: rows, share that ran out, average precision, area under ROC, expected
 * calibration error (20 bins), and of the hours at or above some probabilities: how many, and the share that ran out.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  HELD_FOLD,
  foldOf,
  isOutWithin,
  isTestStore,
  outOf,
  parseModel,
  runPanel,
  storesOf,
  trainingStores,
} from '@gondola/detect';
import { readPanelFile } from '@gondola/replay';
import { SHIPPED } from '../../apps/gondola/dist/line.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: SHIPPED.model },
    split: { type: 'string', default: 'held' },
    hours: { type: 'string', default: '3,6' },
    'from-day': { type: 'string', default: '62' },
    known: { type: 'string', default: 'both' },
  },
});
const BINS = 10_000;
const fromDay = Number(values['from-day']);
const horizons = values.hours.split(',').map(Number);
const file = parseModel(readFileSync(values.model, 'utf8'));
// The last score of what is out now is not asked for.
const model = { ...file, trees: { ...file.trees, second: null } };
const panel = await readPanelFile(positionals[0]);
const isOut = outOf(panel);
const ofTest = values.split === 'test';
const stores = ofTest ? storesOf(panel) : trainingStores(panel);
const isJudged = ({ store }) => (ofTest ? isTestStore(store) : foldOf(store) === HELD_FOLD);

for (const statusKnown of [true, false]) {
  if (values.known === (statusKnown ? 'sales' : 'status')) continue;
  const seen = measure(statusKnown);
  horizons.forEach((hours, i) => {
    const known = statusKnown ? 'status' : 'sales';
    console.log(
      JSON.stringify({ model: model.version, split: values.split, known, hours, ...reportOf(seen[i]) }),
    );
  });
}

/** For each horizon: hours and ones that ran out by probability, in bins of a ten thousandth. */
function measure(statusKnown) {
  const seen = horizons.map(() => ({ all: new Float64Array(BINS + 1), out: new Float64Array(BINS + 1) }));
  runPanel(panel, stores, {
    model,
    days: panel.days,
    statusKnown,
    onTick(range, day, hour, view) {
      if (day < fromDay || !view.trees || !isJudged(range)) return;
      const at = day * 24 + hour;
      for (let row = 0; row < view.count; row++) {
        const series = range.first + row;
        if (isOut(series, at)) continue;
        horizons.forEach((hours, i) => {
          if (at + hours >= panel.days * 24) return;
          const bin = Math.round(view.comingOf(row, hours) * BINS);
          seen[i].all[bin]++;
          if (isOutWithin(isOut, series, at, hours)) seen[i].out[bin]++;
        });
      }
    },
  });
  return seen;
}

function reportOf({ all, out }) {
  const sum = (list) => list.reduce((total, value) => total + value, 0);
  const [rows, positives] = [sum(all), sum(out)];
  let [hits, taken, ap, pairs] = [0, 0, 0, 0];
  const from = {};
  for (let bin = BINS; bin >= 0; bin--) {
    const misses = all[bin] - out[bin];
    pairs += misses * (hits + out[bin] / 2);
    hits += out[bin];
    taken += all[bin];
    if (out[bin] > 0) ap += (out[bin] / positives) * (hits / taken);
    if (bin % 1000 === 0 && bin >= 3000 && bin <= 7000)
      from[bin / BINS] = { hours: taken, precision: round(hits / taken), recall: round(hits / positives) };
  }
  let gap = 0;
  for (let first = 0; first < BINS; first += BINS / 20) {
    let [said, was] = [0, 0];
    const end = first + BINS / 20 + (first + BINS / 20 === BINS ? 1 : 0);
    for (let bin = first; bin < end; bin++) {
      said += (all[bin] * bin) / BINS;
      was += out[bin];
    }
    gap += Math.abs(said - was);
  }
  return {
    ...{ rows, prevalence: round(positives / rows), ap: round(ap) },
    ...{ auc: round(pairs / (positives * (rows - positives))), ece: round(gap / rows), from },
  };
}

function round(value) {
  return Number(value.toFixed(4));
}
