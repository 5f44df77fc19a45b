import {
  clampProbability,
  demandShape,
  hazardCell,
  likelihoodRatio,
  logit,
  nextPrior,
  posteriorOf,
  propensityBin,
  ratioBin,
  saleBin,
  trafficFactor,
  winsorised,
  zeroProbability,
} from './equations.js';
import { JudgedShelves } from './judged-shelves.js';
import type { LocalHour } from './local-time.js';
import { lostAfterSale, moveLost } from './lost-units.js';
import { ledgerHazard, type Model } from './model.js';
import {
  FLAG_COUNTED,
  FLAG_LEFT,
  FLAGS_SURE,
  HISTORY_HOURS,
  HISTORY_PARTS,
  QUANTITY_PARTS,
} from './shelf-state.js';
import { coverOf } from './on-hand.js';
import { isGivenOpen, isInClosure } from './opening-hours.js';
import type { ForeignSums } from './foreign-sums.js';
import { upliftOf, type Uplifts } from './promotions.js';
import { rollDay } from './remember.js';
import { WEEK_DAYS, weekPlace } from './shelf-memory.js';
import type { SiblingSums } from './sibling-sums.js';
import type { StoreState } from './store-state.js';
import { passSights } from './sights.js';
import { passScores, scoreShelves } from './tree-tick.js';

/** How much an hour keeps of the traffic before it. */
const TRAFFIC_MEMORY = 0.6;
/** Hour at whose end a day's stock is judged, and how fast the propensity follows. */
const CLOSE_HOUR = 21;
const PROPENSITY_RATE = 0.08;
const DAY_RATE = 0.15;
/** A sale proves stock, but for wrong scans. */
const SALE_WEIGHT_MIN = 0.9;
/**
 * A whole store that should have sold something but with probability e^-6.9 = .001 did not: its feed is dead or
 * it is closed. Such a tick says nothing of any shelf.
 */
export const SILENCE_MAX = 6.9;
/** How fast a store's opening hours are learned: an hour in which it never sells counts as closed after a fortnight. */
const SELLS_RATE = 0.12;
const HISTORY_MAX = 0xffff;
/** An hour teaches no more units than this, and so many times what was expected: one odd quantity must not be the shelf's rate for weeks. */
const TAUGHT_UNITS = 1_000;
const TAUGHT_TIMES = 20;
/**
 * Hours without a sale are counted in full where a record stands beside them: the temper of the model file makes up for labels
 * and for restocking that nobody tells. Measured on the simulator: stated .70 was right .68 to .75.
 */
const KNOWN_TEMPER = 1;

/** What a tick works out for every row; overwritten by the next one. Grown by `ensure`. */
export class TickWork {
  /** Units sold in the tick. */
  units = new Float64Array(0);
  /** Demand by the clock against the shelf's mean hour, that mean, and their product: units before store traffic. */
  profile = new Float64Array(0);
  rate = new Float64Array(0);
  base = new Float64Array(0);
  /** Expected units with store traffic, and P(none sold | in stock). */
  expected = new Float64Array(0);
  zero = new Float64Array(0);
  /** P(what was sold | out) / P(the same | in stock). */
  ratio = new Float64Array(0);
  /** P(out in the hour) given all up to its end, uncalibrated. */
  posterior = new Float64Array(0);
  /** Cell of the hazard table that is used: see `hazardCell`. */
  cell = new Uint16Array(0);
  /** With trees: posterior of the plain filter, first score, its prior after this hour's evidence, last score. */
  plain = new Float64Array(0);
  score = new Float64Array(0);
  scoreFilter = new Float64Array(0);
  final = new Float64Array(0);
  /** Status of the hour before, 0..1; whether that of this hour is known; sum over the store. */
  statusBefore = new Float32Array(0);
  statusKnown = new Uint8Array(0);
  statusSum = 0;
  /** [row][feature of `coming`], filled in open hours. */
  features = new Float32Array(0);
  /** Sums over the store. */
  outSum = 0;
  propensitySum = 0;
  scoreSum = 0;
  /** Whether `final` is a score of trees: they know open hours only. */
  open = false;
  /** Filled by signals. */
  readonly judged = new JudgedShelves();

  ensure(rows: number): void {
    if (this.units.length >= rows) return;
    const size = Math.ceil(rows * 1.25);
    for (const name of [
      'units',
      'profile',
      'rate',
      'base',
      'expected',
      'zero',
      'ratio',
      'posterior',
    ] as const) {
      this[name] = new Float64Array(size);
    }
    this.cell = new Uint16Array(size);
  }

  ensureScores(rows: number, features: number): void {
    if (this.score.length < rows) {
      const size = Math.ceil(rows * 1.25);
      for (const name of ['plain', 'score', 'scoreFilter', 'final'] as const)
        this[name] = new Float64Array(size);
      this.statusBefore = new Float32Array(size);
      this.statusKnown = new Uint8Array(size);
    }
    if (this.features.length < rows * features) {
      this.features = new Float32Array(Math.ceil(rows * 1.25) * features);
    }
  }
}

/** What a tick needs to know besides the store. */
export interface TickContext {
  readonly model: Model;
  readonly at: LocalHour;
  /** Profile row of each category number. */
  readonly profileRows: readonly number[];
  readonly work: TickWork;
  /** Sums over stores, null when no trees read them. */
  readonly siblings: SiblingSums | null;
  readonly statusOf: StatusOf | null;
  /** Items whose demand is not the usual one in this hour. */
  readonly uplifts?: Uplifts | null;
  readonly foreign?: ForeignSums | null;
  /** What shelves did not sell may be the store's doing: no signal is raised. */
  readonly holds?: boolean;
}

/** Status of a shelf (a row of its store) in the hour that began then: 1 out, 0 in stock, NaN where nobody knows. */
export type StatusOf = (storeId: string, row: number, startMs: number) => number;

/**
 * Ends the running hour of a store: from what every shelf sold to its posterior, its learned rate and its prior
 * for the next hour. Returns false for a blind tick (dead feed, closed store): then no sale that did not happen
 * counted as evidence, and only restocking moved the posterior.
 */
export function tickStore(store: StoreState, context: TickContext): boolean {
  context.work.ensure(store.shelves.count);
  if (context.at.day !== store.day) startDay(store, context.at.day);
  const { sold, expected } = expectUnits(store, context);
  const silent = sold === 0;
  const { sellsAt } = store;
  // What it does in a closure is not what it usually does.
  if (!isInClosure(store, context.at))
    sellsAt[context.at.hour] += SELLS_RATE * ((silent ? 0 : 1) - sellsAt[context.at.hour]);
  // Closed as the catalog has it: that nothing is sold says nothing, of shelves or of the feed.
  const closed = silent && isGivenOpen(store, context.at) === false;
  if (!closed) store.silence = silent ? store.silence + silenceOf(store, context) : 0;
  const seeing = store.silence <= SILENCE_MAX && !closed;
  if (seeing) {
    store.trafficSold = TRAFFIC_MEMORY * store.trafficSold + sold;
    store.trafficExpected = TRAFFIC_MEMORY * store.trafficExpected + expected;
    weighEvidence(store, context);
    scoreShelves(store, context);
    movePriors(store, context);
  } else {
    passBlind(store, context);
    passScores(store, context);
  }
  passSights(store, context);
  store.ticks++;
  const { count, columns } = store.shelves;
  for (let row = 0; row < count; row++) {
    columns.tickSold.set(row, columns.nextSold.at(row));
    columns.nextSold.set(row, 0);
    columns.flags.set(row, columns.flags.at(row) & FLAGS_SURE);
  }
  return seeing;
}

function startDay(store: StoreState, day: number): void {
  const { count, columns, memory } = store.shelves;
  const { dayUsual, daySold } = columns;
  if (store.day >= 0) {
    for (let i = 0; i < count; i++) {
      const units = daySold[i] / QUANTITY_PARTS;
      if (memory) rollDay(memory, columns, i, store.day, units);
      if (memory) memory.outDays[i * WEEK_DAYS + weekPlace(day)] = 0;
      dayUsual[i] = dayUsual[i] < 0 ? units : dayUsual[i] + DAY_RATE * (units - dayUsual[i]);
      daySold[i] = 0;
    }
  }
  store.day = day;
}

/** Expected units of every shelf before traffic, and the sums of the store that traffic is made of. */
function expectUnits(store: StoreState, { model, at, profileRows, work, uplifts = null }: TickContext) {
  const { count, columns } = store.shelves;
  const { rateShape, rateExposure, category, prior, tickSold } = columns;
  const dayFactor = model.file.day_of_week[at.weekday];
  let sold = 0;
  let expected = 0;
  for (let i = 0; i < count; i++) {
    const usual = model.profile[profileRows[category.at(i)] * 24 + at.hour];
    const profile = uplifts ? usual * upliftOf(uplifts, columns.item.at(i)) : usual;
    const base = (rateShape[i] / rateExposure[i]) * profile * dayFactor;
    work.profile[i] = profile;
    work.rate[i] = rateShape[i] / rateExposure[i];
    const units = tickSold.at(i) / QUANTITY_PARTS;
    work.base[i] = base;
    work.units[i] = units;
    sold += winsorised(units, base);
    expected += base * (1 - prior.at(i));
  }
  return { sold, expected };
}

/** -log P(no shelf of the store sells anything in this hour). */
function silenceOf(store: StoreState, { model, work }: TickContext): number {
  const { count, columns } = store.shelves;
  const { rateShape, prior } = columns;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const zero = zeroProbability(work.base[i], demandShape(rateShape[i], model.file.rate.dispersion));
    sum -= Math.log(prior.at(i) + (1 - prior.at(i)) * zero);
  }
  return sum;
}

/** Posterior, learned rate, day totals and history of every shelf. */
function weighEvidence(store: StoreState, { model, at, work }: TickContext): void {
  const { count, columns } = store.shelves;
  const { rateShape, rateExposure, prior, tickSold, daySold, demand, record, flags } = columns;
  const { rate, evidence, day_of_week, ledger } = model.file;
  const saleWhenOut = model.saleWhenOut[at.hour];
  const slot = store.ticks % HISTORY_HOURS;
  for (let i = 0; i < count; i++) {
    const base = work.base[i];
    const units = work.units[i];
    const sold = units > 0;
    const traffic = trafficFactor(
      store.trafficSold - winsorised(units, base),
      store.trafficExpected - base * (1 - prior.at(i)),
    );
    const expected = base * traffic;
    const zero = zeroProbability(expected, demandShape(rateShape[i], rate.dispersion));
    // Somebody looked after what the hour sold: it is not judged again.
    const looked = (flags.at(i) & FLAG_COUNTED) !== 0;
    const known = !Number.isNaN(record.at(i));
    const saleAnyway = known ? ledger.sale_when_out : saleWhenOut;
    const temper = known ? KNOWN_TEMPER : evidence.temper;
    const ratio = looked ? 1 : likelihoodRatio(sold, zero, saleAnyway, temper);
    const posterior = posteriorOf(prior.at(i), ratio);
    work.expected[i] = expected;
    work.zero[i] = zero;
    work.ratio[i] = ratio;
    work.posterior[i] = posterior;
    demand[i] = expected;
    columns.soldRing[i * HISTORY_HOURS + slot] = Math.min(HISTORY_MAX, Math.round(units * HISTORY_PARTS));
    columns.expectedRing[i * HISTORY_HOURS + slot] = Math.min(
      HISTORY_MAX,
      Math.round(expected * HISTORY_PARTS),
    );
    daySold[i] += tickSold.at(i);
    if (sold) {
      columns.expectedSince[i] = columns.zeroEvidence[i] = 0;
      lostAfterSale(columns, i, { expected, endMs: store.tickEndMs });
    } else {
      columns.expectedSince[i] += expected;
      columns.lostIfOut[i] += expected;
      columns.zeroEvidence[i] += Math.log(ratio);
    }
    const inStock = sold ? Math.max(1 - posterior, SALE_WEIGHT_MIN) : 1 - posterior;
    const exposure = work.profile[i] * day_of_week[at.weekday] * traffic;
    const taught = Math.min(units, TAUGHT_UNITS + TAUGHT_TIMES * base);
    rateShape[i] = rate.shape + (rateShape[i] - rate.shape) * rate.memory + inStock * taught;
    rateExposure[i] = rate.exposure + (rateExposure[i] - rate.exposure) * rate.memory + inStock * exposure;
    const usual = Math.max(1, columns.dayUsual[i]);
    const bin = ratioBin(daySold[i] / QUANTITY_PARTS / usual);
    work.cell[i] = hazardCell(at.hour, saleBin(units), bin, propensityBin(columns.propensity[i]));
  }
}

/** The prior of the next hour, from the hazard of the sale (or of none) that was seen, or of the record. */
function movePriors(store: StoreState, { model, at, work }: TickContext): void {
  const { count, columns } = store.shelves;
  const { prior, propensity, record, flags } = columns;
  const { restock: found } = model.file.ledger;
  for (let i = 0; i < count; i++) {
    const units = work.units[i];
    const posterior = work.posterior[i];
    const restock = Number.isNaN(record.at(i)) ? model.restock[at.hour] : found;
    if (at.hour === CLOSE_HOUR) propensity[i] += PROPENSITY_RATE * (posterior - propensity[i]);
    let next = nextPrior(posterior, restock, model.hazard[work.cell[i]]);
    if (units > 0) {
      columns.saleEvidence[i] = logit(next) - logit(clampProbability(propensity[i]));
      columns.ledgerEvidence.set(i, 0);
    }
    // A record below nothing was proved wrong by a sale: it says no more than no record.
    if (record.at(i) >= 0) {
      const cover = coverOf(store, i, work.expected[i]);
      const left = units > 0 || (flags.at(i) & FLAG_LEFT) !== 0;
      const known = nextPrior(posterior, restock, ledgerHazard(model, cover, left));
      columns.ledgerEvidence.set(i, columns.ledgerEvidence.at(i) + (logit(known) - logit(next)));
      next = known;
    }
    moveLost(columns, i, { before: posterior, after: next, filled: restock });
    prior.set(i, next);
  }
}

/** Nothing can be learned from this hour: only the restocking that the clock promises. */
function passBlind(store: StoreState, { model, at, work }: TickContext): void {
  const { count, columns } = store.shelves;
  const { prior, soldRing, expectedRing, record } = columns;
  const { restock: found } = model.file.ledger;
  const slot = store.ticks % HISTORY_HOURS;
  for (let i = 0; i < count; i++) {
    work.posterior[i] = prior.at(i);
    work.expected[i] = 0;
    work.cell[i] = 0;
    soldRing[i * HISTORY_HOURS + slot] = expectedRing[i * HISTORY_HOURS + slot] = 0;
    const filled = Number.isNaN(record.at(i)) ? model.restock[at.hour] : found;
    prior.set(i, nextPrior(prior.at(i), filled, 0));
    moveLost(columns, i, { before: work.posterior[i], after: prior.at(i), filled });
  }
}
