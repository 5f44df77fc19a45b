import type { RetailEvent } from '@gondola/events';
import { createRandom, type Random } from '@gondola/stream';
import type { Item, Store } from './catalogue.js';
import { between, noise } from './samplers.js';
import type { Promotion } from './scenarios.js';

/** Units under way to a shelf, until the lorry comes. */
export interface Delivery {
  /** Null: not ordered but sent by another store. */
  readonly orderId: string | null;
  /** Nothing will come of it. */
  readonly isCancelled: boolean;
  /** What was promised when it was ordered, and when it comes. */
  readonly expectedMs: number;
  readonly dueMs: number;
  /** What the delivery note says and the system books. */
  readonly booked: number;
  /** What the lorry brings. */
  readonly delivered: number;
  readonly documentId: string;
}

/** One item in one store: what stands there and what the system believes. */
export interface Shelf {
  readonly item: Item;
  /** Units on an average day in this store. */
  readonly demandPerDay: number;
  /** Today's demand against the usual. */
  mood: number;
  /** Units that a customer can find. */
  onHand: number;
  /** Units by the store's system; below 0 when more was sold than was booked. */
  record: number;
  /** Units in the house that nobody finds, until `foundAtMs`. */
  misplaced: number;
  foundAtMs: number;
  deliveries: Delivery[];
  /** Units booked that did not come, since somebody counted. */
  shortUnits: number;
  promotion: Promotion | null;
  /** Units asked for and not there, in the hour being simulated. */
  lostUnits: number;
  /** Since when nothing stands there, null when something does; and for how long of the hour being simulated nothing did. */
  emptySinceMs: number | null;
  emptyMs: number;
}

export interface Shop {
  /** Place among the stores. */
  readonly index: number;
  readonly store: Store;
  readonly shelves: readonly Shelf[];
  /** Till -> its last sequence number of the business day. */
  readonly sequences: Map<string, number>;
  /** Documents, counts and sessions are numbered through. */
  documents: number;
}

/** Says that something happened. `sentMs` is when its event leaves the store. */
export type Emit = (sentMs: number, key: string, event: RetailEvent) => void;

/** Days of demand at which an item is ordered again, and up to which. */
export const REORDER_AT_DAYS = 2;
export const ORDER_UP_TO_DAYS = 4.5;

export function openShop(index: number, store: Store, items: readonly Item[], random: Random): Shop {
  const shelves = items.map((item) => openShelf(store, item, random));
  return { index, store, shelves, sequences: new Map(), documents: 0 };
}

function openShelf(store: Store, item: Item, random: Random): Shelf {
  const demandPerDay = item.demandPerDay * store.size * noise(random, 12);
  const opening = between(random, Math.ceil(demandPerDay * 1.5), Math.ceil(demandPerDay * ORDER_UP_TO_DAYS));
  return {
    item,
    demandPerDay,
    mood: 1,
    onHand: opening,
    record: opening,
    misplaced: 0,
    foundAtMs: Infinity,
    deliveries: [],
    shortUnits: 0,
    promotion: null,
    lostUnits: 0,
    emptySinceMs: null,
    emptyMs: 0,
  };
}

/** From `atMs` on, so many units stand there. */
export function stand(shelf: Shelf, units: number, atMs: number): void {
  shelf.onHand = units;
  if (units === 0) shelf.emptySinceMs ??= atMs;
  else if (shelf.emptySinceMs !== null) {
    shelf.emptyMs += atMs - shelf.emptySinceMs;
    shelf.emptySinceMs = null;
  }
}

/** An hour begins: what was lost and how long a shelf was empty is told of each alone. */
export function startHour(shop: Shop, atMs: number): void {
  for (const shelf of shop.shelves) {
    shelf.lostUnits = shelf.emptyMs = 0;
    if (shelf.emptySinceMs !== null) shelf.emptySinceMs = atMs;
  }
}

/** Numbers of their own for a store's hour, whatever happened in other stores and hours. */
export function randomOf(seed: number, storeIndex: number, hourStartMs: number): Random {
  return createRandom(seed, 3, storeIndex, Math.floor(hourStartMs / 3_600_000));
}

export function nextDocument(shop: Shop, prefix: string): string {
  shop.documents++;
  return `${prefix}-${shop.store.storeId}-${String(shop.documents).padStart(6, '0')}`;
}
