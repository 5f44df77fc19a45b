// Generated from schemas/retail.web/v2.avsc by libs/contract: do not edit.

/** One GA4 e-commerce event for one item. CloudEvents types retail.web.<ga4 name>. Key: fulfilmentStoreId, else sessionId. */
export interface WebEvent {
  /** Unique for each emitted event. */
  readonly eventId: string;
  /** GA4 name; add_to_cart_failed: the shop did not take it into the cart for want of stock. */
  readonly name:
    | 'view_item'
    | 'view_item_list'
    | 'search'
    | 'add_to_cart'
    | 'remove_from_cart'
    | 'begin_checkout'
    | 'purchase'
    | 'refund'
    | 'add_to_cart_failed';
  /** UTC. Milliseconds since 1970. */
  readonly eventTime: number;
  /** Visit. */
  readonly sessionId: string;
  /** Browser or device. */
  readonly clientId: string | null;
  /** Known customer. */
  readonly userId: string | null;
  /** web, app, kiosk. */
  readonly channel: string | null;
  /** Store that would serve it. */
  readonly fulfilmentStoreId: string | null;
  /** GA4 item_id. */
  readonly itemId: string | null;
  /** Units. */
  readonly quantity: number | null;
  /** Price of one unit. */
  readonly price: number | null;
  /** ISO 4217. */
  readonly currency: string | null;
  /** What was searched; may hold anything a person types. */
  readonly searchTerm: string | null;
  /** Hits shown. */
  readonly resultsCount: number | null;
  /** schema.org word the visitor saw. */
  readonly availabilityShown: 'InStock' | 'LimitedAvailability' | 'OutOfStock' | null;
}
