import { outlookOf } from './coming.js';
import { HOUR_MS } from './local-time.js';
import { outAtEnd } from './out-in-hour.js';
import { isSellingHour, opensInMs } from './selling-hours.js';
import type { StoreState } from './store-state.js';
import type { TickContext } from './tick.js';
import { isWatched } from './watched.js';

export interface LevelOptions {
  readonly hoursAhead: number;
  readonly comingProbability: number;
  readonly delistedMs: number;
}

/**
 * After every tick: what the store's shelves are together. In an hour in which it sells, as signals judged them; before it opens, what
 * is coming alone. `isJudged`: signals judged the shelves of this tick, as those of an open store. A store whose feed died or that is
 * found closed teaches nothing, and stays what it was.
 */
export function learnLevels(
  store: StoreState,
  context: TickContext,
  isJudged: boolean,
  options: LevelOptions,
): void {
  const { at, work, model } = context;
  const openHours = model.file.open_hours;
  if (store.watch.incident !== null) return;
  if (isSellingHour(store, openHours, at)) {
    if (!isJudged) return;
    store.levels.learn(store, work.judged, at);
    store.levels.learnComing(store, work.judged, at);
    return;
  }
  const opensMs = opensInMs(store, openHours);
  if (opensMs === null || opensMs > options.hoursAhead * HOUR_MS) return;
  judgeComing(store, context, options);
  store.levels.learnComing(store, work.judged, at);
}

function judgeComing(store: StoreState, context: TickContext, options: LevelOptions): void {
  const { judged } = context.work;
  const { count } = store.shelves;
  const outlook = outlookOf(store, context, options.hoursAhead);
  const { delistedMs, comingProbability } = options;
  judged.begin(count);
  for (let row = 0; row < count; row++) {
    if (!isWatched(store, row, { atMs: store.tickEndMs, delistedMs })) continue;
    const isIn = 1 - outAtEnd(store, context, row).calibrated;
    judged.coming[row] = isIn * outlook(row, comingProbability).probability;
  }
}
