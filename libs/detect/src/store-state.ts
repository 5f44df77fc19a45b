import type { Arm, SignalKind } from '@gondola/events';
import { DAY_MS, hourEndMs, hourStartMs, QUARTER_MS, type LocalClock } from './local-time.js';
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

/** One store: its shelves, how busy it is, and where it stands in event time. */
export interface StoreState {
  readonly storeId: string;
  clock: LocalClock;
  readonly shelves: ShelfTable;
  /** Row of the shelf -> its open signal. */
  readonly episodes: Map<number, Episode>;
  /** Row of the shelf -> what was seen there lately, of few shelves. */
  readonly sights: Map<number, Sights>;
  readonly orders: Orders;
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
  /** What its shelves are together, and what is usual. */
  readonly levels: StoreLevels;
}

export function createStore(
  storeId: string,
  clock: LocalClock,
  atMs: number,
  { city, remembers, openHours }: { city: number; remembers: boolean; openHours: readonly [number, number] },
): StoreState {
  return {
    storeId,
    clock,
    shelves: new ShelfTable(remembers),
    episodes: new Map(),
    sights: new Map(),
    orders: new Orders(),
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
    levels: new StoreLevels(),
  };
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
