import { HOUR_MS, localHourAt, type LocalHour } from './local-time.js';
import { openShare } from './opening-hours.js';
import type { StoreState } from './store-state.js';
import { isUsuallyClosed } from './store-watch.js';

const HOURS_AHEAD_MAX = 7 * 24;

/** Whether the store is open in such an hour, as the catalog has it or as it is known, of those that are looked at at all. */
export function isSellingHour(
  store: StoreState,
  [openHour, closeHour]: readonly [number, number],
  at: LocalHour,
): boolean {
  return at.hour >= openHour && at.hour < closeHour && !isUsuallyClosed(openShare(store, at));
}

/** Event time until the store sells again, from its newest event on; 0 while it does, null when it never does. */
export function opensInMs(store: StoreState, openHours: readonly [number, number]): number | null {
  const { tickStartMs, tickEndMs, eventMsMax, clock } = store;
  const nowMs = Math.min(tickEndMs, Math.max(tickStartMs, eventMsMax));
  for (let hour = 0; hour <= HOURS_AHEAD_MAX; hour++) {
    const startMs = tickStartMs + hour * HOUR_MS;
    if (isSellingHour(store, openHours, localHourAt(clock, startMs))) return Math.max(0, startMs - nowMs);
  }
  return null;
}
