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
  /** What the shelf's columns do not hold yet of the running hour: log-odds of its silence, units expected in it. */
  readonly soFar?: { readonly weight: number; readonly units: number };
}

/** What was seen speaks last: trees and calibration were fitted on what it says nothing of, and it is a ratio of frequencies. */
export function withSights(now: OutNow, sights: number): OutNow {
  if (sights === 0) return now;
  const all = { ...now, raw: shifted(now.raw, sights), calibrated: shifted(now.calibrated, sights), sights };
  return now.scored === undefined ? all : { ...all, scored: shifted(now.scored, sights) };
}

/**
 * P(out in the hour that ended). The trees and the isotonic maps were made where no record is known, and their hours of
 * restocking are of shops that nobody tells of deliveries: a shelf with a record is judged by the filter alone, to which
 * record, counts and deliveries speak. Against the simulator's truth that is calibrated as it is.
 */
export function outInHour(store: StoreState, context: TickContext, row: number): OutNow {
  const sights = store.sights.size === 0 ? undefined : store.sights.get(row);
  const now = bySalesAndRecord(store, context, row);
  return sights ? withSights(now, sights.hourShift) : now;
}

function bySalesAndRecord(store: StoreState, { model, work, at }: TickContext, row: number): OutNow {
  const { columns, memory } = store.shelves;
  const raw = work.posterior[row];
  if (!Number.isNaN(columns.record.at(row))) return { raw, calibrated: raw };
  if (!model.trees || !memory) return { raw, calibrated: model.calibrate(raw) };
  const scored = work.final[row];
  const calibrated = work.open ? model.trees.calibrate(scored, columns.dayUsual[row], at.hour) : scored;
  return { raw, scored, calibrated };
}

/** P(out now that the hour has ended): a record knows what its sales left. Without one, that of the hour. */
export function outAtEnd(store: StoreState, context: TickContext, row: number): OutNow {
  const { record, prior } = store.shelves.columns;
  if (Number.isNaN(record.at(row))) return outInHour(store, context, row);
  return withSights({ raw: prior.at(row), calibrated: prior.at(row) }, store.sights.get(row)?.shift ?? 0);
}
