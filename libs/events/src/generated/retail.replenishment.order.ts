// Generated from schemas/retail.replenishment.order/v1.avsc by libs/contract: do not edit.

/** One line of an order that refills a store, each time its status changes. Key: locationId. */
export interface ReplenishmentOrder {
  /** Names this change; the same for a repeat. */
  readonly eventId: string;
  /** When the status changed, UTC. Milliseconds since 1970. */
  readonly eventTime: number;
  /** The order, in the system that made it. */
  readonly orderId: string;
  /** The store that is refilled; the partition key. */
  readonly locationId: string;
  /** Warehouse or supplier it comes from. */
  readonly sourceId: string | null;
  /** The retailer's own item id. */
  readonly itemId: string;
  /** Units of this line, as of this status: ordered, shipped or received. */
  readonly quantity: number;
  /** PLACED: asked for. SHIPPED: on its way. RECEIVED: this line is done, whatever came. CANCELLED: nothing will come. */
  readonly status: 'PLACED' | 'SHIPPED' | 'RECEIVED' | 'CANCELLED';
  /** When the goods are expected at the store, UTC. Milliseconds since 1970. */
  readonly expectedAt: number | null;
}
