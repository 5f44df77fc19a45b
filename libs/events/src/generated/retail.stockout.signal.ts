// Generated from schemas/retail.stockout.signal/v2.avsc by libs/contract: do not edit.

export interface Evidence {
  /** What spoke. */
  readonly name: string;
  /** Log-odds for (> 0) or against. */
  readonly weight: number;
  /** Numbers behind it. */
  readonly facts: Readonly<Record<string, number>>;
}

export interface Cause {
  /** Why the shelf is empty. */
  readonly name: string;
  /** 0 to 1; they sum to 1. */
  readonly probability: number;
}

export interface Receipt {
  /** Stream that detection read. */
  readonly stream: string;
  /** Its partition. */
  readonly partition: string;
  /** Digits. Of the record after which it was known; of the next one for a signal of the clock. */
  readonly position: string;
  /** What the clock said when it made the signal; null: a record did. Milliseconds since 1970. */
  readonly clock: number | null;
  /** How many signals of the partition came before. */
  readonly ordinal: number;
  /** SHA-256 of the model. */
  readonly modelHash: string;
  /** Hash of the settings. */
  readonly setup: string;
  /** Version that made it. */
  readonly software: string;
}

/** What detection says of one shelf. Key: storeId. */
export interface StockoutSignal {
  /** Deterministic: the same events give the same id. */
  readonly signalId: string;
  /** signalId of the signal that opened this episode. */
  readonly episodeId: string;
  /** dev, qa, prod or another name. */
  readonly environment: string;
  /** The partition key. */
  readonly storeId: string;
  /** The retailer's own item id. */
  readonly itemId: string;
  /** See the contract's description. */
  readonly kind: 'out_of_stock' | 'phantom' | 'silent' | 'coming' | 'recovered' | 'partial';
  /** Event time at which it was known, UTC. Milliseconds since 1970. */
  readonly at: number;
  /** When the state began, UTC. Milliseconds since 1970. */
  readonly since: number;
  /** coming: when the shelf is expected to be empty. Milliseconds since 1970. */
  readonly expectedAt: number | null;
  /** coming: until when a refill still comes in time. Milliseconds since 1970. */
  readonly actBy: number | null;
  /** Calibrated, 0 to 1. */
  readonly probability: number;
  /** Units by the record, null when none is known. */
  readonly onHandRecord: number | null;
  /** Units that probably stand there, null when no record is known. */
  readonly onHandEstimate: number | null;
  /** Units an hour expected now. */
  readonly demandPerHour: number;
  /** Units not sold for want of stock, so far. */
  readonly lostUnits: number;
  /** 10 % quantile. */
  readonly lostUnitsLow: number;
  /** 90 % quantile. */
  readonly lostUnitsHigh: number;
  /** Units an hour times price. */
  readonly lostSalesPerHour: number | null;
  /** Money not taken since the state began. */
  readonly lostSales: number | null;
  /** 10 % quantile. */
  readonly lostSalesLow: number | null;
  /** 90 % quantile. */
  readonly lostSalesHigh: number | null;
  /** Money that a minute earlier would save: probability times lostSalesPerHour / 60. */
  readonly valuePerMinute: number | null;
  /** ISO 4217. */
  readonly currency: string | null;
  /** Weights sum to the posterior. */
  readonly evidence: readonly Evidence[];
  /** Likeliest first; empty when nothing can be said. */
  readonly causes: readonly Cause[];
  /** Units per hour, oldest first. */
  readonly soldLast24h: readonly number[];
  /** Units per hour, oldest first. */
  readonly expectedLast24h: readonly number[];
  /** Model file that said so. */
  readonly modelVersion: string;
  /** hold_out: drawn by lot to be shown to nobody, so that what signals bring can be measured. */
  readonly arm: 'treated' | 'hold_out';
  /** From where the signal can be reached again: gondola explain-signal. */
  readonly receipt: Receipt | null;
}
