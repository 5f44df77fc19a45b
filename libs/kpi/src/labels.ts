import type { ShelfVerdict } from '@gondola/events';
import type { KpiSignal } from './episodes.js';
import { judgementsOf, type JudgementOptions, type LeftOut } from './judgements.js';

const HOUR_MS = 3_600_000;

/** One hour of one shelf that somebody has seen, for training and for the comparison of models. */
export interface Label {
  readonly storeId: string;
  readonly itemId: string;
  /** Start of the hour, UTC: of a signal the one it was raised for, of a check the one of the look. */
  readonly hourMs: number;
  /** Was it empty? */
  readonly out: boolean;
  /** `signal`: chosen by the detector, silent of shelves that never alarm. `check`: drawn by lot. */
  readonly source: 'signal' | 'check';
  /** 1 / P(the shelf was drawn that day); 1 for signals. */
  readonly weight: number;
  readonly lookedAtMs: number;
  readonly verdictId: string;
  /** Of a check: what was open on the shelf. */
  readonly signalId: string | null;
  /** As the signal said, null where there is none. */
  readonly probability: number | null;
  readonly modelVersion: string | null;
}

export interface LabelOptions extends JudgementOptions {
  /** Of shelf-days that are drawn for checks. */
  readonly checkShare?: number;
}

export const CHECK_SHARE = 0.01;

/** What people who looked teach: see `judgementsOf` for what is left out. */
export function labelsOf(
  signals: Iterable<KpiSignal>,
  verdicts: Iterable<ShelfVerdict>,
  { checkShare = CHECK_SHARE, ...options }: LabelOptions = {},
): { readonly labels: readonly Label[]; readonly leftOut: Readonly<Record<LeftOut, number>> } {
  const { judged, checked, leftOut } = judgementsOf(signals, verdicts, options);
  const label = (
    { verdict, out, signal }: { verdict: ShelfVerdict; out: boolean; signal: KpiSignal | null },
    source: Label['source'],
    hourMs: number,
  ): Label => ({
    ...{ storeId: verdict.storeId, itemId: verdict.itemId, hourMs, out, source },
    weight: source === 'check' ? 1 / checkShare : 1,
    ...{ lookedAtMs: verdict.atMs, verdictId: verdict.eventId },
    signalId: signal?.signalId ?? null,
    probability: signal?.probability ?? null,
    modelVersion: signal?.modelVersion ?? null,
  });
  return {
    labels: [
      // Known at the end of an hour, it speaks of that hour.
      ...judged.map((one) => label(one, 'signal', hourOf(one.signal.atMs - 1))),
      ...checked.map((one) => label(one, 'check', hourOf(one.verdict.atMs))),
    ],
    leftOut,
  };
}

const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS) * HOUR_MS;
