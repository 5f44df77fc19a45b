import type { ParquetEncoder } from '@gondola/lake-parquet';
import type { Clock, Log, ObjectStore } from '@gondola/stream';

export interface UpkeepDeps {
  readonly store: ObjectStore;
  readonly encoder: ParquetEncoder;
  readonly clock: Clock;
  /** Told of what fails beside a commit. */
  readonly log: Log;
  /** dev, qa, prod ...: first folder of every table. */
  readonly environment: string;
  /** Told of work that takes long: one line that replaces the last. */
  readonly progress: (text: string) => void;
}

/** Days of a table's date partitions as text (`2026-11-23`), both ends included; null: no end on that side. */
export interface DateRange {
  readonly first: string | null;
  readonly last: string | null;
}

export const ALL_DATES: DateRange = { first: null, last: null };

/** Dates as text sort as dates do. A partition without a date is in no range that has an end. */
export function isInDates(date: string | null, { first, last }: DateRange): boolean {
  if (date === null) return first === null && last === null;
  return (first === null || date >= first) && (last === null || date <= last);
}
