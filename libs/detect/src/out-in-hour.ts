import { shifted } from './sights.js';
import type { StoreState } from './store-state.js';
import type { TickContext } from './tick.js';

/** P(out): as the filter computed it, as trees scored it, and as the frequency seen at that figure. */
export interface OutNow {
  readonly raw: number;
  /** Left out where no tree was asked. */
  readonly scored?: number;
  readonly calibrated: number;
  /** Log-odds that sights added to each of them; 0 when left out. */
  readonly sights?: number;
}

/** What was seen speaks last: trees and calibration were fitted on what it says nothing of, and it is a ratio of frequencies. */
export function withSights({ raw, scored, calibrated }: OutNow, sights: number): OutNow {
  const all = { raw: shifted(raw, sights), calibrated: shifted(calibrated, sights), sights };
  return scored === undefined ? all : { ...all, scored: shifted(scored, sights) };
}

/**
 * P(out in the hour that ended). The trees were grown on sales alone and know nothing of a record: a shelf that has one
 * is judged by the filter, to which the record spoke.
 */
export function outInHour(store: StoreState, context: TickContext, row: number): OutNow {
  const sights = store.sights.size === 0 ? undefined : store.sights.get(row);
  const now = bySalesAndRecord(store, context, row);
  return sights ? withSights(now, sights.hourShift) : now;
}

function bySalesAndRecord(store: StoreState, { model, work, at }: TickContext, row: number): OutNow {
  const { columns, memory } = store.shelves;
  const raw = work.posterior[row];
  if (!model.trees || !memory || !Number.isNaN(columns.record[row])) {
    return { raw, calibrated: model.calibrate(raw) };
  }
  const scored = work.final[row];
  const calibrated = work.open ? model.trees.calibrate(scored, columns.dayUsual[row], at.hour) : scored;
  return { raw, scored, calibrated };
}
