import {
  clampProbability,
  demandShape,
  likelihoodRatio,
  logit,
  posteriorOf,
  zeroProbability,
} from './equations.js';
import { localHourAt } from './local-time.js';
import type { Model } from './model.js';
import type { StoreState } from './store-state.js';

/**
 * A late sale from hours in which nothing of the store was seen (its feed was dead) is the newest that is known of the
 * shelf: it was there. Any other late sale is older than what was decided since and moves no belief.
 */
export function catchUp(store: StoreState, row: number, atMs: number, model: Model): void {
  const { columns, memory } = store.shelves;
  const shape = demandShape(columns.rateShape[row], model.file.rate.dispersion);
  const zero = zeroProbability(columns.demand[row], shape);
  const ratio = likelihoodRatio(true, zero, model.saleWhenOut[localHourAt(store.clock, atMs).hour], 1);
  const before = columns.prior.at(row);
  const after = clampProbability(posteriorOf(before, ratio));
  columns.prior.set(row, after);
  columns.expectedSince[row] = columns.zeroEvidence[row] = 0;
  columns.lostIfOut[row] = columns.lostIfIn[row] = 0;
  columns.ledgerEvidence.set(row, 0);
  columns.saleEvidence[row] = logit(after) - logit(before);
  if (memory) {
    memory.plainPrior[row] = clampProbability(posteriorOf(memory.plainPrior[row], ratio));
    memory.scorePrior[row] = clampProbability(posteriorOf(memory.scorePrior[row], ratio));
  }
}
