import { RowReader, type TableRow } from './table-row.js';

/** A time for which a store is closed on purpose, as one event of `retail.catalog.closure` says it. */
export interface Closure {
  readonly closureId: string;
  readonly storeId: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly reason: string | null;
  readonly isCancelled: boolean;
  /** The newest event of a closure stands. */
  readonly updatedMs: number;
}

/** A row of silver's `retail.catalog.closure`. */
export function closureOfRow(row: TableRow): Closure {
  const of = new RowReader('closures', row);
  return {
    closureId: of.text('closure_id'),
    storeId: of.text('retail_store_id'),
    fromMs: of.timeMs('closed_from'),
    untilMs: of.timeMs('closed_until'),
    reason: of.textOrNull('reason'),
    isCancelled: row['is_cancelled'] === true,
    updatedMs: of.timeMs('updated_at'),
  };
}
