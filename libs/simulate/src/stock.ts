import type { InventoryMovement, InventorySnapshot } from '@gondola/events';
import type { Random } from '@gondola/stream';
import { DAY_MS, HOUR_MS, type Hour } from './calendar.js';
import { between, chance, noise, pick } from './samplers.js';
import { nextDocument, ORDER_UP_TO_DAYS, REORDER_AT_DAYS, type Emit, type Shelf, type Shop } from './shop.js';

const COUNTS_AT = 19;
const ORDERS_AT = 21;
/** Every shelf is counted about every so many days. */
const COUNT_CYCLE_DAYS = 8;
const CASE_UNITS = 6;
/** Local hours at which lorries come. */
const DELIVERY_HOURS = [5, 6, 10, 15];

/** Per delivery: the supplier has none for days; the lorry brings less than the note says. */
const DELAY_CHANCE = 0.06;
const SHORT_CHANCE = 0.03;
/** Per shelf and open hour; a store is open 15 hours. */
const BULK_THEFT_CHANCE = 0.0015 / 15;
const MISPLACED_CHANCE = 0.003 / 15;
const SPOILED_CHANCE = 0.02 / 15;
/** Per unit on the shelf and open hour: leaves unpaid. */
const THEFT_CHANCE = 0.0002;

/** The stock a store starts with, as its system tells it. */
export function openingSnapshot(shop: Shop, atMs: number, emit: Emit): void {
  const countId = nextDocument(shop, 'CNT');
  for (const shelf of shop.shelves) snapshot(shop, shelf, atMs, countId, 'SYSTEM', emit);
}

/** Lorries that are due: the system books what the note says, the shelf gets what was on the lorry. */
export function receiveDeliveries(shop: Shop, hour: Hour, emit: Emit): void {
  for (const shelf of shop.shelves) {
    const due = shelf.deliveries.filter((delivery) => delivery.dueMs <= hour.startMs);
    shelf.deliveries = shelf.deliveries.filter((delivery) => delivery.dueMs > hour.startMs);
    for (const delivery of due) {
      shelf.onHand += delivery.delivered;
      shelf.record += delivery.booked;
      movement(shop, shelf, hour.startMs + 20_000, 'RECEIPT', delivery.booked, delivery.documentId, emit);
    }
  }
}

/** What nobody books: theft, and units that end up where no customer looks. */
export function loseUnseen(shop: Shop, hour: Hour, random: Random): void {
  for (const shelf of shop.shelves) {
    if (shelf.foundAtMs <= hour.startMs) putBack(shelf);
    if (chance(random, shelf.onHand * THEFT_CHANCE)) shelf.onHand--;
    if (chance(random, BULK_THEFT_CHANCE))
      shelf.onHand -= Math.ceil(shelf.onHand * (0.7 + 0.3 * random.unit()));
    if (chance(random, MISPLACED_CHANCE)) {
      shelf.misplaced += shelf.onHand;
      shelf.onHand = 0;
      shelf.foundAtMs = hour.startMs + between(random, 24, 96) * HOUR_MS;
    }
  }
}

/** What is thrown away is booked. */
export function spoil(shop: Shop, hour: Hour, random: Random, emit: Emit): void {
  for (const shelf of shop.shelves) {
    if (!chance(random, SPOILED_CHANCE) || shelf.onHand === 0) continue;
    const units = between(random, 1, Math.min(shelf.onHand, 3));
    shelf.onHand -= units;
    shelf.record -= units;
    movement(shop, shelf, hour.startMs + 3_480_000, 'SHRINK', units, null, emit);
  }
}

/** In the evening some shelves are counted: the system learns what stands there. */
export function countSome(shop: Shop, hour: Hour, random: Random, emit: Emit): void {
  if (hour.localHour !== COUNTS_AT) return;
  const countId = nextDocument(shop, 'CNT');
  for (const shelf of shop.shelves) {
    if (!chance(random, 1 / COUNT_CYCLE_DAYS)) continue;
    if (chance(random, 0.5)) putBack(shelf);
    shelf.record = shelf.onHand;
    snapshot(shop, shelf, hour.startMs + 3_540_000, countId, 'CYCLE', emit);
  }
}

/** Before closing the system orders what it believes to be short. What it believes to have, it never orders. */
export function reorder(shop: Shop, hour: Hour, random: Random): void {
  if (hour.localHour !== ORDERS_AT) return;
  for (const shelf of shop.shelves) {
    const coming = shelf.deliveries.reduce((sum, delivery) => sum + delivery.booked, 0);
    const position = shelf.record + coming;
    if (position > shelf.demandPerDay * REORDER_AT_DAYS) continue;
    const wanted = shelf.demandPerDay * ORDER_UP_TO_DAYS - position;
    const booked = Math.ceil(wanted / CASE_UNITS) * CASE_UNITS;
    const isShort = chance(random, SHORT_CHANCE);
    const days = between(random, 1, 2) + (chance(random, DELAY_CHANCE) ? between(random, 1, 3) : 0);
    shelf.deliveries.push({
      dueMs: hour.startMs + days * DAY_MS - (ORDERS_AT - pick(random, DELIVERY_HOURS)) * HOUR_MS,
      booked,
      delivered: isShort ? Math.floor(booked * 0.3 * random.unit()) : booked,
      documentId: nextDocument(shop, 'DN'),
    });
  }
}

export function startDay(shop: Shop, random: Random): void {
  const storeMood = noise(random, 60);
  for (const shelf of shop.shelves) shelf.mood = storeMood * noise(random, 20);
  shop.sequences.clear();
}

function putBack(shelf: Shelf): void {
  shelf.onHand += shelf.misplaced;
  shelf.misplaced = 0;
  shelf.foundAtMs = Infinity;
}

function movement(
  shop: Shop,
  shelf: Shelf,
  atMs: number,
  reason: InventoryMovement['reason'],
  quantity: number,
  documentId: string | null,
  emit: Emit,
): void {
  if (!shop.store.sendsInventory) return;
  const { storeId } = shop.store;
  const movementId = nextDocument(shop, 'MOV');
  const event: InventoryMovement = {
    eventId: `movement:${movementId}`,
    movementId,
    locationId: storeId,
    itemId: shelf.item.itemId,
    eventTime: atMs,
    quantity,
    reason,
    documentId,
  };
  emit(atMs, storeId, { subject: 'retail.inventory.movement', event });
}

function snapshot(
  shop: Shop,
  shelf: Shelf,
  atMs: number,
  countId: string,
  method: InventorySnapshot['method'],
  emit: Emit,
): void {
  if (!shop.store.sendsInventory) return;
  const { storeId } = shop.store;
  const event: InventorySnapshot = {
    eventId: `snapshot:${countId}:${shelf.item.itemId}`,
    countId,
    locationId: storeId,
    itemId: shelf.item.itemId,
    countedAt: atMs,
    onHand: shelf.record,
    method,
  };
  emit(atMs, storeId, { subject: 'retail.inventory.snapshot', event });
}
