import type { ReplenishmentOrder } from '@gondola/events';
import type { Random } from '@gondola/stream';
import { DAY_MS, HOUR_MS, type Hour } from './calendar.js';
import type { Rates } from './rates.js';
import { between, chance, pick } from './samplers.js';
import type { Fate } from './scenarios.js';
import {
  nextDocument,
  ORDER_UP_TO_DAYS,
  REORDER_AT_DAYS,
  type Delivery,
  type Emit,
  type Shelf,
  type Shop,
} from './shop.js';

const ORDERS_AT = 21;
const CASE_UNITS = 6;
/** Local hours at which lorries come. */
const DELIVERY_HOURS = [5, 6, 10, 15];
/** How long a lorry is loaded and under way. */
const SHIPPING_MS = 6 * HOUR_MS;

/** Where the warehouse has none for longer, it cancels. */
const CANCELLED_AFTER_DAYS = 3;

/** Per delivery: the supplier has none for days. */
const DELAY_CHANCE = 0.06;

/** Before closing the system orders what it believes to be short. What it believes to have, it never orders. */
export function reorder(
  shop: Shop,
  hour: Hour,
  { rates, fate }: { rates: Rates; fate: Fate },
  random: Random,
  emit: Emit,
): void {
  if (hour.localHour !== ORDERS_AT) return;
  for (const [index, shelf] of shop.shelves.entries()) {
    const coming = shelf.deliveries.reduce((sum, delivery) => sum + delivery.booked, 0);
    const position = shelf.record + coming;
    if (position > shelf.demandPerDay * REORDER_AT_DAYS) continue;
    const wanted = shelf.demandPerDay * ORDER_UP_TO_DAYS - position;
    const booked = Math.ceil(wanted / CASE_UNITS) * CASE_UNITS;
    const isShort = chance(random, rates.short);
    const days = between(random, 1, 2);
    const daysLate = chance(random, DELAY_CHANCE) ? between(random, 1, 3) : 0;
    const expectedMs = hour.startMs + days * DAY_MS - (ORDERS_AT - pick(random, DELIVERY_HOURS)) * HOUR_MS;
    const promisedMs = expectedMs + daysLate * DAY_MS;
    const shortUntilMs = fate.shortUntilMs(
      shop.store.warehouseId,
      index,
      shop.shelves.length,
      promisedMs - SHIPPING_MS,
    );
    const daysWaiting =
      shortUntilMs === null ? 0 : Math.ceil((shortUntilMs - promisedMs + SHIPPING_MS) / DAY_MS);
    const isCancelled = daysWaiting > CANCELLED_AFTER_DAYS;
    const delivery: Delivery = {
      orderId: `PO-${shop.store.storeId}-${hour.localDay}`,
      isCancelled,
      expectedMs,
      // An order is cancelled when it should be shipped.
      dueMs: isCancelled ? promisedMs - SHIPPING_MS : promisedMs + daysWaiting * DAY_MS,
      booked,
      delivered: isShort ? Math.floor(booked * 0.3 * random.unit()) : booked,
      documentId: nextDocument(shop, 'DN'),
    };
    shelf.deliveries.push(delivery);
    tellOrder(shop, shelf, delivery, 'PLACED', hour.startMs + 3_540_000, emit);
    if (!isCancelled) tellOrder(shop, shelf, delivery, 'SHIPPED', delivery.dueMs - SHIPPING_MS, emit);
  }
}

/** A store without inventory events tells no orders either. */
export function tellOrder(
  shop: Shop,
  shelf: Shelf,
  { orderId, booked, expectedMs, dueMs }: Delivery,
  status: ReplenishmentOrder['status'],
  atMs: number,
  emit: Emit,
): void {
  const { storeId, warehouseId, sendsInventory } = shop.store;
  if (!sendsInventory || orderId === null) return;
  const { itemId } = shelf.item;
  const event: ReplenishmentOrder = {
    eventId: `order:${orderId}:${itemId}:${status}`,
    eventTime: atMs,
    orderId,
    locationId: storeId,
    sourceId: warehouseId,
    itemId,
    quantity: booked,
    status,
    // Who ships knows when the lorry will be there; before, it is what was promised.
    expectedAt: status === 'PLACED' || status === 'CANCELLED' ? expectedMs : dueMs,
  };
  emit(atMs, storeId, { subject: 'retail.replenishment.order', event });
}
