import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  calibrateTrees,
  FEATURES,
  FIRST_FEATURES,
  foldOf,
  growingModel,
  HELD_FOLD,
  plainHazardOf,
  trainingStores,
  withTrees,
  type FirstTrees,
  type Model,
} from '@gondola/detect';
import type { Panel } from '@gondola/events';
import { GondolaError } from '@gondola/stream';
import { readRows, writeRows } from './rows-file.js';
import { grow, type Grown, type GrowJob } from './trainer.js';

/** The state needs a few days to say anything. */
export const FIRST_DAY = 3;
/** Sums over stores that a partition may lack: the trees meet rows without them while they grow. */
const MISSING = FEATURES.filter((name) => name.startsWith('city_') || name.startsWith('every_'));
export const MISSING_SHARE = 0.05;
const FIRST = { trees: 60, leaves: 31, rate: 0.15, features: 0.5 };
const SECOND = { trees: 200, leaves: 63, rate: 0.08, features: 0.5, stop: true };

export interface TreeOptions {
  readonly python: string;
  readonly days: number;
  /** Share of the training stores' hours that trees are grown on, and of those held out. */
  readonly share: number;
  readonly heldShare: number;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
}

/** Rows of training, wherever they come from. */
export interface RowSource {
  readonly plainHazard: Parameters<typeof growingModel>[1];
  /** Writes the rows that a model in the making shows into a folder; resolves with their number. */
  write(folder: string, model: Model): number | Promise<number>;
  /** Held out rows that a calibration needs at least; left out: as a panel has them. */
  readonly heldRowsMin?: number;
  /** Rows of a leaf at least; left out: as the trainer has it. */
  readonly leafRows?: number;
}

/** Grows the trees of a filter's model on a labelled panel. */
export async function trainTrees(filter: Model, panel: Panel, options: TreeOptions): Promise<Model> {
  const { days, share, heldShare } = options;
  requireFolds(panel);
  const write = (folder: string, model: Model) =>
    writeRows(folder, panel, { model, days, firstDay: FIRST_DAY, share, heldShare });
  return growTrees(filter, { plainHazard: plainHazardOf(panel, days), write }, options);
}

/**
 * Grows the trees of a filter's model, in two steps: ensembles on each half of the training stores, then one on all of
 * them that sees the first score of the half that a store is not in. Stores of neither half end its growth and give
 * the calibration. The rows go through a folder of their own.
 */
export async function growTrees(
  filter: Model,
  { plainHazard, write, heldRowsMin, leafRows }: RowSource,
  { python, signal, onStep }: Pick<TreeOptions, 'python' | 'signal' | 'onStep'>,
): Promise<Model> {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-train-'));
  const rowsOf = async (step: string, grown: FirstTrees) => {
    const count = await write(join(folder, step), growingModel(filter, plainHazard, grown));
    onStep(`${count} rows for the ${step} trees`);
  };
  const growOn = async (step: string, columns: number, ensembles: GrowJob['ensembles']): Promise<Grown> => {
    const [rows, out] = [join(folder, step), join(folder, `${step}.json`)];
    const missing = MISSING.filter((name) => FEATURES.indexOf(name) < columns);
    const job = {
      rows,
      out,
      columns,
      held_fold: HELD_FOLD,
      missing,
      missing_share: MISSING_SHARE,
      ensembles: ensembles.map((one) => (leafRows === undefined ? one : { ...one, leaf_rows: leafRows })),
    };
    const grown = await grow(python, job, signal);
    onStep(`the ${step} trees: ${grown.metrics.map((metrics) => JSON.stringify(metrics)).join(' ')}`);
    return grown;
  };
  try {
    await rowsOf('first', null);
    const { ensembles, metrics } = await growOn('first', FIRST_FEATURES, [
      { folds: [0], ...FIRST },
      { folds: [1], ...FIRST },
    ]);
    const first = [ensembles[0], ensembles[1]] as const;
    await rowsOf('second', first);
    const grown = await growOn('second', FEATURES.length, [{ folds: [0, 1], ...SECOND }]);
    const [second] = grown.ensembles;
    const calibration = calibrateTrees(readRows(join(folder, 'second')), second, heldRowsMin);
    onStep('the calibration of the trees');
    const held = { first_held_ap: metrics[0].held_ap, second_held_ap: grown.metrics[0].held_ap };
    return withTrees(filter, {
      plain_hazard: plainHazard,
      first: [...first],
      second,
      calibration,
      metrics: Object.fromEntries(Object.entries(held).filter(([, ap]) => ap !== undefined)),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two halves to grow on, and stores held out. */
export function requireFolds(panel: Panel): void {
  const stores = trainingStores(panel);
  const folds = new Set(stores.map(({ store }) => foldOf(store)));
  if (folds.size > HELD_FOLD) return;
  const why = `${stores.length} training stores are too few to hold some out; train the filter alone: --filter-only`;
  throw new GondolaError('input_invalid', why, false);
}
