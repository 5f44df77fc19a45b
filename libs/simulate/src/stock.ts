import type { InventoryMovement, InventorySnapshot } from '@gondola/events';
import type { Random } from '@gondola/stream';
import { HOUR_MS, OPEN_HOURS, type Hour } from './calendar.js';
import { tellOrder } from './orders.js';
import { between, chance, noise } from './samplers.js';
import type { Rates } from './rates.js';
import type { Fate } from './scenarios.js';
import { nextDocument, stand, type Emit, type Shelf, type Shop } from './shop.js';

const COUNTS_AT = 19;

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
      if (delivery.isCancelled) {
        tellOrder(shop, shelf, delivery, 'CANCELLED', hour.startMs + 30_000, emit);
        continue;
      }
      shelf.shortUnits += delivery.booked - delivery.delivered;
      if (delivery.delivered > 0) stand(shelf, shelf.onHand + delivery.delivered, hour.startMs);
      shelf.record += delivery.booked;
      movement(
        shop,
        shelf,
        hour.startMs + 20_000,
        delivery.orderId === null ? 'TRANSFER_IN' : 'RECEIPT',
        delivery.booked,
        delivery.documentId,
        emit,
      );
      tellOrder(shop, shelf, delivery, 'RECEIVED', hour.startMs + 30_000, emit);
    }
  }
}

/** What nobody books: theft, and units that end up where no customer looks. */
export function loseUnseen(shop: Shop, hour: Hour, rates: Rates, random: Random): void {
  const endMs = hour.startMs + HOUR_MS;
  for (const shelf of shop.shelves) {
    if (shelf.foundAtMs <= hour.startMs) putBack(shelf, endMs);
    if (chance(random, (shelf.onHand * rates.loss) / OPEN_HOURS)) stand(shelf, shelf.onHand - 1, endMs);
    if (chance(random, rates.bulkTheft / OPEN_HOURS))
      stand(shelf, shelf.onHand - Math.ceil(shelf.onHand * (0.7 + 0.3 * random.unit())), endMs);
    if (chance(random, rates.misplaced / OPEN_HOURS)) {
      shelf.misplaced += shelf.onHand;
      stand(shelf, 0, endMs);
      shelf.foundAtMs = hour.startMs + between(random, 24, 96) * HOUR_MS;
    }
  }
}

/** What is thrown away is booked. */
export function spoil(shop: Shop, hour: Hour, rates: Rates, random: Random, emit: Emit): void {
  for (const shelf of shop.shelves) {
    if (!chance(random, rates.spoiled / OPEN_HOURS) || shelf.onHand === 0) continue;
    const units = between(random, 1, Math.min(shelf.onHand, 3));
    stand(shelf, shelf.onHand - units, hour.startMs + HOUR_MS);
    shelf.record -= units;
    movement(shop, shelf, hour.startMs + 3_480_000, 'SHRINK', units, null, emit);
  }
}

/** In the evening some shelves are counted: the system learns what stands there. */
export function countSome(shop: Shop, hour: Hour, rates: Rates, random: Random, emit: Emit): void {
  if (hour.localHour !== COUNTS_AT) return;
  const countId = nextDocument(shop, 'CNT');
  for (const shelf of shop.shelves) {
    if (!chance(random, rates.counted)) continue;
    if (chance(random, 0.5)) putBack(shelf, hour.startMs + HOUR_MS);
    shelf.record = shelf.onHand;
    shelf.shortUnits = 0;
    snapshot(shop, shelf, hour.startMs + 3_540_000, countId, 'CYCLE', emit);
  }
}

export function startDay(shop: Shop, hour: Hour, fate: Fate, random: Random): void {
  const storeMood = noise(random, 60);
  shop.shelves.forEach((shelf, index) => {
    shelf.promotion = fate.promotion(index, shelf.item.price, hour.localDay);
    shelf.mood = storeMood * noise(random, 20) * (shelf.promotion?.demand ?? 1);
  });
  shop.sequences.clear();
}

const TRANSFERS_AT = 12;
const TRANSFER_HOURS = 4;

/** A store gives some of what it has to another. Both book it. */
export function transfer(shops: readonly Shop[], shop: Shop, hour: Hour, fate: Fate, emit: Emit): void {
  if (hour.localHour !== TRANSFERS_AT) return;
  const sent = fate.transfers(shop.index, shops.length, shop.shelves.length, hour.localDay);
  for (const { shelf: index, to, share } of sent) {
    const shelf = shop.shelves[index];
    const units = Math.floor(shelf.onHand * share);
    if (units === 0) continue;
    const documentId = nextDocument(shop, 'TR');
    stand(shelf, shelf.onHand - units, hour.startMs + HOUR_MS);
    shelf.record -= units;
    movement(shop, shelf, hour.startMs + 3_500_000, 'TRANSFER_OUT', units, documentId, emit);
    const dueMs = hour.startMs + TRANSFER_HOURS * HOUR_MS;
    shops[to].shelves[index].deliveries.push({
      ...{ orderId: null, isCancelled: false, expectedMs: dueMs, dueMs },
      ...{ booked: units, delivered: units, documentId },
    });
  }
}

function putBack(shelf: Shelf, atMs: number): void {
  stand(shelf, shelf.onHand + shelf.misplaced, atMs);
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
