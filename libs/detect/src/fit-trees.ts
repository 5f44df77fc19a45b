import type { Panel } from '@gondola/events';
import { isTestStore } from './fit.js';
import { learnHourTables } from './fit-tables.js';
import { FEATURE_COUNT, FEATURES, FIRST_FEATURES } from './features.js';
import { IsotonicFit } from './isotonic.js';
import { modelOf, type Model } from './model.js';
import { storesOf, type PanelStore } from './panel.js';
import { bandOf, treesHash, type TreeModel, type TreesFile } from './tree-model.js';
import { foldOf, HELD_FOLD } from './tree-rows.js';
import { Ensemble, probabilityOf, type EnsembleFile } from './trees.js';

/** Bands within which scores are calibrated: usual units a day, hour of day. */
const DAY_UNITS = [5, 10, 30];
const HOURS = [10, 14, 18];
/** A map fitted on fewer hours than this says too little: the band takes that of all. */
export const BAND_ROWS_MIN = 2000;
const DIGITS = 6;
const USUAL_DAY = FEATURES.indexOf('usual_day');
const HOUR = FEATURES.indexOf('hour');

/** First ensembles by the fold that they were grown on; null before there are any. */
export type FirstTrees = readonly [EnsembleFile, EnsembleFile] | null;

export function trainingStores(panel: Panel): PanelStore[] {
  return storesOf(panel).filter(({ store }) => !isTestStore(store));
}

/** P(out next hour | in stock) by hour, without a sale and after one. */
export function plainHazardOf(panel: Panel, days: number): TreesFile['plain_hazard'] {
  const tables = learnHourTables(panel, trainingStores(panel), days);
  return [rounded(tables.hazardWithoutSale), rounded(tables.hazardAfterSale)];
}

/**
 * A model whose trees are being grown: it makes features, and scores with what there is. A store that an ensemble was
 * grown on is scored by the other one, as it would be if it were new.
 */
export function growingModel(model: Model, plainHazard: TreesFile['plain_hazard'], grown: FirstTrees): Model {
  const first = (grown ?? []).map((one, i) => Ensemble.of(one, FIRST_FEATURES, `first ${i}`));
  const trees: TreeModel = {
    plainHazard,
    firstOf(storeId) {
      const fold = foldOf(storeId);
      return fold === HELD_FOLD || first.length === 0 ? first : [first[1 - fold]];
    },
    second: null,
    coming: null,
    calibrate: (score) => score,
  };
  return { ...model, trees };
}

/** Rows of training as they were written: features, labels and folds of so many shelves and hours. */
export interface TreeRows {
  readonly rows: Float32Array;
  readonly labels: Uint8Array;
  readonly folds: Uint8Array;
  /** Of how many such hours each row is one. */
  readonly weights: Float32Array;
}

/** Fits the maps from score to frequency on the rows of stores that nothing was grown on. */
export function calibrateTrees(
  pieces: Iterable<TreeRows>,
  second: EnsembleFile,
  rowsMin = BAND_ROWS_MIN,
): TreesFile['calibration'] {
  const ensemble = Ensemble.of(second, FEATURE_COUNT, 'second');
  const all = new IsotonicFit();
  const fits = Array.from({ length: DAY_UNITS.length + 1 }, () =>
    Array.from({ length: HOURS.length + 1 }, () => new IsotonicFit()),
  );
  for (const { rows, labels, folds, weights } of pieces) {
    const odds = new Float64Array(labels.length);
    ensemble.addOdds(rows, FEATURE_COUNT, labels.length, odds);
    for (let row = 0; row < labels.length; row++) {
      if (folds[row] !== HELD_FOLD) continue;
      const score = probabilityOf(odds[row]);
      const [dayUnits, hour] = [rows[row * FEATURE_COUNT + USUAL_DAY], rows[row * FEATURE_COUNT + HOUR]];
      all.add(score, labels[row], weights[row]);
      fits[bandOf(DAY_UNITS, dayUnits)][bandOf(HOURS, hour)].add(score, labels[row], weights[row]);
    }
  }
  if (all.rows < rowsMin)
    throw new Error(
      `${all.rows} hours of stores held out, ${rowsMin} are needed to calibrate: more stores or days`,
    );
  const mapOf = (fit: IsotonicFit) => {
    const { x, y } = (fit.rows >= BAND_ROWS_MIN ? fit : all).breakpoints();
    return { x: rounded(x), y: rounded(y) };
  };
  return { day_units: DAY_UNITS, hours: HOURS, maps: fits.map((row) => row.map(mapOf)) };
}

export function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toPrecision(DIGITS)));
}

/** The whole model, checked as when it is read from its file. */
export function withTrees(model: Model, trees: Omit<TreesFile, 'sha256' | 'features'>): Model {
  const named = { features: [...FEATURES], ...trees };
  return modelOf({ ...model.file, trees: { ...named, sha256: treesHash(named) } });
}
