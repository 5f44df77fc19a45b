import type { EventBatch } from './event-batch.js';

export const EXPECTATION_KINDS = [
  'completeness', // a field is given
  'freshness', // events reach the broker soon after they happened
  'volume', // so many events an hour
  'uniqueness', // nothing comes twice
  'range', // a number lies between two others
  'reference', // what a field names is known to another subject
] as const;
export type ExpectationKind = (typeof EXPECTATION_KINDS)[number];

export const EXPECTATION_ACTIONS = [
  'warn', // counted, in the score
  'quarantine', // and the record that is not so goes to quarantine
  'fail', // and when too many are not so, the service stops
] as const;
export type ExpectationAction = (typeof EXPECTATION_ACTIONS)[number];

/** Null: no bound on that side. */
export interface Bounds {
  readonly min: number | null;
  readonly max: number | null;
}

/** What a contract expects of its events, in one environment. */
export interface Expectation {
  readonly name: string;
  readonly kind: ExpectationKind;
  readonly action: ExpectationAction;
  /** Share, 0..1, of what is checked that must be as expected. */
  readonly atLeast: number;
  /** How much it counts in the score beside the others. */
  readonly weight: number;
  /** An hour of fewer checks stops no service. */
  readonly checkedMin: number;
  /** Of `volume`: events of an hour. */
  readonly perHour: Bounds;
  /** Of `volume`: the same as factors of what is usual for the hour and weekday. */
  readonly ofUsual: Bounds;
  /** Of `uniqueness` of the events themselves: what dedupe drops counts. */
  readonly countsDuplicates: boolean;
}

/** What became of an expectation for the rows of a batch. */
export interface Verdict {
  /** One entry a row, see `PASSES`; null: all pass. */
  readonly rows: Uint8Array | null;
  /** Each row counts, else only the first one of each record: the field is the event's. */
  readonly perRow: boolean;
}

export const PASSES = 0;
export const FAILS = 1;
/** There is nothing to judge: no number, nothing to look it up in. */
export const NOT_JUDGED = 2;

/** Events with what was found of each expectation of their subject, in the contract's order. */
export interface JudgedBatch extends EventBatch {
  readonly verdicts: readonly Verdict[];
}
