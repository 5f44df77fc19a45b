import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  calibrateComing,
  COMING_FEATURES,
  growingModel,
  HELD_FOLD,
  withComing,
  type EnsembleFile,
  type Model,
} from '@gondola/detect';
import type { Panel } from '@gondola/events';
import { UsageError } from './command.js';
import { readRows, writeRows } from './rows-file.js';
import { FIRST_DAY, MISSING_SHARE, requireFolds, type TreeOptions } from './train-trees.js';
import { grow, type EnsembleJob } from './trainer.js';

const HOURS = [3, 6];
/** Sums over stores that a partition may lack. */
const MISSING = COMING_FEATURES.filter((name) => name.startsWith('city_') || name.startsWith('every_'));
/** Asked of every shelf in every open hour: small. With a known status nobody waits for them. */
const BY_SALES = { trees: 60, leaves: 31, rate: 0.12, features: 0.5 };
const BY_STATUS = { trees: 120, leaves: 31, rate: 0.08, features: 0.5 };

/**
 * Grows the trees of what is coming for a model that has trees: rows are those of stores' other halves, as in the
 * second step of `trainTrees`, shown once with the status of hours that ended and once without it. The model's other
 * trees stay as they are.
 */
export async function trainComing(model: Model, panel: Panel, options: TreeOptions): Promise<Model> {
  const { python, days, share, heldShare, signal, onStep } = options;
  requireFolds(panel);
  const { trees } = model.file;
  if (trees?.first.length !== 2) throw new UsageError('--coming-of needs a model with trees of two halves');
  const growing = growingModel(model, trees.plain_hazard, [trees.first[0], trees.first[1]]);
  const folder = mkdtempSync(join(tmpdir(), 'gondola-train-'));
  const grown = async (step: string, statusKnown: boolean, spec: Omit<EnsembleJob, 'folds'>) => {
    const rows = join(folder, step);
    const coming = { statusKnown, hours: HOURS };
    const count = writeRows(rows, panel, {
      model: growing,
      days,
      firstDay: FIRST_DAY,
      share,
      heldShare,
      coming,
    });
    onStep(`${count} rows for the trees of what is coming ${step}`);
    const { ensembles, metrics } = await grow(
      python,
      {
        rows,
        out: `${rows}.json`,
        columns: COMING_FEATURES.length,
        held_fold: HELD_FOLD,
        missing: MISSING,
        missing_share: MISSING_SHARE,
        ensembles: HOURS.map((_, label_bit) => ({ folds: [0, 1], label_bit, ...spec })),
      },
      signal,
    );
    onStep(`the trees of what is coming ${step}: ${metrics.map((one) => JSON.stringify(one)).join(' ')}`);
    const forecasts = ensembles.map((one: EnsembleFile, bit) =>
      calibrateComing(readRows(rows, COMING_FEATURES.length), one, bit),
    );
    rmSync(rows, { recursive: true });
    return { forecasts, held: metrics.map(({ held_ap }) => held_ap) };
  };
  try {
    const sales = await grown('by_sales', false, BY_SALES);
    const status = await grown('by_status', true, BY_STATUS);
    const horizons = HOURS.map((hours, i) => ({
      hours,
      by_status: status.forecasts[i],
      by_sales: sales.forecasts[i],
    }));
    const metrics = Object.fromEntries(
      HOURS.flatMap((hours, i) => [
        [`by_status_${hours}_held_ap`, status.held[i]],
        [`by_sales_${hours}_held_ap`, sales.held[i]],
      ]),
    );
    return withComing(model, { horizons, metrics });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
