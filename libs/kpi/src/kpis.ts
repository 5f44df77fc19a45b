import { KPIS, type KpiDefinition, type KpiId } from './definitions.js';
import { currenciesOf, type Episode } from './episodes.js';
import { armDifference } from './hold-out.js';
import { quantile, weightedShare, wilson, Z80, type Estimate } from './intervals.js';
import type { JudgementOptions } from './judgements.js';
import { CHECK_SHARE } from './labels.js';
import { precisionOf, recallOf } from './precision.js';
import { outMsWithin, toldIn, type Period, type Told, type ToldInput } from './told.js';

/** Why a KPI has no value. */
export type Missing =
  | 'no_episodes'
  | 'no_verdicts'
  | 'no_checks'
  | 'no_hold_out'
  | 'no_sales'
  | 'no_shelves'
  | 'no_counts'
  | 'no_picks';

export interface KpiValue extends KpiDefinition {
  readonly id: KpiId;
  /** Null: see `missing`. */
  readonly value: number | null;
  /** Ends of the interval that its definition names, null where it has none. */
  readonly low: number | null;
  readonly high: number | null;
  /** Times alone. */
  readonly p90: number | null;
  /** Cases it rests on. */
  readonly cases: number;
  readonly currency: string | null;
  readonly missing: Missing | null;
}

/** A period, and what neither signals nor verdicts say of it. */
export interface KpiPeriod extends Period {
  /** Shelves that sell, null where nobody knows. */
  readonly shelves?: number | null;
  /** Currency -> what was sold in the period. */
  readonly sold?: ReadonlyMap<string, number> | null;
  /** Units by the record and units counted, for each count. */
  readonly counts?: readonly { readonly recorded: number; readonly counted: number }[] | null;
  readonly picks?: { readonly asked: number; readonly found: number } | null;
}

export interface KpiInput extends KpiPeriod, ToldInput {}

export interface KpiOptions extends JudgementOptions {
  readonly checkShare?: number;
  readonly substitutionShare?: number;
  readonly marginShare?: number;
  readonly minutesPerLook?: number;
  /** Left out: all. */
  readonly only?: ReadonlySet<KpiId>;
}

type Number5 = Partial<Pick<KpiValue, 'value' | 'low' | 'high' | 'p90' | 'cases' | 'currency' | 'missing'>>;
/** Median, and the time that nine of ten do not exceed. */
export type TimeValue =
  { readonly value: number; readonly p90: number; readonly cases: number } | { readonly missing: Missing };
const MINUTE_MS = 60_000;

/** KPIs of a period, in the order of their definitions; money once for each currency. */
export function kpisOf(input: KpiInput, options: KpiOptions = {}): readonly KpiValue[] {
  return kpisOfTold(toldIn(input, options), input, options);
}

export function kpisOfTold(told: Told, input: KpiPeriod, options: KpiOptions): readonly KpiValue[] {
  const parts = { input, options, ...told };
  const { judged } = told;
  const values: Readonly<Record<KpiId, () => readonly Number5[]>> = {
    ...ofChecks(parts),
    ...ofLosses(parts),
    ...ofTimes(parts),
    ...ofHoldOut(parts),
    alert_precision() {
      const { estimate, audited } = precisionOf(judged);
      return [{ ...(estimate ?? { missing: 'no_verdicts' }), cases: audited }];
    },
    found_rate() {
      const { picks } = input;
      const estimate = picks ? wilson(picks.found, picks.asked) : null;
      return [{ ...(estimate ?? { missing: 'no_picks' }), cases: picks?.asked ?? 0 }];
    },
    record_accuracy() {
      const counts = input.counts ?? [];
      const exact = counts.filter(({ recorded, counted }) => recorded === counted).length;
      const estimate = wilson(exact, counts.length);
      return [{ ...(estimate ?? { missing: 'no_counts' }), cases: counts.length }];
    },
  };
  return KPIS.filter(({ id }) => options.only?.has(id) ?? true).flatMap((definition) =>
    values[definition.id]().map((value) => ({
      ...definition,
      ...{ value: null, low: null, high: null, p90: null, cases: 0, currency: null, missing: null },
      ...value,
    })),
  );
}

interface Parts extends Told {
  readonly input: KpiPeriod;
  readonly options: KpiOptions;
}

function ofChecks({ checked, options }: Parts) {
  const probability = options.checkShare ?? CHECK_SHARE;
  const share = weightedShare(checked.map(({ out }) => ({ hit: out, probability })));
  const of = (estimate: Estimate | null): readonly Number5[] => [
    { ...(estimate ?? { missing: 'no_checks' }), cases: checked.length },
  ];
  return {
    osa: () => of(share && { value: 1 - share.value, low: 1 - share.high, high: 1 - share.low }),
    oos_rate_item: () => of(share),
    alert_recall(): readonly Number5[] {
      const { estimate, empty } = recallOf(checked, () => probability);
      return [{ ...(estimate ?? { missing: 'no_checks' }), cases: empty }];
    },
  };
}

function ofLosses({ input, options, episodes, lasting }: Parts) {
  const losses = lossesOf(episodes);
  const net = 1 - (options.substitutionShare ?? 0.45);
  const times = ({ value, low, high }: Estimate, factor: number) => ({
    ...{ value: value * factor, low: low * factor, high: high * factor },
  });
  const money = (factor: number): readonly Number5[] =>
    losses.length === 0
      ? [{ missing: 'no_episodes' }]
      : losses.map(({ currency, cases, lost }) => ({ ...times(lost, factor), cases, currency }));
  const { shelves, sold, fromMs, untilMs } = input;
  const outByTime = () => {
    const outMs = lasting.reduce((sum, one) => sum + outMsWithin(one, input), 0);
    return Math.min(1, outMs / ((shelves ?? 0) * (untilMs - fromMs)));
  };
  const byTime = (of: (share: number) => number): readonly Number5[] =>
    shelves ? [{ value: of(outByTime()), cases: lasting.length }] : [{ missing: 'no_shelves' }];
  return {
    lost_sales: () => money(1),
    lost_sales_net: () => money(net),
    osa_value(): readonly Number5[] {
      if (!sold || sold.size === 0) return [{ missing: 'no_sales' }];
      return [...sold].map(([currency, amount]) => {
        const loss = losses.find((one) => one.currency === currency);
        const lost = loss?.lost ?? { value: 0, low: 0, high: 0 };
        const available = (loses: number) => amount / (amount + loses);
        const ends = { value: available(lost.value), low: available(lost.high), high: available(lost.low) };
        return { ...ends, cases: loss?.cases ?? 0, currency };
      });
    },
    oos_rate_time: () => byTime((share) => share),
    osa_time: () => byTime((share) => 1 - share),
  };
}

/** By currency, with an 80 % interval. */
function lossesOf(episodes: readonly Episode[]) {
  const priced = episodes.filter(({ lostSales }) => lostSales !== null);
  const groups = Map.groupBy(priced, ({ currency }) => currency);
  return currenciesOf(priced).map((currency) => {
    const group = groups.get(currency) ?? [];
    const value = group.reduce((sum, { lostSales }) => sum + (lostSales ?? 0), 0);
    const variance = group.reduce((sum, { lostSalesLow, lostSalesHigh }) => {
      return sum + (((lostSalesHigh ?? 0) - (lostSalesLow ?? 0)) / (2 * Z80)) ** 2;
    }, 0);
    const half = Z80 * Math.sqrt(variance);
    return {
      ...{ currency, cases: group.length },
      lost: { value, low: Math.max(0, value - half), high: value + half },
    };
  });
}

/** Minutes from the alert to the end of each episode that is over. */
export const timeToFix = (episodes: readonly Episode[]): TimeValue =>
  minutes(
    episodes.flatMap(({ alert, endedAtMs }) => (endedAtMs === null ? [] : [endedAtMs - alert.atMs])),
    'no_episodes',
  );

function minutes(timesMs: readonly number[], missing: Missing): TimeValue {
  const cases = timesMs.length;
  if (cases === 0) return { missing };
  const at = (q: number) => (quantile(timesMs, q) ?? 0) / MINUTE_MS;
  return { value: at(0.5), p90: at(0.9), cases };
}

function ofTimes({ episodes, verdicts, takings }: Parts) {
  return {
    time_to_detect: () => [
      minutes(
        episodes.map(({ alert }) => alert.atMs - alert.sinceMs),
        'no_episodes',
      ),
    ],
    time_to_acknowledge() {
      const firstMs = new Map<string, number>();
      for (const { signalId, atMs } of [...takings, ...verdicts])
        if (signalId !== null) firstMs.set(signalId, Math.min(atMs, firstMs.get(signalId) ?? Infinity));
      const acknowledged = episodes.flatMap(({ alert, signalIds }) => {
        const answers = signalIds.flatMap((id) => firstMs.get(id) ?? []);
        return answers.length === 0 ? [] : [Math.max(0, Math.min(...answers) - alert.atMs)];
      });
      return [minutes(acknowledged, 'no_verdicts')];
    },
    time_to_fix: () => [timeToFix(episodes)],
  };
}

function ofHoldOut({ episodes, verdicts, options }: Parts) {
  const { marginShare = 1, minutesPerLook = 4 } = options;
  const differencesOf = () => {
    return currenciesOf(episodes).flatMap((currency) => armDifference(episodes, currency) ?? []);
  };
  const scaled = ({ value, low, high }: Estimate, factor: number) => ({
    ...{ value: value * factor, low: low * factor, high: high * factor },
  });
  const looks = verdicts.filter(({ signalId }) => signalId !== null).length;
  return {
    value_per_alert(): readonly Number5[] {
      const differences = differencesOf();
      if (differences.length === 0) return [{ missing: 'no_hold_out' }];
      return differences.map(({ currency, treated, recoveredPerEpisode }) => ({
        ...{ ...scaled(recoveredPerEpisode, marginShare), cases: treated.episodes, currency },
      }));
    },
    value_per_labour_minute(): readonly Number5[] {
      const differences = differencesOf();
      if (differences.length === 0) return [{ missing: 'no_hold_out' }];
      if (looks === 0) return [{ missing: 'no_verdicts' }];
      return differences.map(({ currency, recovered }) => ({
        ...{ ...scaled(recovered, marginShare / (looks * minutesPerLook)), cases: looks, currency },
      }));
    },
  };
}
