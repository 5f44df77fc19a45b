import type { CatalogItem } from './generated/retail.catalog.item.js';
import type { CatalogPlacement } from './generated/retail.catalog.placement.js';
import type { CatalogStore } from './generated/retail.catalog.store.js';
import type { FulfilmentPick } from './generated/retail.fulfilment.pick.js';
import type { InventoryMovement } from './generated/retail.inventory.movement.js';
import type { InventorySnapshot } from './generated/retail.inventory.snapshot.js';
import type { PosTransaction } from './generated/retail.pos.transaction.js';
import type { ReplenishmentOrder } from './generated/retail.replenishment.order.js';
import type { StockoutVerdict } from './generated/retail.stockout.verdict.js';
import type { WebEvent } from './generated/retail.web.js';

/** An event with the subject whose contract it follows. */
export type RetailEvent =
  | { readonly subject: 'retail.pos.transaction'; readonly event: PosTransaction }
  | { readonly subject: 'retail.inventory.movement'; readonly event: InventoryMovement }
  | { readonly subject: 'retail.inventory.snapshot'; readonly event: InventorySnapshot }
  | { readonly subject: 'retail.catalog.item'; readonly event: CatalogItem }
  | { readonly subject: 'retail.catalog.store'; readonly event: CatalogStore }
  | { readonly subject: 'retail.catalog.placement'; readonly event: CatalogPlacement }
  | { readonly subject: 'retail.replenishment.order'; readonly event: ReplenishmentOrder }
  | { readonly subject: 'retail.stockout.verdict'; readonly event: StockoutVerdict }
  | { readonly subject: 'retail.web'; readonly event: WebEvent }
  | { readonly subject: 'retail.fulfilment.pick'; readonly event: FulfilmentPick };
