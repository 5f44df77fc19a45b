import { currenciesOf } from './episodes.js';
import { armDifference, type ArmDifference } from './hold-out.js';
import type { LeftOut } from './judgements.js';
import { kpisOfTold, type KpiInput, type KpiOptions, type KpiPeriod, type KpiValue } from './kpis.js';
import type { MassZeroing } from './mass-zeroing.js';
import { precisionRows, type PrecisionRow } from './precision.js';
import { toldIn, type Told } from './told.js';

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
  return loopNumbersOfTold(toldIn(input, options), input, options);
}

export function loopNumbersOfTold(told: Told, period: KpiPeriod, options: KpiOptions): LoopNumbers {
  const { fromMs, untilMs } = period;
  const { judged, episodes, all } = told;
  return {
    ...{ fromMs, untilMs },
    kpis: kpisOfTold(told, period, options),
    precision: precisionRows(judged),
    holdOut: currenciesOf(episodes).flatMap((currency) => armDifference(episodes, currency) ?? []),
    massZeroings: all.massZeroings
      .filter((row) => row.fromMs >= fromMs && row.fromMs < untilMs)
      .map(({ ids, actor: _, ...where }) => ({ ...where, zeros: ids.length })),
    leftOut: all.leftOut,
  };
}
