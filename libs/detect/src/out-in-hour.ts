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
 * P(out in the hour that ended). The trees and the isotonic maps were made where no record is known, and their hours of
 * restocking are of shops that nobody tells of deliveries: a shelf with a record is judged by the filter alone, to which
 * record, counts and deliveries speak, and at the end of the hour. Against the simulator's truth that is calibrated as it is.
 */
export function outInHour(store: StoreState, { model, work, at }: TickContext, row: number): OutNow {
  const { columns, memory } = store.shelves;
  const raw = work.posterior[row];
  if (!Number.isNaN(columns.record[row])) {
    const atEnd = columns.prior[row];
    return { raw: atEnd, calibrated: atEnd };
  }
  if (!model.trees || !memory) return { raw, calibrated: model.calibrate(raw) };
  const scored = work.final[row];
  const calibrated = work.open ? model.trees.calibrate(scored, columns.dayUsual[row], at.hour) : scored;
  return { raw, scored, calibrated };
}
