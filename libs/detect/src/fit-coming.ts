import { COMING_FEATURES, ROW_WIDTH } from './status-features.js';
import type { ComingFile } from './coming-model.js';
import { BAND_ROWS_MIN, rounded, withTrees, type TreeRows } from './fit-trees.js';
import { IsotonicFit } from './isotonic.js';
import type { Model } from './model.js';
import { HELD_FOLD } from './tree-rows.js';
import { Ensemble, probabilityOf, type EnsembleFile } from './trees.js';

type Horizon = ComingFile['horizons'][number];

/** Trees with the map from their score to frequency, fitted on the rows of stores that nothing was grown on. */
export function calibrateComing(
  pieces: Iterable<TreeRows>,
  trees: EnsembleFile,
  bit: number,
): Horizon['by_sales'] {
  const ensemble = Ensemble.of(trees, ROW_WIDTH, 'coming');
  const fit = new IsotonicFit();
  for (const { rows, labels, folds } of pieces) {
    for (let row = 0; row < labels.length; row++) {
      if (folds[row] !== HELD_FOLD) continue;
      fit.add(probabilityOf(ensemble.oddsOf(rows, row * ROW_WIDTH)), (labels[row] >> bit) & 1);
    }
  }
  if (fit.rows < BAND_ROWS_MIN)
    throw new Error(`${fit.rows} hours of stores held out, ${BAND_ROWS_MIN} are needed: more stores or days`);
  const { x, y } = fit.breakpoints();
  return { trees, calibration: { x: rounded(x), y: rounded(y) } };
}

/** A model with trees, and with those of what is coming; checked as when it is read from its file. */
export function withComing(model: Model, coming: Omit<ComingFile, 'features'>): Model {
  const { trees } = model.file;
  if (!trees) throw new Error('trees of what is coming need those of what is out');
  const { plain_hazard, first, second, calibration, metrics } = trees;
  const named = { features: [...COMING_FEATURES], ...coming };
  return withTrees(model, { plain_hazard, first, second, calibration, coming: named, metrics });
}
