import type { ShelfVerdict } from '@gondola/events';
import { inOrder, OUT_KINDS, type KpiSignal } from './episodes.js';
import { massZeroings, zerosOf, type MassZeroing, type Zero } from './mass-zeroing.js';
import { standingVerdicts } from './standing.js';

/** A signal that somebody looked at in time. */
export interface Judged {
  readonly signal: KpiSignal;
  readonly verdict: ShelfVerdict;
  readonly out: boolean;
}

/** A shelf drawn by lot that somebody looked at. */
export interface Checked {
  readonly verdict: ShelfVerdict;
  readonly out: boolean;
  /** What the detector said of the shelf just before, null: nothing. */
  readonly signal: KpiSignal | null;
}

export type LeftOut =
  'undone' | 'mass_zeroed' | 'cannot_check' | 'late_look' | 'signal_unknown' | 'not_out_kind' | 'superseded';

export const NONE_LEFT_OUT: Readonly<Record<LeftOut, number>> = {
  ...{ undone: 0, mass_zeroed: 0, cannot_check: 0, late_look: 0, signal_unknown: 0 },
  ...{ not_out_kind: 0, superseded: 0 },
};

export interface Judgements {
  readonly judged: readonly Judged[];
  readonly checked: readonly Checked[];
  readonly massZeroings: readonly MassZeroing[];
  /** Verdicts that count for nothing, by the reason. */
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

export interface JudgementOptions {
  /** Later than this after its signal a look says what the shelf was then, not what it was when the signal was raised. */
  readonly lookMsMax?: number;
  /** Counts of nothing of the same people, so that zeroing by count is seen too. */
  readonly zeroCounts?: readonly Zero[];
}

export const LOOK_MS_MAX = 4 * 3_600_000;

/** What verdicts say of signals and of checks, once those that say nothing are left out. The one base of labels and KPIs. */
export function judgementsOf(
  signals: Iterable<KpiSignal>,
  verdicts: Iterable<ShelfVerdict>,
  { lookMsMax = LOOK_MS_MAX, zeroCounts = [] }: JudgementOptions = {},
): Judgements {
  const { standing, undone } = standingVerdicts(verdicts);
  // Nobody spoke of most stores, and signals are asked for by verdicts alone.
  const ordered = standing.length === 0 ? [] : inOrder(signals);
  const zeroings = massZeroings([...zerosOf(standing), ...zeroCounts]);
  const zeroed = new Set(zeroings.flatMap(({ ids }) => ids));
  const leftOut: Record<LeftOut, number> = { ...NONE_LEFT_OUT, undone };
  const byId = new Map(ordered.map((signal) => [signal.signalId, signal]));
  const judged = new Map<string, Judged>();
  const checks = new Map<string, ShelfVerdict>();
  for (const verdict of standing) {
    const { signalId, checkId } = verdict;
    if (zeroed.has(verdict.eventId)) leftOut.mass_zeroed++;
    else if (verdict.verdict === 'CANNOT_CHECK') leftOut.cannot_check++;
    else if (checkId !== null) {
      if (checks.has(checkId)) leftOut.superseded++;
      checks.set(checkId, verdict);
    } else {
      const signal = byId.get(signalId ?? '');
      const reason = whyNot(signal, verdict, lookMsMax);
      if (reason) leftOut[reason]++;
      else if (signal) {
        if (judged.has(signal.signalId)) leftOut.superseded++;
        judged.set(signal.signalId, { signal, verdict, out: isOut(verdict) });
      }
    }
  }
  const before = checks.size === 0 ? () => null : signalBefore(ordered);
  const checked = [...checks.values()].map((verdict) => ({
    ...{ verdict, out: isOut(verdict), signal: before(verdict) },
  }));
  return { judged: [...judged.values()], checked, massZeroings: zeroings, leftOut };
}

export const isOut = ({ verdict }: ShelfVerdict): boolean =>
  verdict === 'FILLED' || verdict === 'NONE_IN_STORE';

function whyNot(signal: KpiSignal | undefined, verdict: ShelfVerdict, lookMsMax: number): LeftOut | null {
  if (!signal || signal.storeId !== verdict.storeId || signal.itemId !== verdict.itemId)
    return 'signal_unknown';
  if (!OUT_KINDS.has(signal.kind)) return 'not_out_kind';
  return verdict.atMs - signal.atMs > lookMsMax ? 'late_look' : null;
}

/** What is open on a shelf before somebody looks: what the look itself ends was still there. */
function signalBefore(ordered: readonly KpiSignal[]): (verdict: ShelfVerdict) => KpiSignal | null {
  const shelves = Map.groupBy(ordered, shelfOf);
  return (verdict) => {
    const last = shelves.get(shelfOf(verdict))?.findLast(({ atMs }) => atMs < verdict.atMs);
    return last && OUT_KINDS.has(last.kind) ? last : null;
  };
}

const shelfOf = ({ storeId, itemId }: { storeId: string; itemId: string }) =>
  JSON.stringify([storeId, itemId]);
