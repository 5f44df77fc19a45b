import type { Panel } from '@gondola/events';
import { isTestStore } from './fit.js';
import { learnHourTables } from './fit-tables.js';
import { FEATURE_COUNT, FEATURES, FIRST_FEATURES } from './features.js';
import { IsotonicFit } from './isotonic.js';
import { modelOf, type Model } from './model.js';
import { runPanel, storesOf, type PanelStore } from './panel.js';
import { bandOf, treesHash, type TreeModel, type TreesFile } from './tree-model.js';
import { foldOf, HELD_FOLD } from './tree-rows.js';
import { Ensemble, type EnsembleFile } from './trees.js';

/** Bands within which scores are calibrated: usual units a day, hour of day. */
const DAY_UNITS = [5, 10, 30];
const HOURS = [10, 14, 18];
/** A map fitted on fewer hours than this says too little: the band takes that of all. */
const BAND_ROWS_MIN = 2000;
const DIGITS = 6;
const USUAL_DAY = FEATURES.indexOf('usual_day');

/** First ensembles by the fold that they were grown on, and the second. */
export interface GrownTrees {
  readonly first?: readonly [EnsembleFile, EnsembleFile];
  readonly second?: EnsembleFile;
}

export function trainingStores(panel: Panel): PanelStore[] {
  return storesOf(panel).filter(({ store }) => !isTestStore(store));
}

/** P(out next hour | in stock) by hour, without a sale and after one. */
export function plainHazardOf(panel: Panel, days: number): TreesFile['plain_hazard'] {
  const tables = learnHourTables(panel, trainingStores(panel), days);
  const round = (hazards: readonly number[]) => hazards.map((hazard) => Number(hazard.toPrecision(DIGITS)));
  return [round(tables.hazardWithoutSale), round(tables.hazardAfterSale)];
}

/**
 * A model whose trees are being grown: it makes features, and scores with what there is. A store that an ensemble was
 * grown on is scored by the other one, as it would be if it were new.
 */
export function growingModel(model: Model, plainHazard: TreesFile['plain_hazard'], grown: GrownTrees): Model {
  const first = (grown.first ?? []).map((one, i) => Ensemble.of(one, FIRST_FEATURES, `first ${i}`));
  const trees: TreeModel = {
    plainHazard,
    firstOf(storeId) {
      const fold = foldOf(Number(storeId));
      return fold === HELD_FOLD || first.length === 0 ? first : [first[1 - fold]];
    },
    second: grown.second ? Ensemble.of(grown.second, FEATURE_COUNT, 'second') : null,
    calibrate: (score) => score,
  };
  return { ...model, trees };
}

/** Fits the maps from score to frequency on the stores that nothing was grown on. */
export function calibrateTrees(
  panel: Panel,
  model: Model,
  { firstDay, days }: { firstDay: number; days: number },
): TreesFile['calibration'] {
  const { outMask } = panel;
  if (!outMask) throw new Error('the panel has no out_mask: scores cannot be calibrated without labels');
  const all = new IsotonicFit();
  const fits = Array.from({ length: DAY_UNITS.length + 1 }, () =>
    Array.from({ length: HOURS.length + 1 }, () => new IsotonicFit()),
  );
  runPanel(panel, trainingStores(panel), {
    model,
    days,
    onTick(range, day, hour, view) {
      if (day < firstDay || !view.trees || foldOf(range.store) !== HELD_FOLD) return;
      for (let row = 0; row < view.count; row++) {
        const out = (outMask[(range.first + row) * panel.days + day] >> hour) & 1;
        const score = view.trees.final[row];
        const dayUnits = view.trees.features[row * FEATURE_COUNT + USUAL_DAY];
        all.add(score, out);
        fits[bandOf(DAY_UNITS, dayUnits)][bandOf(HOURS, hour)].add(score, out);
      }
    },
  });
  const mapOf = (fit: IsotonicFit) => {
    const { x, y } = (fit.rows >= BAND_ROWS_MIN ? fit : all).breakpoints();
    const round = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(DIGITS)));
    return { x: round(x), y: round(y) };
  };
  return { day_units: DAY_UNITS, hours: HOURS, maps: fits.map((row) => row.map(mapOf)) };
}

/** The whole model, checked as when it is read from its file. */
export function withTrees(model: Model, trees: Omit<TreesFile, 'sha256' | 'features'>): Model {
  const named = { features: [...FEATURES], ...trees };
  return modelOf({ ...model.file, trees: { ...named, sha256: treesHash(named) } });
}
