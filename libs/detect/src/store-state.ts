import type { Arm, SignalKind } from '@gondola/events';
import { DAY_MS, hourEndMs, hourStartMs, QUARTER_MS, type LocalClock } from './local-time.js';
import {
  EVENT_MS_MAX,
  IS_AHEAD,
  LINE_DOUBLES,
  LOOK_MS,
  SALE_MS,
  TICK_END_MS,
  TICK_START_MS,
  type EngineMemory,
} from './engine-memory.js';
import { Orders } from './orders.js';
import { ShelfTable } from './shelf-state.js';
import type { Sights } from './sights.js';
import { StoreLevels } from './store-levels.js';
import { createWatch, type StoreWatch } from './store-watch.js';

/** Further ahead of all that a store said before, one event alone is not believed. */
const AHEAD_MS_MAX = DAY_MS;

/** An open signal of one shelf. */
export interface Episode {
  readonly episodeId: string;
  readonly kind: SignalKind;
  readonly sinceMs: number;
  /** Of the whole episode, by when it opened. Left out in older states: treated. */
  readonly arm?: Arm;
  /** P(sells far too little) by when it opened, of `partial` alone. */
  readonly partial?: number;
}

/** What a store remembers beside its shelves, as plain numbers and lists. */
export interface StoreNumbers {
  readonly storeId: string;
  /** The running tick; ticks before it are done. */
  tickStartMs: number;
  tickEndMs: number;
  /** When it is looked at next, at the latest when the tick ends; and thousandths that it had sold in this tick at the last look. */
  lookMs: number;
  soldByLook: number;
  /** Newest event time seen. */
  eventMsMax: number;
  /** Whether the last event was far ahead of all before. */
  isAhead: boolean;
  /** Ticks done: place in the history rings. */
  ticks: number;
  /** Local day of the last tick, -1 before the first. */
  day: number;
  /** Decayed sums over all shelves: units sold (winsorised) and expected. */
  trafficSold: number;
  trafficExpected: number;
  /** -log P(nothing sold in the whole store since its last sale): large when the feed is dead or the store closed. */
  silence: number;
  /** Number of the city among the engine's, 0 for none; and the hour since 1970 that it last added to its sums. */
  city: number;
  sharedHour: number;
  /** By local hour: on which share of the last days it sold anything in it. 1 until it is known better. */
  sellsAt: number[];
  /** Decayed sums over counts: units that were missing, and units usually sold in the time since the count before. */
  lostUnits: number;
  lostOf: number;
  /** How it usually speaks, and what is open of it as a whole. */
  readonly watch: StoreWatch;
  /** Its opening hours as the catalog has them, see `openingHoursOf`; null: those that it is known for. */
  givenHours: string | null;
}

/** One store: its shelves, how busy it is, and where it stands in event time. What every event needs of it is in its line. */
export class StoreState implements StoreNumbers {
  readonly storeId: string;
  clock: LocalClock;
  /** Row of the shelf -> its open signal. */
  readonly episodes = new Map<number, Episode>();
  /** Row of the shelf -> what was seen there lately, of few shelves. */
  readonly sights = new Map<number, Sights>();
  readonly shelves: ShelfTable;
  readonly orders: Orders;
  /** What its shelves are together, and what is usual. */
  readonly levels: StoreLevels;
  soldByLook: number;
  ticks: number;
  day: number;
  trafficSold: number;
  trafficExpected: number;
  silence: number;
  city: number;
  sharedHour: number;
  sellsAt: number[];
  lostUnits: number;
  lostOf: number;
  readonly watch: StoreWatch;
  givenHours: string | null;
  private readonly line: number;

  constructor(
    private readonly home: EngineMemory,
    { shelves, orders, levels }: Pick<StoreState, 'shelves' | 'orders' | 'levels'>,
    clock: LocalClock,
    numbers: StoreNumbers,
  ) {
    this.line = shelves.store * LINE_DOUBLES;
    this.shelves = shelves;
    this.orders = orders;
    this.levels = levels;
    this.clock = clock;
    this.storeId = numbers.storeId;
    this.tickStartMs = numbers.tickStartMs;
    this.tickEndMs = numbers.tickEndMs;
    this.lookMs = numbers.lookMs;
    this.eventMsMax = numbers.eventMsMax;
    this.isAhead = numbers.isAhead;
    this.soldByLook = numbers.soldByLook;
    this.ticks = numbers.ticks;
    this.day = numbers.day;
    this.trafficSold = numbers.trafficSold;
    this.trafficExpected = numbers.trafficExpected;
    this.silence = numbers.silence;
    this.city = numbers.city;
    this.sharedHour = numbers.sharedHour;
    this.sellsAt = numbers.sellsAt;
    this.lostUnits = numbers.lostUnits;
    this.lostOf = numbers.lostOf;
    this.watch = numbers.watch;
    this.givenHours = numbers.givenHours ?? null;
  }

  get tickStartMs(): number {
    return this.home.lines[this.line + TICK_START_MS];
  }

  set tickStartMs(ms: number) {
    this.home.lines[this.line + TICK_START_MS] = ms;
  }

  get tickEndMs(): number {
    return this.home.lines[this.line + TICK_END_MS];
  }

  set tickEndMs(ms: number) {
    this.home.lines[this.line + TICK_END_MS] = ms;
  }

  get lookMs(): number {
    return this.home.lines[this.line + LOOK_MS];
  }

  set lookMs(ms: number) {
    this.home.lines[this.line + LOOK_MS] = ms;
  }

  get eventMsMax(): number {
    return this.home.lines[this.line + EVENT_MS_MAX];
  }

  set eventMsMax(ms: number) {
    this.home.lines[this.line + EVENT_MS_MAX] = ms;
  }

  get isAhead(): boolean {
    return this.home.lines[this.line + IS_AHEAD] !== 0;
  }

  set isAhead(isAhead: boolean) {
    this.home.lines[this.line + IS_AHEAD] = Number(isAhead);
  }

  /** Tells the watch of sales that were only noted in the line: before anything reads it. */
  tellSales(): void {
    const saleMs = this.home.lines[this.line + SALE_MS];
    if (saleMs > this.watch.saleMs) this.watch.saleMs = saleMs;
  }

  numbers(): StoreNumbers {
    this.tellSales();
    const { storeId, tickStartMs, tickEndMs, lookMs, soldByLook, eventMsMax, isAhead, ticks, day } = this;
    const { trafficSold, trafficExpected, silence, city, sharedHour, sellsAt } = this;
    const { lostUnits, lostOf, watch, givenHours } = this;
    return {
      ...{ storeId, tickStartMs, tickEndMs, lookMs, soldByLook, eventMsMax, isAhead, ticks, day },
      ...{ trafficSold, trafficExpected, silence, city, sharedHour, sellsAt, lostUnits, lostOf, watch },
      givenHours,
    };
  }
}

export function createStore(
  storeId: string,
  clock: LocalClock,
  atMs: number,
  begin: {
    city: number;
    givenHours: string | null;
    remembers: boolean;
    openHours: readonly [number, number];
    home: EngineMemory;
  },
): StoreState {
  const { city, givenHours, remembers, openHours, home } = begin;
  const shelves = new ShelfTable(remembers, home);
  const parts = { shelves, orders: new Orders(), levels: new StoreLevels() };
  return new StoreState(home, parts, clock, {
    storeId,
    tickStartMs: hourStartMs(clock, atMs),
    tickEndMs: hourEndMs(clock, atMs),
    lookMs: 0,
    soldByLook: 0,
    eventMsMax: atMs,
    isAhead: false,
    ticks: 0,
    day: -1,
    trafficSold: 0,
    trafficExpected: 0,
    silence: 0,
    city,
    sharedHour: 0,
    sellsAt: new Array<number>(24).fill(1),
    lostUnits: 0,
    lostOf: 0,
    watch: createWatch(openHours),
    givenHours,
  });
}

/** Moves the running tick to the hour that holds `startMs`. */
export function moveTick(store: StoreState, startMs: number): void {
  store.tickStartMs = startMs;
  store.tickEndMs = hourEndMs(store.clock, startMs);
  store.lookMs = Math.min(store.tickEndMs, startMs + QUARTER_MS);
  store.soldByLook = 0;
}

/**
 * When it happened. One event far ahead of all others of its store is a broken clock, two are a store that was away: the first is
 * taken as if it had happened when the store's newest did, so that it moves no hour.
 */
export function believedMs(store: StoreState, toldMs: number): number {
  const isFar = toldMs > Math.max(store.eventMsMax, store.tickEndMs) + AHEAD_MS_MAX;
  const isAlone = isFar && !store.isAhead;
  store.isAhead = isFar;
  return isAlone ? store.eventMsMax : toldMs;
}
