import {
  calibrationMap,
  foldOf,
  HELD_FOLD,
  IsotonicFit,
  Labels,
  measuresOf,
  modelOf,
  plainHazardOfModel,
  refitted,
  SalesTables,
  type Belief,
  type Judged,
  type Measures,
  type Model,
} from '@gondola/detect';
import { GondolaError } from '@gondola/stream';
import { believe, isTimeZone } from './believe.js';
import { openRows } from './rows-file.js';
import type { Days, SilverDeps } from './silver-days.js';
import { readLabels, type LabelSource } from './silver-labels.js';
import { growTrees } from './train-trees.js';

/** Fewer say nothing that holds in other shops. */
const TREE_LABELS_MIN = 2_000;
const TREE_CLASS_MIN = 200;
/** Held out, for the calibration of trees. */
const HELD_ROWS_MIN = 200;
/** Fewer leave the calibration as it was. */
const CALIBRATION_LABELS_MIN = 300;
const CALIBRATION_CLASS_MIN = 30;
/** Labels from here on, by time, are used by nothing but the measures. */
const MEASURED_FROM = 0.8;

export interface SilverTraining extends SilverDeps {
  readonly days: Days;
  readonly sources: readonly LabelSource[];
  /** Whose hazards, restocking and ledger are taken on; parent of what is made. */
  readonly base: Model;
  readonly version: string;
  readonly command: string;
  readonly timeZone: string;
  /** Null: the filter alone. */
  readonly python: string | null;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
  readonly onDay: (date: string) => void;
}

export interface Trained {
  readonly model: Model;
  readonly labels: number;
  readonly out: number;
  readonly sources: readonly string[];
  readonly shelves: number;
  readonly days: { readonly from: string; readonly to: string };
  /** By sales alone on the labels held out; of the base on the same ones. Null: there were too few. */
  readonly measures: Measures | null;
  readonly baseMeasures: Measures | null;
}

/**
 * Makes a model from a lake: what sales say (profiles, rates) from all events, the trees and the calibration from labels.
 * Trees and calibration are for shelves whose record nobody knows: counts teach them, and are hidden from them. Labels are split twice. By time: the last fifth measures, nothing is fitted on it. By store, before that: two halves grow
 * trees, an eighth of the stores ends their growth and calibrates them. Throws `input_invalid` when labels are too few.
 */
export async function trainFromSilver(options: SilverTraining): Promise<Trained> {
  const { onStep } = options;
  const seen = await readAll(options);
  const { labels, sales, days, events } = seen;
  requireLabels(options, labels);
  onStep(
    `on ${events} events of ${sales.shelfCount} shelves, ${labels.rows} labels, ${labels.out} of them out of stock`,
  );
  const untilMs = labels.momentAt(MEASURED_FROM);
  const fittedOn = {
    ...{ dataset: `silver of ${options.environment}`, licence: 'own data', attribution: '' },
    ...{ rows: labels.rows, stores: seen.stores, days: `${days.from}..${days.to}`, command: options.command },
  };
  const { base, version } = options;
  const filter = refitted(base, sales, { version, fittedOn, parent: base.hash });
  onStep('profiles and rates');
  const calibrated = await calibratedFilter(options, { filter, labels, untilMs });
  const grown = options.python
    ? await growTrees(calibrated, rowsOf(options, { labels, untilMs }), {
        ...options,
        python: options.python,
      })
    : calibrated;
  const [measures, baseMeasures] = [
    await measured(options, { model: grown, labels, untilMs }),
    await measured(options, { model: base, labels, untilMs }),
  ];
  const data = { ...days, events, labels: labels.rows, out: labels.out, sources: [...labels.sources] };
  const { sha256: _, ...file } = grown.file;
  const model = modelOf({ ...file, data, ...(measures ? { metrics: rounded(measures) } : {}) });
  const { rows, out, sources } = labels;
  return { model, labels: rows, out, sources, shelves: sales.shelfCount, days, measures, baseMeasures };
}

/** First look at all events: sales, labels, and which days there are. */
async function readAll(options: SilverTraining) {
  const stores = new Set<string>();
  const dates: string[] = [];
  let events = 0;
  const zones = new Map<string, string>();
  const sales = new SalesTables((storeId) => zones.get(storeId) ?? options.timeZone);
  const rows = await readLabels(options, {
    days: options.days,
    sources: options.sources,
    onStore: ({ storeId, timeZone }) => isTimeZone(timeZone) && zones.set(storeId, timeZone),
    onEvents(date, batch) {
      if (dates.at(-1) !== date) options.onDay(date);
      if (dates.at(-1) !== date) dates.push(date);
      for (const store of batch.store) stores.add(store);
      events += batch.rows;
      sales.add(batch);
    },
  });
  const [from, to] = [dates[0], dates.at(-1)];
  if (from === undefined || to === undefined)
    throw new GondolaError(
      'input_invalid',
      `silver of ${options.environment} has no events of these days`,
      false,
    );
  return { labels: new Labels(rows), sales, stores: stores.size, events, days: { from, to } };
}

function requireLabels({ python }: SilverTraining, { rows, out }: Labels): void {
  if (!python) return;
  const least = Math.min(out, rows - out);
  if (rows >= TREE_LABELS_MIN && least >= TREE_CLASS_MIN) return;
  throw new GondolaError(
    'input_invalid',
    `${rows} labels, ${out} of them out of stock: trees need ${TREE_LABELS_MIN}, and ${TREE_CLASS_MIN} of each kind. ` +
      'Take more days or more sources of labels, or train the filter alone: --filter-only',
    false,
  );
}

interface Fitting {
  readonly labels: Labels;
  readonly untilMs: number;
}

/** The map from the filter's posterior to what was found; the base's where labels are few. */
async function calibratedFilter(
  options: SilverTraining,
  { filter, labels, untilMs }: Fitting & { filter: Model },
): Promise<Model> {
  const fit = new IsotonicFit();
  let out = 0;
  await beliefs(options, filter, labels, ({ label, posterior }) => {
    if (label.atMs >= untilMs) return;
    fit.add(posterior, label.isOut ? 1 : 0, label.weight);
    out += label.isOut ? 1 : 0;
  });
  if (fit.rows < CALIBRATION_LABELS_MIN || Math.min(out, fit.rows - out) < CALIBRATION_CLASS_MIN) {
    options.onStep(
      `no calibration, that of the base stays: ${fit.rows} labels, ${out} of them out of stock, are too few`,
    );
    return filter;
  }
  options.onStep('the calibration of the filter');
  return modelOf({ ...filter.file, calibration: calibrationMap(fit) });
}

/** Rows for the trees: labels of open hours, before the time that measures. */
function rowsOf(options: SilverTraining, { labels, untilMs }: Fitting): Parameters<typeof growTrees>[1] {
  return {
    plainHazard: plainHazardOfModel(options.base),
    heldRowsMin: HELD_ROWS_MIN,
    leafRows: Math.min(200, Math.max(20, Math.round(labels.rows / 200))),
    async write(folder, model) {
      using rows = openRows(folder);
      const folds = [0, 0, 0];
      await beliefs(options, model, labels, ({ label, features, start }) => {
        if (!features || label.atMs >= untilMs) return;
        const fold = foldOf(label.storeId);
        folds[fold]++;
        rows.push({ features, start, out: label.isOut ? 1 : 0, fold, weight: label.weight });
      });
      requireFolds(folds);
      return rows.end();
    },
  };
}

function requireFolds(folds: readonly number[]): void {
  if (folds.every((rows, fold) => rows >= (fold === HELD_FOLD ? HELD_ROWS_MIN : 1))) return;
  throw new GondolaError(
    'input_invalid',
    `labels within opening hours: ${folds[0]} and ${folds[1]} in the two halves of the stores, ${folds[HELD_FOLD]} in the ` +
      `stores held out, where ${HELD_ROWS_MIN} are needed: more stores or days, or train the filter alone: --filter-only`,
    false,
  );
}

/** On labels from `untilMs` on, in open hours; null without both kinds. */
async function measured(
  options: SilverTraining,
  { model, labels, untilMs }: Fitting & { model: Model },
): Promise<Measures | null> {
  const judged: Judged[] = [];
  await beliefs(options, model, labels, ({ label, probability }) => {
    if (label.atMs >= untilMs) judged.push({ probability, isOut: label.isOut, weight: label.weight });
  });
  const out = judged.filter(({ isOut }) => isOut).length;
  return out > 0 && out < judged.length ? measuresOf(judged) : null;
}

function beliefs(
  options: SilverTraining,
  model: Model,
  labels: Labels,
  onBelief: (belief: Belief) => void,
): Promise<void> {
  const [openHour, closeHour] = model.file.open_hours;
  return believe({
    ...options,
    ...{ model, labels, hidesRecords: true },
    onBelief: (belief) => {
      if (belief.hour >= openHour && belief.hour < closeHour) onBelief(belief);
    },
  });
}

const rounded = ({ rows, ap, ece, brier }: Measures) => {
  const round = (value: number) => Math.min(1, Number(value.toFixed(6)));
  return { rows, ap: round(ap), ece: round(ece), brier: round(brier) };
};
