import type { Evidence } from '@gondola/events';
import { logit, clampProbability } from './equations.js';
import { HISTORY_HOURS, HISTORY_PARTS } from './shelf-state.js';
import type { StoreState } from './store-state.js';

/** Hours looked back on: nights and blind hours expect nothing. */
export const PARTIAL_HOURS = 8;
/** What a shelf sells that is half empty, badly placed or hard to reach, of what it should. */
const SHARE = 0.25;
/** Fewer expected units can show nothing. */
const EXPECTED_MIN = 8;
/** How often a shelf that sells is such a one. */
const PRIOR = 0.002;
/** Shape of demand over the hours together: days differ, and so do shelves from what is expected of them. */
const SHAPE = 10;

export interface PartialSales {
  readonly probability: number;
  readonly soldUnits: number;
  readonly expectedUnits: number;
}

/**
 * P(sells at a quarter of what is expected), by what was sold in the last hours: a negative binomial of the expected units against
 * one of a quarter of them. Expected units follow the store's traffic, so a slow store makes no shelf slow. Null when it sold
 * nothing (then it is empty or not) or when nothing can be said.
 */
export function partialOf(store: StoreState, row: number): PartialSales | null {
  const { soldRing, expectedRing } = store.shelves.columns;
  let sold = 0;
  let expected = 0;
  const first = row * HISTORY_HOURS;
  // The tick that ended has been counted already.
  for (let back = 1; back <= PARTIAL_HOURS; back++) {
    const slot = first + ((store.ticks - back + HISTORY_HOURS) % HISTORY_HOURS);
    sold += soldRing[slot];
    expected += expectedRing[slot];
  }
  if (sold === 0 || 2 * sold > expected || expected < EXPECTED_MIN * HISTORY_PARTS) return null;
  const soldUnits = sold / HISTORY_PARTS;
  const expectedUnits = expected / HISTORY_PARTS;
  const odds = logit(PRIOR) + oddsOf(soldUnits, expectedUnits);
  return { probability: clampProbability(1 / (1 + Math.exp(-odds))), soldUnits, expectedUnits };
}

/** Units that were expected and not sold in so many of the last hours, as far back as they are kept. */
export function missingUnits(store: StoreState, row: number, hours: number): number {
  const { soldRing, expectedRing } = store.shelves.columns;
  let missing = 0;
  for (let back = 1; back <= Math.min(HISTORY_HOURS, hours); back++) {
    const slot = row * HISTORY_HOURS + ((store.ticks - back + HISTORY_HOURS) % HISTORY_HOURS);
    missing += expectedRing[slot] - soldRing[slot];
  }
  return Math.max(0, missing) / HISTORY_PARTS;
}

/** Log of the ratio of both probabilities. */
function oddsOf(sold: number, expected: number): number {
  return sold * Math.log(SHARE) + (sold + SHAPE) * Math.log((SHAPE + expected) / (SHAPE + SHARE * expected));
}

export function partialEvidenceOf({ probability, soldUnits, expectedUnits }: PartialSales): Evidence[] {
  return [
    { name: 'prior', weight: logit(PRIOR), facts: {} },
    {
      name: 'low_sales',
      weight: logit(probability) - logit(PRIOR),
      facts: { hours: PARTIAL_HOURS, soldUnits, expectedUnits },
    },
  ];
}
