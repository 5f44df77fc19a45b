import { columnSpec as column, type ColumnSpec, type ColumnTable, type ColumnValues } from '@gondola/stream';
import {
  EXPECTATION_ACTIONS,
  EXPECTATION_KINDS,
  type Expectation,
  type ExpectationAction,
  type ExpectationKind,
} from './quality.js';
import { RowReader, type TableRow } from './table-row.js';

/** How often an expectation was held against something, and how often that was not so. */
export interface QualityCount {
  /** First millisecond of the hour (UTC) in which the events happened. */
  readonly hourMs: number;
  readonly stream: string;
  readonly subject: string;
  readonly expectation: Expectation;
  readonly checked: number;
  readonly failed: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS) * HOUR_MS;

/**
 * Counts of one flush each: an hour has as many rows as flushes had events of it, and their sums are its counts. The
 * terms of the expectation stand beside them. Partitioned by `event_date`.
 */
export const QUALITY_COLUMNS: readonly ColumnSpec[] = [
  column('hour', 'timestamp'),
  column('stream', 'string'),
  column('subject', 'string'),
  column('expectation', 'string'),
  column('kind', 'string'),
  column('action', 'string'),
  column('at_least', 'float64'),
  column('weight', 'float64'),
  column('per_hour_min', 'float64', true),
  column('per_hour_max', 'float64', true),
  column('of_usual_min', 'float64', true),
  column('of_usual_max', 'float64', true),
  column('checked', 'int64'),
  column('failed', 'int64'),
  column('event_date', 'date'),
];

export function qualityTable(counts: readonly QualityCount[]): ColumnTable {
  const terms = <T>(of: (expectation: Expectation) => T) => counts.map(({ expectation }) => of(expectation));
  const values: Record<string, ColumnValues> = {
    hour: Float64Array.from(counts, ({ hourMs }) => hourMs * 1000),
    stream: counts.map(({ stream }) => stream),
    subject: counts.map(({ subject }) => subject),
    expectation: terms(({ name }) => name),
    kind: terms(({ kind }) => kind),
    action: terms(({ action }) => action),
    at_least: terms(({ atLeast }) => atLeast),
    weight: terms(({ weight }) => weight),
    per_hour_min: terms(({ perHour }) => perHour.min),
    per_hour_max: terms(({ perHour }) => perHour.max),
    of_usual_min: terms(({ ofUsual }) => ofUsual.min),
    of_usual_max: terms(({ ofUsual }) => ofUsual.max),
    checked: BigInt64Array.from(counts, ({ checked }) => BigInt(checked)),
    failed: BigInt64Array.from(counts, ({ failed }) => BigInt(failed)),
    event_date: Int32Array.from(counts, ({ hourMs }) => Math.floor(hourMs / DAY_MS)),
  };
  return {
    rows: counts.length,
    columns: QUALITY_COLUMNS.map((spec) => ({ spec, values: values[spec.name] })),
  };
}

/** Of the table: columns whose values may be added up where all others are the same, as compaction does. */
export const QUALITY_SUMS: readonly string[] = ['checked', 'failed'];

/** Counts of the same hour and expectation added up, with the newest terms: those of the last. */
export function sumCounts(counts: readonly QualityCount[]): QualityCount[] {
  const sums = new Map<string, QualityCount>();
  for (const count of counts) {
    const { hourMs, stream, subject, expectation } = count;
    const key = `${hourMs} ${stream} ${subject} ${expectation.name}`;
    const sum = sums.get(key);
    const [checked, failed] = [count.checked + (sum?.checked ?? 0), count.failed + (sum?.failed ?? 0)];
    sums.set(key, { ...count, checked, failed });
  }
  return [...sums.values()];
}

/** A row of the table, as our Parquet reader gives it. Errors: `lake_corrupt`, naming the column. */
export function qualityOfRow(row: TableRow): QualityCount {
  const of = new RowReader('quality', row);
  const oneOf = <T extends string>(column: string, known: readonly T[]): T => {
    const found = known.find((one) => one === row[column]);
    if (found !== undefined) return found;
    throw of.corrupt(column, `one of ${known.join(', ')}`);
  };
  const bounds = (prefix: string) => ({
    min: of.countOrNull(`${prefix}_min`),
    max: of.countOrNull(`${prefix}_max`),
  });
  return {
    hourMs: of.count('hour') / 1000,
    stream: of.text('stream'),
    subject: of.text('subject'),
    expectation: {
      name: of.text('expectation'),
      kind: oneOf<ExpectationKind>('kind', EXPECTATION_KINDS),
      action: oneOf<ExpectationAction>('action', EXPECTATION_ACTIONS),
      atLeast: of.count('at_least'),
      weight: of.count('weight'),
      perHour: bounds('per_hour'),
      ofUsual: bounds('of_usual'),
      // Of the service that counts; they change nothing in what was counted.
      checkedMin: 0,
      countsDuplicates: false,
    },
    checked: of.count('checked'),
    failed: of.count('failed'),
  };
}
