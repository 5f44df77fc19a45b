/**
 * npm run bench -- causes [--stores N] [--items N] [--days N] [--fit-seed N] [--seed N] [--write]
 *
 * Causes of signals against the truth of made-up shops. The table of `causesOf` is made of the signals of one seed whose shelf
 * was empty, and judged by those of another: share of them whose likeliest cause is the true one, and mean -log P(true cause),
 * beside the same of a guess by the frequency of causes alone. `--write` puts the table into libs/detect/src/cause-table.ts.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CAUSE_FACTS, causeBinsOf, causesOf } from '@gondola/detect';
import { CAUSE_NAMES } from '@gondola/events';
import { fitOnSimulation } from './ledger-fit.mjs';
import { HOUR_MS, runSimulated, START_MS } from './simulated-line.mjs';

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '9' },
    items: { type: 'string', default: '200' },
    days: { type: 'string', default: '45' },
    'fit-seed': { type: 'string', default: '10' },
    seed: { type: 'string', default: '20' },
    write: { type: 'boolean', default: false },
  },
});
/** Of shelves that no made-up shop has: displays moved, items taken out of the range. Not measured: room for what is not here. */
const UNKNOWN = 0.03;
/** No cause is rarer, and no fact of a cause: made-up shops are few. */
const BASE_MIN = 0.01;
const FREQUENCY_MIN = 0.002;
/** Rows that a cause's frequencies are drawn to those of all causes by. */
const SHRINK = 5;
const shops = {
  ...{ stores: Number(values.stores), items: Number(values.items) },
  allSendInventory: true,
  demand: 0.5,
  scenarios: { dcShortages: 0.05 },
};
const model = fitOnSimulation({ ...shops, seed: 7, stores: 6, items: 150 }, 40, 'simulated-shops');
const training = samplesOf(Number(values['fit-seed']));
const table = tableOf(training);
if (values.write) {
  writeFileSync('libs/detect/src/cause-table.ts', sourceOf(table));
  execFileSync('npx', ['prettier', '--write', 'libs/detect/src/cause-table.ts']);
}
const judged = samplesOf(Number(values.seed));
const result = {
  rows: { fitted: training.length, judged: judged.length },
  frequency: Object.fromEntries(CAUSE_NAMES.map((name) => [name, digits(shareOf(judged, name))])),
  all: scoreOf(judged),
  record_says_stock: scoreOf(judged.filter(({ facts }) => facts.record > 0)),
  record_says_none: scoreOf(judged.filter(({ facts }) => facts.record <= 0)),
  by_cause: Object.fromEntries(
    CAUSE_NAMES.filter((name) => shareOf(judged, name) > 0).map((name) => [
      name,
      scoreOf(judged.filter(({ cause }) => cause === name)),
    ]),
  ),
};
console.log(JSON.stringify(result));

/** Signals of shelves that were empty at the end of the hour, from the tenth day on, with what was known and what was so. */
function samplesOf(seed) {
  const told = [];
  const causes = new Map();
  const days = Number(values.days);
  runSimulated({
    simulation: { ...shops, seed },
    days,
    engine: {
      model,
      onCause: ({ storeId, itemId }, facts) => {
        const hour = Math.ceil((facts.atMs - START_MS) / HOUR_MS) - 1;
        if (hour >= 240 && !['coming', 'recovered'].includes(facts.kind))
          told.push({ key: `${storeId} ${itemId} ${hour}`, facts });
      },
    },
    onTruth(hour, rows) {
      for (const { storeId, itemId, cause } of rows)
        if (cause !== null) causes.set(`${storeId} ${itemId} ${hour}`, cause);
    },
  });
  return told.flatMap(({ key, facts }) => (causes.has(key) ? [{ facts, cause: causes.get(key) }] : []));
}

function tableOf(samples) {
  const counted = samples.map(({ facts, cause }) => ({ bins: causeBinsOf(facts), cause }));
  const base = CAUSE_NAMES.map((name) =>
    name === 'unknown' ? UNKNOWN : (1 - UNKNOWN) * Math.max(BASE_MIN, shareOf(samples, name)),
  );
  const given = Object.entries(CAUSE_FACTS).map(([fact, bins]) => {
    const known = counted.filter((row) => row.bins[fact] !== undefined);
    // A pick that found nothing is told of some shelves only: how often, of all.
    const of = bins.length === 1 ? counted : known;
    const rows = bins.map((bin) => {
      const having = known.filter((row) => row.bins[fact] === bin);
      const usual = (having.length + 1) / (of.length + bins.length);
      const frequency = (name) =>
        Math.max(
          FREQUENCY_MIN,
          (having.filter(({ cause }) => cause === name).length + SHRINK * usual) /
            (of.filter(({ cause }) => cause === name).length + SHRINK),
        );
      return [bin, CAUSE_NAMES.map((name) => Number(frequency(name).toPrecision(3)))];
    });
    return [fact, Object.fromEntries(rows)];
  });
  // Stock below nothing is a cause by its definition, and too rare in made-up shops to be counted.
  const record = Object.fromEntries(given).record;
  for (const [bin, row] of Object.entries(record))
    row[CAUSE_NAMES.indexOf('negative_stock')] = bin === 'negative' ? 1 : FREQUENCY_MIN;
  return { base: base.map((p) => Number(p.toPrecision(3))), given: Object.fromEntries(given) };
}

function scoreOf(samples) {
  let [right, loss, guessedRight, guessedLoss] = [0, 0, 0, 0];
  const total = table.base.reduce((sum, p) => sum + p, 0);
  const likeliest = CAUSE_NAMES[table.base.indexOf(Math.max(...table.base))];
  for (const { facts, cause } of samples) {
    const causes = causesOf(facts, table);
    if (causes[0].name === cause) right++;
    if (likeliest === cause) guessedRight++;
    loss -= Math.log(causes.find(({ name }) => name === cause).probability);
    guessedLoss -= Math.log(table.base[CAUSE_NAMES.indexOf(cause)] / total);
  }
  const share = (sum) => digits(sum / samples.length);
  return {
    rows: samples.length,
    ...{ top1: share(right), log_loss: share(loss) },
    ...{ top1_by_frequency: share(guessedRight), log_loss_by_frequency: share(guessedLoss) },
  };
}

function shareOf(samples, name) {
  return samples.filter(({ cause }) => cause === name).length / samples.length;
}

function sourceOf({ base, given }) {
  return [
    '// Made by `npm run bench -- causes --write`: do not edit.',
    "import type { CauseTable } from './causes.js';",
    '',
    `/** Frequencies in made-up shops (seed ${values['fit-seed']}), in the order of CAUSE_NAMES. */`,
    `export const CAUSE_TABLE: CauseTable = ${JSON.stringify({ base, given })};`,
    '',
  ].join('\n');
}

function digits(value) {
  return Number(value.toFixed(3));
}
