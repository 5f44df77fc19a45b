import type { RetailEvent } from '@gondola/events';
import { createRandom, type Random } from '@gondola/stream';
import { createCalendar, HOUR_MS, type Hour } from './calendar.js';
import { bayOf, createItems, createStores, CURRENCY, type Item, type Store } from './catalogue.js';
import { reorder } from './orders.js';
import { between, chance } from './samplers.js';
import { pickForAnHour } from './picks.js';
import { USUAL_RATES, type Rates } from './rates.js';
import { createFate, NO_SCENARIOS, type Fate, type Scenarios } from './scenarios.js';
import { openShop, randomOf, startHour, type Emit, type Shop } from './shop.js';
import {
  countSome,
  loseUnseen,
  openingSnapshot,
  receiveDeliveries,
  spoil,
  startDay,
  transfer,
} from './stock.js';
import { sellForAnHour } from './till.js';
import { truthOf, type TruthRow } from './truth.js';
import { browseForAnHour } from './web.js';

export interface SimulationOptions {
  /** Any whole number; everything follows from it. */
  readonly seed: number;
  readonly stores: number;
  /** Items in every store's range. */
  readonly items: number;
  /** Taken down to the whole UTC hour. */
  readonly startMs: number;
  /** IANA name, of all stores. */
  readonly timeZone: string;
  /** What is to go wrong more or less often than in `USUAL_RATES`. */
  readonly rates?: Partial<Rates>;
  /** What happens to whole shops and warehouses; left out: nothing. */
  readonly scenarios?: Partial<Scenarios>;
  /** Demand against the usual, which is that of fast sellers: 8 to 52 units a day; default 1. */
  readonly demand?: number;
  /** Else every third store sends tills only. */
  readonly allSendInventory?: boolean;
  /** Whether stores say where each item stands; left out: they do not. */
  readonly saysPlaces?: boolean;
}

export type SimulatedEvent = RetailEvent & {
  /** When it leaves the store: its event time, but for the few that are late or sent twice. */
  readonly timeMs: number;
  /** Partition key: the store, or the item for the catalogue. */
  readonly key: string;
};

export interface Simulation {
  readonly stores: readonly Store[];
  readonly items: readonly Item[];
  /**
   * What is new up to and including `timeMs`: events by time of sending, and the truth of the hours that are over.
   * The steps in which time advances make no difference.
   */
  advanceTo(timeMs: number): { readonly events: SimulatedEvent[]; readonly truth: TruthRow[] };
}

/** Shops that sell, lose, count and reorder, with true and recorded stock apart. Throws RangeError on a time zone that is none. */
export function createSimulation(options: SimulationOptions): Simulation {
  const { seed, timeZone } = options;
  const hourAt = createCalendar(timeZone);
  const startMs = Math.floor(options.startMs / HOUR_MS) * HOUR_MS;
  const rates = { ...USUAL_RATES, ...options.rates };
  const fate = createFate(seed, { ...NO_SCENARIOS, ...options.scenarios });
  const stores = createStores(options.stores, seed, options.allSendInventory);
  const items = createItems(options.items, seed, options.demand);
  const shops = stores.map((store, index) => openShop(index, store, items, createRandom(seed, 4, index)));
  let pending: SimulatedEvent[] = [];
  let pendingTruth: TruthRow[] = [];
  let nextHourMs = startMs;
  const emit: Emit = (timeMs, key, event) => pending.push({ ...event, timeMs, key });

  const world: World = { seed, startMs, rates, fate, shops };

  const simulateHour = (hour: Hour) => {
    if (hour.startMs === startMs) {
      open(stores, items, shops, startMs, timeZone, emit);
      if (options.saysPlaces) placeItems(stores, items, startMs + 500, emit);
    }
    for (const shop of shops) {
      const isOpen = simulateShop(world, shop, hour, emit);
      const facts = { closed: !isOpen, feedDead: fate.isFeedDead(shop.index, hour) };
      if (hour.isOpen) pendingTruth.push(...truthOf(shop, hour.startMs, facts));
    }
  };

  return {
    stores,
    items,
    advanceTo(timeMs) {
      for (; nextHourMs <= timeMs; nextHourMs += HOUR_MS) simulateHour(hourAt(nextHourMs));
      // Stable: what happened first stays first among events of the same millisecond.
      pending.sort((left, right) => left.timeMs - right.timeMs);
      const count = pending.findLastIndex((event) => event.timeMs <= timeMs) + 1;
      const events = pending.slice(0, count);
      pending = pending.slice(count);
      const isOver = (row: TruthRow) => row.hourStartMs + HOUR_MS <= timeMs;
      const truth = pendingTruth.filter(isOver);
      pendingTruth = pendingTruth.filter((row) => !isOver(row));
      return { events, truth };
    },
  };
}

/** What an hour of any shop depends on. */
interface World {
  readonly seed: number;
  readonly startMs: number;
  readonly rates: Rates;
  readonly fate: Fate;
  readonly shops: readonly Shop[];
}

/** Returns whether customers came. */
function simulateShop(
  { seed, startMs, rates, fate, shops }: World,
  shop: Shop,
  hour: Hour,
  send: Emit,
): boolean {
  const random = randomOf(seed, shop.index, hour.startMs);
  const emit = fate.feed(shop.index, hour, send);
  if (hour.localHour === 0 || hour.startMs === startMs) startDay(shop, hour, fate, random);
  startHour(shop, hour.startMs);
  receiveDeliveries(shop, hour, emit);
  const isOpen = hour.isOpen && !fate.isClosed(shop.index, hour);
  if (isOpen) {
    sellForAnHour(shop, hour, random, withMishaps(emit, rates, random));
    pickForAnHour(seed, shop, hour, fate.picks, emit);
    browseForAnHour(shop, hour, random, emit);
    loseUnseen(shop, hour, rates, random);
    spoil(shop, hour, rates, random, emit);
    countSome(shop, hour, rates, random, emit);
    transfer(shops, shop, hour, fate, emit);
  }
  // The system orders whether anybody is there or not.
  if (hour.isOpen) reorder(shop, hour, { rates, fate }, random, emit);
  return isOpen;
}

/** Lines between stores and the centre are not perfect: some events come late, some twice. */
function withMishaps(emit: Emit, rates: Rates, random: Random): Emit {
  return (timeMs, key, event) => {
    const sentMs = chance(random, rates.late) ? timeMs + between(random, 20, 360) * 60_000 : timeMs;
    emit(sentMs, key, event);
    if (chance(random, rates.duplicate)) emit(sentMs + between(random, 1, 1_800) * 1000, key, event);
  };
}

function open(
  stores: readonly Store[],
  items: readonly Item[],
  shops: readonly Shop[],
  atMs: number,
  timeZone: string,
  emit: Emit,
): void {
  for (const { storeId, name, city } of stores) {
    const event = {
      eventId: `store:${storeId}:1`,
      retailStoreId: storeId,
      name,
      city,
      timeZone,
      openingHours: null,
      updatedAt: atMs,
    };
    emit(atMs, storeId, { subject: 'retail.catalog.store', event });
  }
  for (const { itemId, gtin, name, category, price } of items) {
    const event = {
      eventId: `item:${itemId}:1`,
      itemId,
      gtin,
      name,
      merchandiseGroup: category,
      listPrice: price,
      currencyCode: CURRENCY,
      ...{ promotionFrom: null, promotionUntil: null, promotionUplift: null },
      updatedAt: atMs,
    };
    emit(atMs, itemId, { subject: 'retail.catalog.item', event });
  }
  for (const shop of shops) openingSnapshot(shop, atMs + 1000, emit);
}

/** After the catalogue, before anything happens. */
function placeItems(stores: readonly Store[], items: readonly Item[], atMs: number, emit: Emit): void {
  for (const [index, { storeId }] of stores.entries())
    for (const { itemId, category } of items) {
      const event = {
        eventId: `place:${storeId}:${itemId}:1`,
        ...{ retailStoreId: storeId, itemId, bay: bayOf(index, category, itemId), updatedAt: atMs },
      };
      emit(atMs, storeId, { subject: 'retail.catalog.placement', event });
    }
}
