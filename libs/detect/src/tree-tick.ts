import { nextPrior, posteriorOf, winsorised } from './equations.js';
import type { ForeignSums } from './foreign-sums.js';
import { writeFeatures, writeScoreFeatures } from './features.js';
import { HOUR_MS, type LocalHour } from './local-time.js';
import type { Model } from './model.js';
import { remember, seeHour } from './remember.js';
import type { ShelfMemory } from './shelf-memory.js';
import type { ShelfColumns } from './shelf-state.js';
import {
  EVERYWHERE,
  SUM_EXPECTED,
  SUM_EXPECTED_STORES,
  SUM_OUT,
  SUM_PROPENSITY,
  SUM_SCORE,
  SUM_SOLD_STORES,
  SUM_STATUS,
  SUM_STORES,
  SUM_UNITS,
  type SiblingSums,
} from './sibling-sums.js';
import { seeStatus, sharedStatus } from './status.js';
import { ROW_WIDTH, writeStatusFeatures } from './status-features.js';
import type { StoreState } from './store-state.js';
import type { StatusOf, TickContext, TickWork } from './tick.js';
import { probabilityOf, type Ensemble } from './trees.js';

/** One store at the end of an hour, as features are made of it. */
export interface Seen {
  readonly store: StoreState;
  readonly columns: ShelfColumns;
  readonly memory: ShelfMemory;
  readonly work: TickWork;
  readonly model: Model;
  readonly at: LocalHour;
  readonly siblings: SiblingSums;
  /** Where this engine's sums leave for others, null when they stay. */
  readonly foreign: ForeignSums | null;
  /** Hours since 1970 of the hour that ended, and whether this store added to the sums of the one before. */
  readonly hourNumber: number;
  readonly shared: boolean;
  readonly statusOf: StatusOf | null;
}

/**
 * Scores all shelves of a store between the filter's evidence and its step to the next hour. The first ensembles turn
 * the state into a better P(out) than the filter's; its course over the day, and what the city's other stores scored
 * an hour ago, are features of the second. Outside open hours, on which no tree was grown, the first score is carried
 * on by one step of the filter and is the result.
 */
export function scoreShelves(store: StoreState, context: TickContext): void {
  const { model, work, at, siblings, foreign = null, statusOf } = context;
  const { columns, memory, count } = store.shelves;
  if (!model.trees || !memory || !siblings) return;
  work.ensureScores(count, ROW_WIDTH);
  const hourNumber = Math.floor(store.tickStartMs / HOUR_MS);
  const shared = store.sharedHour === hourNumber - 1;
  const seen: Seen = {
    store,
    columns,
    memory,
    work,
    model,
    at,
    siblings,
    foreign,
    hourNumber,
    shared,
    statusOf,
  };
  const [openHour, closeHour] = model.file.open_hours;
  const open = at.hour >= openHour && at.hour < closeHour;
  seeHour(seen);
  work.outSum = sumOf(work.posterior, count);
  work.propensitySum = sumOf(columns.propensity, count);
  for (let row = 0; row < count; row++) {
    work.scoreFilter[row] = posteriorOf(memory.scorePrior[row], work.ratio[row]);
    work.score[row] = work.scoreFilter[row];
    work.plain[row] = posteriorOf(memory.plainPrior[row], work.ratio[row]);
  }
  if (open) {
    for (let row = 0; row < count; row++) writeFeatures(seen, row, work.features, row * ROW_WIDTH);
    scoreFirst(model.trees.firstOf(store.storeId), work, count);
  }
  work.scoreSum = sumOf(work.score, count);
  work.open = open;
  seeStatus(seen);
  for (let row = 0; row < count; row++) {
    if (open && work.score[row] > memory.scoreMax[row]) memory.scoreMax[row] = work.score[row];
    work.final[row] = work.score[row];
  }
  if (open) {
    for (let row = 0; row < count; row++) {
      writeScoreFeatures(seen, row, work.features, row * ROW_WIDTH);
      writeStatusFeatures(seen, row, work.features, row * ROW_WIDTH);
    }
    if (model.trees.second) scoreInto(model.trees.second, work, count, work.final);
  }
  share(seen);
  remember(seen);
}

/** A blind tick says nothing: what was believed is carried on, and nobody is told. */
export function passScores(store: StoreState, { model, work, at }: TickContext): void {
  const { memory, count } = store.shelves;
  if (!memory) return;
  work.ensureScores(count, 0);
  work.open = false;
  for (let row = 0; row < count; row++) {
    work.score[row] = work.final[row] = memory.scorePrior[row];
    memory.scorePrior[row] = nextPrior(memory.scorePrior[row], model.restock[at.hour], 0);
    memory.plainPrior[row] = nextPrior(memory.plainPrior[row], model.restock[at.hour], 0);
    if (memory.hoursSinceOut[row] > 0) memory.hoursSinceOut[row]++;
  }
}

/** Mean of the ensembles' probabilities; without any, the filter's own. */
function scoreFirst(ensembles: readonly Ensemble[], work: TickWork, count: number): void {
  if (ensembles.length === 0) {
    work.score.set(work.posterior.subarray(0, count));
    return;
  }
  const mean = new Float64Array(count);
  for (const ensemble of ensembles) {
    scoreInto(ensemble, work, count, work.score);
    for (let row = 0; row < count; row++) mean[row] += work.score[row] / ensembles.length;
  }
  work.score.set(mean);
}

function scoreInto(ensemble: Ensemble, work: TickWork, count: number, target: Float64Array): void {
  target.fill(0, 0, count);
  ensemble.addOdds(work.features, ROW_WIDTH, count, target);
  for (let row = 0; row < count; row++) target[row] = probabilityOf(target[row]);
}

/** Adds this store to the sums of its city and of all stores. */
function share(seen: Seen): void {
  const { store, columns, memory, siblings, hourNumber } = seen;
  const { item } = columns;
  for (let row = 0; row < store.shelves.count; row++) {
    if (store.city !== 0 && memory.cityRow[row] === 0) {
      memory.cityRow[row] = siblings.rowOf(store.city, item.at(row)) + 1;
    }
    if (memory.everyRow[row] === 0) memory.everyRow[row] = siblings.rowOf(EVERYWHERE, item.at(row)) + 1;
    for (const sums of [memory.cityRow[row], memory.everyRow[row]]) {
      if (sums === 0) continue;
      const start = siblings.open(sums - 1, hourNumber);
      addShelf(seen, row, siblings.sums, start);
      if (seen.foreign) addShelf(seen, row, seen.foreign.ownOf(sums - 1, hourNumber), 0);
    }
  }
  store.sharedHour = hourNumber;
}

function addShelf(
  { columns: { prior, propensity }, memory, work }: Seen,
  row: number,
  slot: Float32Array | Float64Array,
  start: number,
): void {
  slot[start + SUM_STORES]++;
  slot[start + SUM_OUT] += Math.fround(work.posterior[row]);
  slot[start + SUM_SCORE] += Math.fround(work.score[row]);
  if (work.units[row] > 0) slot[start + SUM_SOLD_STORES]++;
  slot[start + SUM_EXPECTED_STORES] += 1 - work.zero[row];
  slot[start + SUM_UNITS] += winsorised(work.units[row], work.base[row]);
  slot[start + SUM_EXPECTED] += work.base[row] * (1 - prior.at(row));
  slot[start + SUM_PROPENSITY] += propensity[row];
  slot[start + SUM_STATUS] += sharedStatus(memory, row);
}

function sumOf(values: Float64Array, count: number): number {
  let sum = 0;
  for (let row = 0; row < count; row++) sum += values[row];
  return sum;
}
