// Generated from schemas/retail.stockout.incident/v1.avsc by libs/contract: do not edit.

/** One cause that would else be many signals: found, changed or ended. Key: storeId. */
export interface StockoutIncident {
  /** Deterministic: the same events give the same id. Names this change of the incident. */
  readonly changeId: string;
  /** The same for every change of one incident. */
  readonly incidentId: string;
  /** dev, qa, prod or another name. */
  readonly environment: string;
  /** See the contract's description. */
  readonly kind: 'feed_dead' | 'store_closed' | 'till_offline' | 'item_short';
  /** Open until it ended. */
  readonly state: 'open' | 'closed';
  /** The partition key; null when it speaks of many stores. */
  readonly storeId: string | null;
  /** Of a till that is offline. */
  readonly workstationId: string | null;
  /** Of an item that many stores are out of. */
  readonly itemId: string | null;
  /** City or warehouse whose stores are out of it. */
  readonly region: string | null;
  /** Event time at which this was known, UTC. Milliseconds since 1970. */
  readonly at: number;
  /** When it began, UTC. Milliseconds since 1970. */
  readonly since: number;
  /** P(it is this kind and not another). */
  readonly probability: number;
  /** Stores concerned. */
  readonly stores: number;
  /** Shelves of which nothing can be said, or that are empty for this reason. */
  readonly shelves: number;
  /** What is not sold for this reason; null where sales are only unseen or no price is known. */
  readonly lostSalesPerHour: number | null;
  /** ISO 4217 code. */
  readonly currency: string | null;
  /** Numbers behind it, with units in their names. */
  readonly facts: Readonly<Record<string, number>>;
}
