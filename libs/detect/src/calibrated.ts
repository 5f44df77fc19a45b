import type { StoreState } from './store-state.js';
import type { TickContext } from './tick.js';

/**
 * P(out in the hour that ended) as the frequency seen at that figure. The trees were grown on sales alone and know
 * nothing of a record: a shelf that has one is judged by the filter, to which the record spoke.
 */
export function calibratedOf(store: StoreState, { model, work, at }: TickContext, row: number): number {
  const { columns, memory } = store.shelves;
  if (!model.trees || !memory || !Number.isNaN(columns.record[row]))
    return model.calibrate(work.posterior[row]);
  if (!work.open) return work.final[row];
  return model.trees.calibrate(work.final[row], columns.dayUsual[row], at.hour);
}
