// Generated from schemas/ by libs/contract: do not edit.

import type { CatalogClosure } from './retail.catalog.closure.js';
import type { CatalogItem } from './retail.catalog.item.js';
import type { CatalogPlacement } from './retail.catalog.placement.js';
import type { CatalogStore } from './retail.catalog.store.js';
import type { FulfilmentPick } from './retail.fulfilment.pick.js';
import type { InventoryMovement } from './retail.inventory.movement.js';
import type { InventorySnapshot } from './retail.inventory.snapshot.js';
import type { PosTransaction } from './retail.pos.transaction.js';
import type { ReplenishmentOrder } from './retail.replenishment.order.js';
import type { StockoutIncident } from './retail.stockout.incident.js';
import type { StockoutSignal } from './retail.stockout.signal.js';
import type { StockoutVerdict } from './retail.stockout.verdict.js';
import type { WebEvent } from './retail.web.js';

/** Subject -> its event, by the newest schema. */
export interface EventOfSubject {
  readonly 'retail.catalog.closure': CatalogClosure;
  readonly 'retail.catalog.item': CatalogItem;
  readonly 'retail.catalog.placement': CatalogPlacement;
  readonly 'retail.catalog.store': CatalogStore;
  readonly 'retail.fulfilment.pick': FulfilmentPick;
  readonly 'retail.inventory.movement': InventoryMovement;
  readonly 'retail.inventory.snapshot': InventorySnapshot;
  readonly 'retail.pos.transaction': PosTransaction;
  readonly 'retail.replenishment.order': ReplenishmentOrder;
  readonly 'retail.stockout.incident': StockoutIncident;
  readonly 'retail.stockout.signal': StockoutSignal;
  readonly 'retail.stockout.verdict': StockoutVerdict;
  readonly 'retail.web': WebEvent;
}

/** Subject -> field of the event that holds its id. */
export const EVENT_ID_FIELDS = {
  'retail.catalog.closure': 'eventId',
  'retail.catalog.item': 'eventId',
  'retail.catalog.placement': 'eventId',
  'retail.catalog.store': 'eventId',
  'retail.fulfilment.pick': 'eventId',
  'retail.inventory.movement': 'eventId',
  'retail.inventory.snapshot': 'eventId',
  'retail.pos.transaction': 'eventId',
  'retail.replenishment.order': 'eventId',
  'retail.stockout.incident': 'changeId',
  'retail.stockout.signal': 'signalId',
  'retail.stockout.verdict': 'eventId',
  'retail.web': 'eventId',
} as const satisfies { readonly [S in keyof EventOfSubject]: keyof EventOfSubject[S] };
