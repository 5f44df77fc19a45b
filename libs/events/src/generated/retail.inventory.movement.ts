// Generated from schemas/retail.inventory.movement/v1.avsc by libs/contract: do not edit.

/** Stock that came or went other than over a till, in EPCIS words. Key: locationId. */
export interface InventoryMovement {
  /** Unique for each emitted event. */
  readonly eventId: string;
  /** The warehouse system's own id; its identity. */
  readonly movementId: string;
  /** Store; the partition key. */
  readonly locationId: string;
  /** The retailer's own item id. */
  readonly itemId: string;
  /** When it happened, UTC. Milliseconds since 1970. */
  readonly eventTime: number;
  /** Units. Positive, but for ADJUSTMENT, where it is signed. */
  readonly quantity: number;
  /** Which way the units go and why. */
  readonly reason: 'RECEIPT' | 'TRANSFER_IN' | 'TRANSFER_OUT' | 'ADJUSTMENT' | 'SHRINK' | 'RETURN_TO_VENDOR';
  /** Delivery note or order. */
  readonly documentId: string | null;
}
