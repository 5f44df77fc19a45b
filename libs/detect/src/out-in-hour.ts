import type { StoreState } from './store-state.js';
import type { TickContext } from './tick.js';

/** P(out): as the filter computed it, as trees scored it, and as the frequency seen at that figure. */
export interface OutNow {
  readonly raw: number;
  /** Left out where no tree was asked. */
  readonly scored?: number;
  readonly calibrated: number;
}

/**
 * P(out in the hour that ended). The trees were grown on sales alone and know nothing of a record: a shelf that has one
 * is judged by the filter, to which the record spoke.
 */
export function outInHour(store: StoreState, { model, work, at }: TickContext, row: number): OutNow {
  const { columns, memory } = store.shelves;
  const raw = work.posterior[row];
  if (!model.trees || !memory || !Number.isNaN(columns.record[row])) {
    return { raw, calibrated: model.calibrate(raw) };
  }
  const scored = work.final[row];
  const calibrated = work.open ? model.trees.calibrate(scored, columns.dayUsual[row], at.hour) : scored;
  return { raw, scored, calibrated };
}
