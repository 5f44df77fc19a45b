import type { Bounds, Expectation } from './quality.js';

/** Counts of one expectation, summed up over an hour. */
export interface ExpectationTotals {
  readonly expectation: Expectation;
  readonly checked: number;
  readonly failed: number;
}

export interface ExpectationResult extends ExpectationTotals {
  /** Of what was checked, the part that is as expected, 0..1; null for `volume`, and when nothing was checked. */
  readonly share: number | null;
  /** null: nothing can be said. */
  readonly met: boolean | null;
}

/** Shares are quotients of counts: what is exactly the share asked for is enough. */
const EPSILON = 1e-9;

/** `usual`: events that are usual for this hour and weekday, null when not known. */
export function resultOf(totals: ExpectationTotals, usual: number | null): ExpectationResult {
  const { expectation, checked, failed } = totals;
  if (expectation.kind === 'volume') return { ...totals, share: null, met: isVolumeMet(totals, usual) };
  if (checked === 0) return { ...totals, share: null, met: null };
  const share = 1 - failed / checked;
  return { ...totals, share, met: share >= expectation.atLeast - EPSILON };
}

function isVolumeMet({ expectation, checked }: ExpectationTotals, usual: number | null): boolean | null {
  const { perHour, ofUsual } = expectation;
  const hasUsual = ofUsual.min !== null || ofUsual.max !== null;
  const hasFixed = perHour.min !== null || perHour.max !== null;
  if (hasFixed && !isWithin(checked, perHour)) return false;
  if (hasUsual && usual !== null) return isWithin(checked / usual, ofUsual);
  return hasFixed ? true : null;
}

const isWithin = (value: number, { min, max }: Bounds): boolean =>
  (min === null || value >= min - EPSILON) && (max === null || value <= max + EPSILON);

/** Share of the expectations that are met, by weight, 0..100; null when nothing can be said of any. */
export function scoreOf(results: readonly ExpectationResult[]): number | null {
  let [met, all] = [0, 0];
  for (const { met: isMet, expectation } of results) {
    if (isMet === null) continue;
    all += expectation.weight;
    if (isMet) met += expectation.weight;
  }
  return all === 0 ? null : (100 * met) / all;
}
