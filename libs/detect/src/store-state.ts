import type { Arm, SignalKind } from '@gondola/events';
import { hourEndMs, hourStartMs, type LocalClock } from './local-time.js';
import { Orders } from './orders.js';
import { ShelfTable } from './shelf-state.js';
import { createWatch, type StoreWatch } from './store-watch.js';

/** An open signal of one shelf. */
export interface Episode {
  readonly episodeId: string;
  readonly kind: SignalKind;
  readonly sinceMs: number;
  /** Of the whole episode, by when it opened. Left out in older states: treated. */
  readonly arm?: Arm;
}

/** One store: its shelves, how busy it is, and where it stands in event time. */
export interface StoreState {
  readonly storeId: string;
  clock: LocalClock;
  readonly shelves: ShelfTable;
  /** Row of the shelf -> its open signal. */
  readonly episodes: Map<number, Episode>;
  readonly orders: Orders;
  /** The running tick; ticks before it are done. */
  tickStartMs: number;
  tickEndMs: number;
  /** Newest event time seen. */
  eventMsMax: number;
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
  /** Decayed sums over counts: units that were missing, and units usually sold in the time since the count before. */
  lostUnits: number;
  lostOf: number;
  /** How it usually speaks, and what is open of it as a whole. */
  readonly watch: StoreWatch;
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
    orders: new Orders(),
    tickStartMs: hourStartMs(clock, atMs),
    tickEndMs: hourEndMs(clock, atMs),
    eventMsMax: atMs,
    ticks: 0,
    day: -1,
    trafficSold: 0,
    trafficExpected: 0,
    silence: 0,
    city,
    sharedHour: 0,
    lostUnits: 0,
    lostOf: 0,
    watch: createWatch(openHours),
  };
}

/** Moves the running tick to the hour that holds `startMs`. */
export function moveTick(store: StoreState, startMs: number): void {
  store.tickStartMs = startMs;
  store.tickEndMs = hourEndMs(store.clock, startMs);
}
