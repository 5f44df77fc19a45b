import type { Limits } from './limits.js';

export type Team = 'store-operations' | 'data' | 'platform';
/** `critical` wakes somebody, `warning` waits for working hours, `info` is only shown. */
export type Severity = 'info' | 'warning' | 'critical';

/** In Spanish and English, one line each. */
export interface Words {
  readonly en: string;
  readonly es: string;
}

/** What an expression is made of. */
export interface RuleContext {
  readonly limits: Limits;
  /** A duration as Prometheus writes it. */
  readonly minutes: (count: number) => string;
}

/**
 * One series of a proof. A `level` is what a gauge shows, a `perMinute` what a counter grows by, while things are bad, only
 * just not bad enough, and good again.
 */
export interface ProofSeries {
  readonly series: string;
  readonly of: 'level' | 'perMinute';
  /** `NONE`: it has no sample then. */
  readonly bad: number;
  readonly below: number;
  readonly good: number;
}

/** Made-up series that say when an alert fires: `npm run monitoring` writes them as a test for promtool. */
export interface Proof {
  readonly series: readonly ProofSeries[];
  /** Labels of the alert that come from the series. */
  readonly labels: Readonly<Record<string, string>>;
  /** `$value` as the annotations show it, `seconds` after the beginning. */
  readonly shown: string | ((seconds: number) => string);
  /** What `more` says then. */
  readonly more?: Words;
  /** What the expression looks back over: it needs so long, beside `for`, to fire and to resolve. */
  readonly lookBackMinutes?: number;
  /** False: there is nothing between bad and good, such as of a state that is 0 or 1. */
  readonly hasBelow?: boolean;
}

export interface Alert {
  readonly name: string;
  /** Who acts. */
  readonly team: Team;
  /** In prod; elsewhere nobody is woken. */
  readonly severity: Severity;
  /** What Alertmanager groups and inhibits by, beside the store. */
  readonly cause: Cause;
  readonly expr: (context: RuleContext) => string;
  readonly forMinutes: (limits: Limits) => number;
  /**
   * Left out: what it asks for are a process's gauges, which are gone while it restarts, so it fires on for a while. True: it asks
   * for what a restart does not take away, and ends when it is over.
   */
  readonly endsAtOnce?: boolean;
  readonly summary: Words;
  /** What to do, in one line; the runbook says it at length. */
  readonly action: Words;
  /** What Prometheus may know beside it; '' where it does not. */
  readonly more?: Words;
  readonly proof: (limits: Limits) => Proof;
}

/** Causes of what stores say come from their shelves or from the store as a whole; the others are of the line. */
export type Cause = StockoutCause | 'feed' | 'closed' | 'item' | 'detection' | 'line' | 'contract' | 'expiry';
export type StockoutCause = (typeof STOCKOUT_CAUSES)[number];
/** What no store is blamed for while nothing is seen of it. */
export const STOCKOUT_CAUSES = ['out', 'phantom', 'lost_sales', 'coming'] as const;

/** A gauge that everybody who has it shows at the same height, such as before and after a hand-over of its partition. */
export const perStore = (metric: string): string => `max by (store) (${metric})`;

export const level = (series: string, bad: number, below: number, good: number): ProofSeries => ({
  ...{ series, of: 'level', bad, below, good },
});
export const perMinute = (series: string, bad: number, below: number, good: number): ProofSeries => ({
  ...{ series, of: 'perMinute', bad, below, good },
});
/** No sample at all. */
export const NONE = NaN;
/** Whatever happens, it stays as it is. */
export const steady = (series: string, value: number): ProofSeries => level(series, value, value, value);

/** As Prometheus' `humanizeDuration` does it, from a minute on. */
export function humanizeDuration(seconds: number): string {
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit, at) =>
    Math.floor((at === 0 ? seconds : seconds % [0, 86_400, 3_600][at]) / unit),
  );
  const parts = [`${days}d`, `${hours}h`, `${minutes}m`, `${seconds % 60}s`];
  return parts.slice(days > 0 ? 0 : hours > 0 ? 1 : 2).join(' ');
}
