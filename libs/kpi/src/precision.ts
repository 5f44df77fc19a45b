import type { SignalKind } from '@gondola/events';
import type { KpiSignal } from './episodes.js';
import { weightedShare, wilson, type Estimate } from './intervals.js';
import type { Checked, Judged } from './judgements.js';

/** Audited alerts that were true. Wilson's 95 % interval. */
export interface Precision {
  readonly confirmed: number;
  readonly audited: number;
  /** Null: nothing was audited. */
  readonly estimate: Estimate | null;
}

export interface PrecisionRow extends Precision {
  readonly kind: SignalKind;
  readonly storeId: string;
  readonly band: string;
}

/** Foot of each band of probability; the last one ends at 1. */
const BANDS = [0, 0.6, 0.7, 0.8, 0.9];

/** `0.8-0.9`: a number in it is at least the first and, but in the last, less than the second. */
export function bandOf(probability: number): string {
  const at = BANDS.findLastIndex((foot) => probability >= foot);
  return `${BANDS[at]}-${BANDS[at + 1] ?? 1}`;
}

export function precisionOf(judged: readonly Judged[]): Precision {
  const confirmed = judged.filter(({ out }) => out).length;
  return { confirmed, audited: judged.length, estimate: wilson(confirmed, judged.length) };
}

/** By whatever `keyOf` says. */
export function precisionBy(
  judged: readonly Judged[],
  keyOf: (signal: KpiSignal) => string,
): ReadonlyMap<string, Precision> {
  const groups = Map.groupBy(judged, ({ signal }) => keyOf(signal));
  return new Map([...groups].map(([key, group]) => [key, precisionOf(group)]));
}

/** By kind, store and band of probability. */
export function precisionRows(judged: readonly Judged[]): readonly PrecisionRow[] {
  const groups = Map.groupBy(judged, ({ signal }) =>
    JSON.stringify([signal.kind, signal.storeId, bandOf(signal.probability)]),
  );
  return [...groups.values()].map((group) => {
    const { kind, storeId, probability } = group[0].signal;
    return { kind, storeId, band: bandOf(probability), ...precisionOf(group) };
  });
}

/** Of what was empty when shelves were drawn by lot, what the detector had signalled. */
export interface Recall {
  readonly found: number;
  readonly empty: number;
  /** Null: no drawn shelf was empty. */
  readonly estimate: Estimate | null;
}

/** `shareOf`: P(the shelf was drawn), where not all were drawn alike. */
export function recallOf(checked: readonly Checked[], shareOf: (check: Checked) => number): Recall {
  const empty = checked.filter(({ out }) => out);
  const drawn = empty.map((check) => ({ hit: check.signal !== null, probability: shareOf(check) }));
  return {
    ...{ found: drawn.filter(({ hit }) => hit).length, empty: empty.length },
    estimate: weightedShare(drawn),
  };
}
