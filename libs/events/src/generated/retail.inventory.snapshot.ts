// Generated from schemas/retail.inventory.snapshot/v1.avsc by libs/contract: do not edit.

/** What was counted, or what a system believes, at one moment. Key: locationId. */
export interface InventorySnapshot {
  /** Unique for each emitted event. */
  readonly eventId: string;
  /** The count's own id; its identity, with the item. */
  readonly countId: string;
  /** Store; the partition key. */
  readonly locationId: string;
  /** The retailer's own item id. */
  readonly itemId: string;
  /** UTC. Milliseconds since 1970. */
  readonly countedAt: number;
  /** Units. Systems may report negative stock. */
  readonly onHand: number;
  /** SYSTEM is the record, the others looked at the shelf. */
  readonly method: 'CYCLE' | 'FULL' | 'RFID' | 'SYSTEM';
}
