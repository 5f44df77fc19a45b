// Generated from schemas/retail.stockout.verdict/v2.avsc by libs/contract: do not edit.

/** What somebody who looked says of one shelf, of a signal or of a shelf drawn by lot, or that they are on the way to look. Key: storeId. */
export interface StockoutVerdict {
  /** Names this verdict; the same for a repeat. */
  readonly eventId: string;
  /** The signal that is judged; null of a check. */
  readonly signalId: string | null;
  /** The check by lot that is answered; null of a signal. */
  readonly checkId: string | null;
  /** The partition key. */
  readonly storeId: string;
  /** The retailer's own item id. */
  readonly itemId: string;
  /** FILLED: was empty, is full now. NONE_IN_STORE: empty, and nothing to fill it with. IT_WAS_THERE: not empty. CANNOT_CHECK: nobody could look. UNDO: takes back what undoes names. TAKEN: nobody has looked yet, but somebody is on the way: no judgement. */
  readonly verdict: 'FILLED' | 'NONE_IN_STORE' | 'IT_WAS_THERE' | 'CANNOT_CHECK' | 'UNDO' | 'TAKEN';
  /** UNDO: eventId of the verdict that is taken back. */
  readonly undoes: string | null;
  /** When somebody looked, or set out; UTC. Milliseconds since 1970. */
  readonly at: number;
  /** Who looked, or set out; a token from silver on. */
  readonly actor: string | null;
  /** What they wrote beside it; kept in bronze alone. */
  readonly note: string | null;
  /** Where it was said, e.g. board, app, scanner. */
  readonly channel: string | null;
}
