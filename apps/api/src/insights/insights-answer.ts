import type { KpiDefinition, KpiValue } from '@gondola/kpi';
import type { Cause } from '@gondola/events';

/** A KPI of a group; `definitions` of the answer say what each is. */
export type InsightNumber = Pick<
  KpiValue,
  'id' | 'value' | 'low' | 'high' | 'p90' | 'cases' | 'currency' | 'missing'
>;

export interface InsightMoney {
  readonly currency: string | null;
  readonly value: number;
}

export interface InsightCause {
  /** `unknown` also where nothing can be said. */
  readonly name: Cause['name'];
  /** Episodes, each counted by the probability of the cause: those of all causes add up to the group's. */
  readonly episodes: number;
  /** What they lost, weighted alike. */
  readonly lost: readonly InsightMoney[];
}

/** What shelves did in a period. The sums of parts that divide a whole are those of the whole. */
export interface InsightRow {
  /** Store, category, city, or `2026-05-01T13`, `2026-05-01`, the Monday of a week; null: not known, or everything. */
  readonly key: string | null;
  /** What the catalog calls a store. */
  readonly name: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whose alert is within it. */
  readonly episodes: number;
  /** Hours in which shelves were empty, each weighted by P(out). */
  readonly outHours: number;
  /** Hours in which shelves were in range. */
  readonly shelfHours: number;
  /** Money taken less what was given back. */
  readonly sold: readonly InsightMoney[];
  readonly lost: readonly InsightMoney[];
  readonly numbers: readonly InsightNumber[];
  readonly causes: readonly InsightCause[];
}

export interface InsightsAnswer {
  readonly fromMs: number;
  readonly untilMs: number;
  /** By whose clocks hours, days and weeks begin. */
  readonly zone: string;
  /** Before it nothing is kept; null: nothing is known yet. */
  readonly historyFromMs: number | null;
  /** Newest signal and newest sale (its hour's end) that are in the numbers. */
  readonly newestSignalMs: number | null;
  readonly newestSaleMs: number | null;
  readonly definitions: readonly KpiDefinition[];
  readonly total: InsightRow;
  /** Parts of the total, by what was asked for; those of time in their order, others by what they lost. */
  readonly rows: readonly InsightRow[];
}
