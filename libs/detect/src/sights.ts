import { SIGHT_EFFECTS, type SightEffect } from '@gondola/events';
import type { DetectConfig } from './config.js';
import { clampProbability, logit, nextPrior } from './equations.js';
import { NOTED_SIGHTS, noteShelf, unnoteShelf } from './shelf-state.js';
import type { StoreState } from './store-state.js';
import type { TickContext } from './tick.js';
import { textHash } from './text-hash.js';

/** Of one shelf and hour; further visits say nothing new: long before, the hour's weight is at its cap. */
const SESSIONS_MAX = 32;
/** Log-odds below which sights are forgotten. */
const SHIFT_MIN = 0.01;

const SIGHTS = new Set<string>(SIGHT_EFFECTS);
export const NIL_PICK = SIGHT_EFFECTS.indexOf('nil_pick');
const indexOf = (effect: SightEffect) => SIGHT_EFFECTS.indexOf(effect);

/** Whether an effect is what somebody saw at a shelf. */
export const isSight = (effect: string): effect is SightEffect => SIGHTS.has(effect);

/** Log-likelihood ratio out / in of each of `SIGHT_EFFECTS`, and how far those of an hour may go. */
export interface SightWeights {
  readonly weight: readonly number[];
  readonly perHourMax: number;
}

/** What visits to the web shop and pickers saw at one shelf. Plain JSON: kept in snapshots as it is. */
export interface Sights {
  /** What sights add to the log-odds of P(out): now, and in the last hour that ended. */
  shift: number;
  hourShift: number;
  newestMs: number;
  /** Hash of each visit of the running hour and the sight that speaks for it; and the sum of their weights. */
  sessions: [number, number][];
  hourSum: number;
  /** Visits since the last sale by the sight that speaks for them, in the order of `SIGHT_EFFECTS`. */
  counts: number[];
}

export function sightWeightsOf({ clickstream }: DetectConfig): SightWeights {
  const { seenOut, cartFailed, carted, nilPick, picked, searchMissed, perHourMax } = clickstream;
  const ofWeb = { seen_out: seenOut, cart_failed: cartFailed, search_missed: searchMissed, carted };
  const inOrder = { ...ofWeb, nil_pick: nilPick, picked };
  const weight = SIGHT_EFFECTS.map((effect) => Math.log(inOrder[effect].out / inOrder[effect].in));
  return { weight, perHourMax };
}

/** P(out) with what was seen. */
export function shifted(probability: number, shift: number): number {
  if (shift === 0) return probability;
  return clampProbability(1 / (1 + Math.exp(-logit(clampProbability(probability)) - shift)));
}

/**
 * A visit counts once an hour, by the sight that weighs most, whatever the order. Returns by how much the log-odds moved.
 * Nothing is learned from a page that repeats the record: that none is there where the record says so, or that some is.
 */
export function applySight(
  store: StoreState,
  row: number,
  { effect, atMs, session }: { effect: SightEffect; atMs: number; session: string | null },
  { weight, perHourMax }: SightWeights,
): number {
  if (repeatsRecord(effect, store.shelves.columns.record.at(row))) return 0;
  let sights = store.sights.get(row);
  if (!sights) {
    sights = {
      shift: 0,
      hourShift: 0,
      newestMs: atMs,
      sessions: [],
      hourSum: 0,
      counts: SIGHT_EFFECTS.map(() => 0),
    };
    store.sights.set(row, sights);
    noteShelf(store.shelves, row, NOTED_SIGHTS);
  }
  sights.newestMs = Math.max(sights.newestMs, atMs);
  const kind = indexOf(effect);
  // Visits without a name are one: nobody knows how many they are.
  const hash = textHash(session ?? '');
  const known = sights.sessions.find(([other]) => other === hash);
  if (known && Math.abs(weight[kind]) <= Math.abs(weight[known[1]])) return 0;
  if (!known && sights.sessions.length === SESSIONS_MAX) return 0;
  const before = clamped(sights.hourSum, perHourMax);
  if (known) {
    sights.counts[known[1]]--;
    sights.hourSum -= weight[known[1]];
    known[1] = kind;
  } else sights.sessions.push([hash, kind]);
  sights.counts[kind]++;
  sights.hourSum += weight[kind];
  const change = clamped(sights.hourSum, perHourMax) - before;
  sights.shift += change;
  return change;
}

/** What was seen before a sale, or before somebody counted, is over. */
export function forgetSights(store: StoreState, row: number, atMs: number): void {
  const sights = store.sights.get(row);
  if (sights && atMs >= sights.newestMs) dropSights(store, row);
}

function dropSights({ sights, shelves }: StoreState, row: number): void {
  sights.delete(row);
  unnoteShelf(shelves, row, NOTED_SIGHTS);
}

/** A delivery leaves `factor` of P(out), that with sights too; `before` is the prior without them. */
export function deliverToSights(store: StoreState, row: number, before: number, factor: number): void {
  const sights = store.sights.get(row);
  if (!sights) return;
  const left = clampProbability(shifted(before, sights.shift) * factor);
  sights.shift = logit(left) - logit(store.shelves.columns.prior.at(row));
}

/**
 * Ends an hour: P(out) with sights takes the same step that the filter took without them, so what was seen fades as
 * shelves are filled. What was seen after a sale of this hour holds for the next one as it is.
 */
export function passSights(store: StoreState, { model, at, work }: TickContext): void {
  const { prior, record } = store.shelves.columns;
  const { posterior, units } = work;
  for (const [row, sights] of store.sights) {
    sights.hourShift = units[row] > 0 ? 0 : sights.shift;
    sights.sessions = [];
    sights.hourSum = 0;
    if (units[row] > 0) continue;
    const without = clampProbability(posterior[row]);
    const withSights = shifted(without, sights.shift);
    const restock = Number.isNaN(record.at(row)) ? model.restock[at.hour] : model.file.ledger.restock;
    const hazard = (prior.at(row) - without * (1 - restock)) / (1 - without);
    const next = nextPrior(withSights, restock, Math.min(1, Math.max(0, hazard)));
    sights.shift = logit(next) - logit(prior.at(row));
    if (Math.abs(sights.shift) < SHIFT_MIN && Math.abs(sights.hourShift) < SHIFT_MIN) dropSights(store, row);
  }
}

/** Numbers behind the weight, of what was seen since the last sale. */
export function sightFacts({ counts }: Sights): Record<string, number> {
  const [outViews, cartFailures, carts, nilPicks, picks, missedSearches] = counts;
  const sessions = counts.reduce((sum, count) => sum + count, 0);
  return { sessions, outViews, cartFailures, carts, nilPicks, picks, missedSearches };
}

/** A web shop goes by the record, a picker does not. */
function repeatsRecord(effect: SightEffect, record: number): boolean {
  switch (effect) {
    case 'seen_out':
    case 'cart_failed':
    case 'search_missed':
      return record <= 0;
    case 'carted':
      return record > 0;
    case 'nil_pick':
    case 'picked':
      return false;
  }
}

function clamped(sum: number, most: number): number {
  return Math.min(most, Math.max(-most, sum));
}
