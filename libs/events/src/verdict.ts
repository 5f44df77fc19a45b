import { RowReader, type TableRow } from './table-row.js';

export const VERDICTS = ['FILLED', 'NONE_IN_STORE', 'IT_WAS_THERE', 'CANNOT_CHECK', 'UNDO', 'TAKEN'] as const;

/**
 * FILLED: was empty, is full now. NONE_IN_STORE: empty, and nothing to fill it with. IT_WAS_THERE: not empty.
 * CANNOT_CHECK: nobody could look. UNDO: takes an earlier verdict back. TAKEN: nobody has looked yet, but somebody is on the way.
 */
export type VerdictWord = (typeof VERDICTS)[number];

/** What somebody who looked, or sets out to look, says of one shelf: what `retail.stockout.verdict` carries, as silver holds it. */
export interface ShelfVerdict {
  readonly eventId: string;
  /** Either the signal that is judged or the check by lot that is answered. */
  readonly signalId: string | null;
  readonly checkId: string | null;
  readonly storeId: string;
  readonly itemId: string;
  readonly verdict: VerdictWord;
  /** UNDO: `eventId` of the verdict that is taken back. */
  readonly undoes: string | null;
  /** When somebody looked, or set out. Milliseconds since 1970. */
  readonly atMs: number;
  /** Token of who it was: never who it is. */
  readonly actor: string | null;
  readonly channel: string | null;
}

/** A row of silver. Errors: `lake_corrupt`, naming the column, when it does not hold what it must. */
export function verdictOfRow(row: TableRow): ShelfVerdict {
  const of = new RowReader('verdicts', row);
  return {
    eventId: of.text('event_id'),
    signalId: of.textOrNull('signal_id'),
    checkId: of.textOrNull('check_id'),
    storeId: of.text('store_id'),
    itemId: of.text('item_id'),
    verdict: of.text('verdict') as VerdictWord,
    undoes: of.textOrNull('undoes'),
    atMs: of.timeMs('at'),
    actor: of.textOrNull('actor'),
    channel: of.textOrNull('channel'),
  };
}
