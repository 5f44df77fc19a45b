export const SIGNAL_KINDS = ['out_of_stock', 'phantom', 'silent', 'coming', 'recovered', 'partial'] as const;

/**
 * out_of_stock: record and shelf empty. phantom: the record says stock, the shelf is empty. silent: sales gap, no
 * record known. coming: will run out within the horizon. partial: sells far below what is expected, and yet sells.
 * recovered: an earlier signal of this shelf ended.
 */
export type SignalKind = (typeof SIGNAL_KINDS)[number];

/** What spoke for (weight > 0) or against a signal, in log-odds. The weights and the prior sum to the posterior. */
export interface Evidence {
  readonly name:
    | 'prior'
    | 'zero_sales'
    | 'last_sale'
    | 'ledger'
    | 'clickstream'
    | 'demand_over_horizon'
    | 'history'
    | 'calibration'
    | 'sale'
    | 'low_sales';
  readonly weight: number;
  /** Numbers behind the weight, with units in their names, e.g. `{ hours: 5, expectedUnits: 7.2 }`. */
  readonly facts: Readonly<Record<string, number>>;
}

export const CAUSE_NAMES = [
  'not_ordered',
  'ordered_not_delivered',
  'partial_delivery',
  'phantom_record',
  'in_backroom',
  'negative_stock',
  'unknown',
] as const;

/** Why a shelf is empty, with P(it is that); those of a signal sum to 1, the likeliest first. */
export interface Cause {
  readonly name: (typeof CAUSE_NAMES)[number];
  readonly probability: number;
}

/** hold_out: drawn by lot to be shown to nobody, so that what signals bring can be measured. See `armOf`. */
export type Arm = 'treated' | 'hold_out';

/** From where a signal can be reached again: what it was made of, and by what. */
export interface Receipt {
  /** Partition of the stream that detection read. */
  readonly stream: string;
  readonly partition: string;
  /**
   * Of the record after which it was known, as decimal digits: positions may be of any size. Of a signal that the clock
   * made: of the next record, which it had not seen.
   */
  readonly position: string;
  /** What the clock said when it made the signal; null: a record did. */
  readonly clockMs: number | null;
  /** How many signals of the partition came before it. */
  readonly ordinal: number;
  /** Hash of the model: `_models/<hash>.json` of the lake. */
  readonly modelHash: string;
  /** Hash of the settings: `_setup/<hash>.json` of the lake. */
  readonly setup: string;
  /** Version of Góndola. */
  readonly software: string;
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
  /** `coming`: until when a refill still comes in time, null when no way to refill is known; else null. */
  readonly actByMs: number | null;
  /** Calibrated P(state), 0..1. */
  readonly probability: number;
  /** Units on hand by the record, null when no record is known. */
  readonly onHandRecord: number | null;
  /** Units that probably stand there, null when no record is known. */
  readonly onHandEstimate: number | null;
  readonly demandPerHour: number;
  /** Units not sold between sinceMs and atMs for want of stock, with an 80 % interval. */
  readonly lostUnits: number;
  readonly lostUnitsLow: number;
  readonly lostUnitsHigh: number;
  /** Units per hour times price, null when no price is known. */
  readonly lostSalesPerHour: number | null;
  /** lostUnits times price, null when no price is known, with the interval of the units. */
  readonly lostSales: number | null;
  readonly lostSalesLow: number | null;
  readonly lostSalesHigh: number | null;
  /** Money that acting a minute earlier saves: probability times lostSalesPerHour / 60. What lists are ranked by. */
  readonly valuePerMinute: number | null;
  readonly currency: string | null;
  readonly evidence: readonly Evidence[];
  /** Empty when nothing can be said. */
  readonly causes: readonly Cause[];
  /** Units sold and units expected in each of the last 24 hours before atMs, oldest first. */
  readonly soldLast24h: readonly number[];
  readonly expectedLast24h: readonly number[];
  readonly modelVersion: string;
  readonly arm: Arm;
  /** Null: an older version made it. */
  readonly receipt: Receipt | null;
}
