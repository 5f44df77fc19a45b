import { GondolaError } from '@gondola/stream';

export const VERDICTS = ['FILLED', 'NONE_IN_STORE', 'IT_WAS_THERE', 'CANNOT_CHECK', 'UNDO'] as const;

/**
 * FILLED: was empty, is full now. NONE_IN_STORE: empty, and nothing to fill it with. IT_WAS_THERE: not empty.
 * CANNOT_CHECK: nobody could look. UNDO: takes an earlier verdict back.
 */
export type VerdictWord = (typeof VERDICTS)[number];

/** What somebody who looked says of one shelf: what `retail.stockout.verdict` carries, as silver holds it. */
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
  /** When somebody looked. Milliseconds since 1970. */
  readonly atMs: number;
  /** Token of who looked: never who it is. */
  readonly actor: string | null;
  readonly channel: string | null;
}

/** A row of silver. Errors: `lake_corrupt`, naming the column, when it does not hold what it must. */
export function verdictOfRow(row: Readonly<Record<string, unknown>>): ShelfVerdict {
  const text = (column: string): string => {
    const value = row[column];
    if (typeof value === 'string') return value;
    throw corrupt(column, 'text');
  };
  const textOrNull = (column: string) => (row[column] == null ? null : text(column));
  const at = row['at'];
  if (typeof at !== 'number') throw corrupt('at', 'a time');
  return {
    eventId: text('event_id'),
    signalId: textOrNull('signal_id'),
    checkId: textOrNull('check_id'),
    storeId: text('store_id'),
    itemId: text('item_id'),
    verdict: text('verdict') as VerdictWord,
    undoes: textOrNull('undoes'),
    // The table holds microseconds.
    atMs: at / 1000,
    actor: textOrNull('actor'),
    channel: textOrNull('channel'),
  };
}

function corrupt(column: string, wanted: string): GondolaError {
  return new GondolaError('lake_corrupt', `verdicts: column ${column} does not hold ${wanted}`, false);
}
