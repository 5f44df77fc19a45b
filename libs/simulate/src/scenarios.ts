import type { RetailEvent } from '@gondola/events';
import { createRandom } from '@gondola/stream';
import { DAY_MS, HOUR_MS, OPENS_AT, OPEN_HOURS, type Hour } from './calendar.js';
import { between, chance } from './samplers.js';
import type { Emit } from './shop.js';

/** What happens to whole shops, tills and warehouses. Parts of 1, all 0 unless asked for. */
export interface Scenarios {
  /** Per store and day: it stays closed all day, or (every second time) shuts hours early. */
  readonly closures: number;
  /** Per store and day: for 2 to 12 hours none of its events comes; every second time they come afterwards, else never. */
  readonly deadFeeds: number;
  /** Per store and day: what one till sells in 2 to 8 hours comes only afterwards. */
  readonly tillsOffline: number;
  /** Per warehouse and day: an item runs out there, for 3 to 7 days. Orders wait for it, or are cancelled. */
  readonly dcShortages: number;
  /** Of tills: the clock is wrong by up to 20 minutes either way. */
  readonly clockSkew: number;
  /** Of items and weeks: sold at four fifths of the price, half as much again to three times as often. */
  readonly promotions: number;
  /** Per shelf and day: some of it goes to another store. */
  readonly transfers: number;
}

export const NO_SCENARIOS: Scenarios = {
  closures: 0,
  deadFeeds: 0,
  tillsOffline: 0,
  dcShortages: 0,
  clockSkew: 0,
  promotions: 0,
  transfers: 0,
};

export interface Promotion {
  readonly promotionId: string;
  readonly demand: number;
  readonly price: number;
}

interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What befalls whom when: follows from the seed alone, whoever asks and however often. */
export type Fate = ReturnType<typeof createFate>;

/** The first word of each series of random numbers; shops, shelves and hours have 1 to 4. */
const SERIES = { closure: 11, feed: 12, till: 13, shortage: 14, clock: 15, promotion: 16, transfer: 17 };
export const TILLS = ['1', '2', '3'];
const SHORTAGE_DAYS_MAX = 7;
const SHORTAGE_DAYS_MIN = 3;

export function createFate(seed: number, scenarios: Scenarios) {
  const dice: Dice = { seed, scenarios };
  return {
    isClosed(store: number, { localDay, localHour }: Hour): boolean {
      const { fromHour, untilHour } = openHours(dice, store, localDay);
      return localHour < fromHour || localHour >= untilHour;
    },

    isFeedDead(store: number, hour: Hour): boolean {
      const window = feedWindow(dice, store, hour);
      return window !== null && window.fromMs < hour.startMs + HOUR_MS && hour.startMs < window.untilMs;
    },

    /** What becomes of a store's events on their way, those that happen within `hour`. */
    feed(store: number, hour: Hour, emit: Emit): Emit {
      const [feed, offline] = [feedWindow(dice, store, hour), tillWindow(dice, store, hour)];
      return (sentMs, key, event) => {
        const told = withSkew(event, (till) => clockSkewMs(dice, store, till));
        const till = event.subject === 'retail.pos.transaction' ? event.event.workstationId : null;
        const heldBack = offline && till === offline.till ? afterWindow(offline, sentMs) : sentMs;
        if (!feed || heldBack < feed.fromMs || heldBack >= feed.untilMs) emit(heldBack, key, told);
        else if (feed.comesLate) emit(afterWindow(feed, heldBack), key, told);
      };
    },

    /** When the warehouse has the item again, null when it has it now. `localDay` is that of `atMs`. */
    shortUntilMs(warehouse: string, item: number, items: number, atMs: number): number | null {
      const day = Math.floor(atMs / DAY_MS);
      for (let back = 0; back < SHORTAGE_DAYS_MAX; back++) {
        const random = createRandom(seed, SERIES.shortage, Number(warehouse.slice(1)), day - back);
        if (!chance(random, scenarios.dcShortages) || random.below(items) !== item) continue;
        const untilMs = (day - back + between(random, SHORTAGE_DAYS_MIN, SHORTAGE_DAYS_MAX)) * DAY_MS;
        if (untilMs > atMs) return untilMs;
      }
      return null;
    },

    promotion(item: number, price: number, localDay: number): Promotion | null {
      const week = Math.floor((localDay + 3) / 7);
      const random = createRandom(seed, SERIES.promotion, item, week);
      if (!chance(random, scenarios.promotions)) return null;
      const demand = 1.5 + 1.5 * random.unit();
      return { promotionId: `PROMO-${week}-${item + 1}`, demand, price: Math.round((price * 0.8) / 50) * 50 };
    },

    /** Which shelves of a store give to which other one today, and what share of what stands there. */
    transfers(store: number, stores: number, shelves: number, localDay: number) {
      if (scenarios.transfers === 0 || stores < 2) return [];
      const random = createRandom(seed, SERIES.transfer, store, localDay);
      return Array.from({ length: shelves }, (_, shelf) => shelf).flatMap((shelf) =>
        chance(random, scenarios.transfers)
          ? [{ shelf, to: (store + 1 + random.below(stores - 1)) % stores, share: 0.2 + 0.3 * random.unit() }]
          : [],
      );
    },
  };
}

interface Dice {
  readonly seed: number;
  readonly scenarios: Scenarios;
}

/** Local hours that the store keeps this day. */
function openHours(
  { seed, scenarios }: Dice,
  store: number,
  localDay: number,
): { fromHour: number; untilHour: number } {
  const whole = { fromHour: OPENS_AT, untilHour: OPENS_AT + OPEN_HOURS };
  const random = createRandom(seed, SERIES.closure, store, localDay);
  if (!chance(random, scenarios.closures)) return whole;
  return chance(random, 0.5)
    ? { fromHour: 0, untilHour: 0 }
    : { ...whole, untilHour: OPENS_AT + between(random, 3, OPEN_HOURS - 4) };
}

function feedWindow(
  { seed, scenarios }: Dice,
  store: number,
  hour: Hour,
): (Window & { comesLate: boolean }) | null {
  const random = createRandom(seed, SERIES.feed, store, hour.localDay);
  if (!chance(random, scenarios.deadFeeds)) return null;
  const window = windowOf(hour, between(random, OPENS_AT, OPENS_AT + 9), between(random, 2, 12));
  return { ...window, comesLate: chance(random, 0.5) };
}

function tillWindow(
  { seed, scenarios }: Dice,
  store: number,
  hour: Hour,
): (Window & { till: string }) | null {
  const random = createRandom(seed, SERIES.till, store, hour.localDay);
  if (!chance(random, scenarios.tillsOffline)) return null;
  const window = windowOf(hour, between(random, OPENS_AT, OPENS_AT + 9), between(random, 2, 8));
  return { ...window, till: TILLS[random.below(TILLS.length)] };
}

/** How far a till's clock is ahead of the true time; negative: behind. */
function clockSkewMs({ seed, scenarios }: Dice, store: number, till: string): number {
  const random = createRandom(seed, SERIES.clock, store, Number(till));
  if (!chance(random, scenarios.clockSkew)) return 0;
  return (chance(random, 0.5) ? 1 : -1) * between(random, 60, 1200) * 1000;
}

function windowOf({ startMs, localHour }: Hour, fromHour: number, hours: number): Window {
  const fromMs = startMs + (fromHour - localHour) * HOUR_MS;
  return { fromMs, untilMs: fromMs + hours * HOUR_MS };
}

/** What was held back comes within a quarter of an hour, in its order. */
function afterWindow({ fromMs, untilMs }: Window, sentMs: number): number {
  if (sentMs < fromMs || sentMs >= untilMs) return sentMs;
  return untilMs + Math.floor(((sentMs - fromMs) / (untilMs - fromMs)) * 900_000);
}

function withSkew(event: RetailEvent, skewOf: (till: string) => number): RetailEvent {
  if (event.subject !== 'retail.pos.transaction') return event;
  const skewMs = skewOf(event.event.workstationId);
  if (skewMs === 0) return event;
  return { ...event, event: { ...event.event, beginDateTime: event.event.beginDateTime + skewMs } };
}
