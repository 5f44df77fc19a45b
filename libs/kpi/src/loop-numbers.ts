import { episodesOf } from './episodes.js';
import { armDifference, type ArmDifference } from './hold-out.js';
import { judgementsOf, type LeftOut } from './judgements.js';
import { kpisOf, type KpiInput, type KpiOptions, type KpiValue } from './kpis.js';
import type { MassZeroing } from './mass-zeroing.js';
import { precisionRows, type PrecisionRow } from './precision.js';

/** What api and command line say of a period. */
export interface LoopNumbers {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly kpis: readonly KpiValue[];
  /** By kind, store and band of probability. */
  readonly precision: readonly PrecisionRow[];
  /** One for each currency. */
  readonly holdOut: readonly ArmDifference[];
  /** Whose they were is for those who keep silver to look up. */
  readonly massZeroings: readonly (Omit<MassZeroing, 'ids' | 'actor'> & { readonly zeros: number })[];
  /** Verdicts, of any time, that count for nothing, by the reason. */
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

export function loopNumbers(input: KpiInput, options: KpiOptions = {}): LoopNumbers {
  const { signals, verdicts, fromMs, untilMs } = input;
  const within = (timeMs: number) => timeMs >= fromMs && timeMs < untilMs;
  const { judged, massZeroings, leftOut } = judgementsOf(signals, verdicts, options);
  const episodes = episodesOf(signals).filter(({ alert }) => within(alert.atMs));
  const currencies = [...new Set(episodes.map(({ currency }) => currency))];
  return {
    ...{ fromMs, untilMs },
    kpis: kpisOf(input, options),
    precision: precisionRows(judged.filter(({ verdict }) => within(verdict.atMs))),
    holdOut: currencies.flatMap((currency) => armDifference(episodes, currency) ?? []),
    massZeroings: massZeroings
      .filter((row) => within(row.fromMs))
      .map(({ ids, actor: _, ...where }) => ({ ...where, zeros: ids.length })),
    leftOut,
  };
}
