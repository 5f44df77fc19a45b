export const SIGNAL_KINDS = ['out_of_stock', 'phantom', 'silent', 'coming', 'recovered'] as const;

/**
 * out_of_stock: record and shelf empty. phantom: the record says stock, the shelf is empty. silent: sales gap, no
 * record known. coming: will run out within the horizon. recovered: an earlier signal of this shelf ended.
 */
export type SignalKind = (typeof SIGNAL_KINDS)[number];

/** What spoke for (weight > 0) or against a signal, in log-odds. The weights and the prior sum to the posterior. */
export interface Evidence {
  readonly name:
    | 'prior'
    | 'zero_sales'
    | 'last_sale'
    | 'ledger'
    | 'demand_over_horizon'
    | 'history'
    | 'calibration'
    | 'sale';
  readonly weight: number;
  /** Numbers behind the weight, with units in their names, e.g. `{ hours: 5, expectedUnits: 7.2 }`. */
  readonly facts: Readonly<Record<string, number>>;
}

/** One change of one shelf's state: what `retail.stockout.signal` carries and the `signals` table holds. */
export interface Signal {
  /** Deterministic: the same events give the same id on every run. */
  readonly signalId: string;
  /** Of the signal that opened this episode; a `recovered` closes the episode it names. */
  readonly episodeId: string;
  readonly environment: string;
  readonly storeId: string;
  readonly itemId: string;
  readonly kind: SignalKind;
  /** Event time at which it was known: the end of the tick. Milliseconds since 1970, as all times here. */
  readonly atMs: number;
  /** When the state it speaks of began: the last sale for an empty shelf. */
  readonly sinceMs: number;
  /** `coming`: when the shelf is expected to be empty; else null. */
  readonly expectedAtMs: number | null;
  /** Calibrated P(state), 0..1. */
  readonly probability: number;
  /** Units on hand by the record, null when no record is known. */
  readonly onHandRecord: number | null;
  readonly demandPerHour: number;
  /** Units not sold between sinceMs and atMs for want of stock, with an 80 % interval. */
  readonly lostUnits: number;
  readonly lostUnitsLow: number;
  readonly lostUnitsHigh: number;
  /** Units per hour times price, null when no price is known. */
  readonly lostSalesPerHour: number | null;
  readonly currency: string | null;
  readonly evidence: readonly Evidence[];
  /** Units sold and units expected in each of the last 24 hours before atMs, oldest first. */
  readonly soldLast24h: readonly number[];
  readonly expectedLast24h: readonly number[];
  readonly modelVersion: string;
}
