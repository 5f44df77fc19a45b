export * from './event-batch.js';
export * from './panel.js';
export * from './retail-events.js';
export * from './seen-identity.js';
export * from './shelf-events.js';
export * from './signal.js';
export * from './signal-row.js';
export * from './signal-table.js';
// Generated from `schemas/`.
export type { CatalogItem } from './generated/retail.catalog.item.js';
export type { CatalogStore } from './generated/retail.catalog.store.js';
export type { InventoryMovement } from './generated/retail.inventory.movement.js';
export type { InventorySnapshot } from './generated/retail.inventory.snapshot.js';
export type { PosLine, PosTransaction } from './generated/retail.pos.transaction.js';
export type { StockoutSignal } from './generated/retail.stockout.signal.js';
export type { WebEvent } from './generated/retail.web.js';
export { EVENT_ID_FIELDS, type EventOfSubject } from './generated/subjects.js';
