// Generated from schemas/retail.fulfilment.pick/v1.avsc by libs/contract: do not edit.

/** One line of an order that somebody picked in a store, found or not. Key: locationId. */
export interface FulfilmentPick {
  /** Unique for each emitted event. */
  readonly eventId: string;
  /** When somebody stood at the shelf, UTC. Milliseconds since 1970. */
  readonly eventTime: number;
  /** The customer's order, in the system that made it. */
  readonly orderId: string;
  /** The store that is picked in; the partition key. */
  readonly locationId: string;
  /** The retailer's own item id. */
  readonly itemId: string;
  /** Units asked for. */
  readonly quantity: number;
  /** PICKED: at least one was there. NOT_FOUND: none was, whatever was taken in its place. CANCELLED: nobody looked. */
  readonly outcome: 'PICKED' | 'NOT_FOUND' | 'CANCELLED';
  /** Who picked. */
  readonly pickerId: string | null;
}
