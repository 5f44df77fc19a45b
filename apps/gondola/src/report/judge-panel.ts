import {
  foldOf,
  HELD_FOLD,
  isTestStore,
  runPanel,
  SCORED_HOUR_FIRST,
  SCORED_HOURS,
  storesOf,
  trainingStores,
  type Model,
} from '@gondola/detect';
import type { Panel } from '@gondola/events';

/** Hours without a sale at which the rule says one half; the order of shelves does not depend on it. */
const RULE_HOURS = 6;

export const SPLITS = ['held', 'test'] as const;

/**
 * held: training stores that no tree was grown on; the filter's tables and the calibration know their first days.
 * test: stores that nothing was fitted on. To look at them while something is still being chosen spoils them.
 */
export type Split = (typeof SPLITS)[number];

/** What each way of detection says of every scored hour, beside what was so: [shelf][day][hour of the day]. */
export interface Judged {
  readonly shelves: number;
  readonly stores: number;
  readonly days: number;
  readonly out: Uint8Array;
  readonly rule: Float32Array;
  readonly filter: Float32Array;
  /** The whole model: trees where it has them. */
  readonly model: Float32Array;
  /** [shelf] units a day before the scored days. */
  readonly velocity: Float64Array;
}

/** Sales of all stores that may be seen go through the engine; those of the split are judged, from `fromDay` on. Needs labels. */
export function judgePanel(
  panel: Panel,
  model: Model,
  { split, fromDay, onDay }: { split: Split; fromDay: number; onDay?: (day: number) => void },
): Judged {
  const { outMask } = panel;
  if (!outMask) throw new Error('a panel without out_mask cannot be judged');
  const fed = split === 'test' ? storesOf(panel) : trainingStores(panel);
  const isJudged = (store: number) => (split === 'test' ? isTestStore(store) : foldOf(store) === HELD_FOLD);
  const days = panel.days - fromDay;
  const offsets = new Map<number, number>();
  const velocity: number[] = [];
  for (const { store, first, end } of fed) {
    if (!isJudged(store)) continue;
    offsets.set(store, velocity.length);
    for (let series = first; series < end; series++) velocity.push(unitsADay(panel, series, fromDay));
  }
  const hours = velocity.length * days * SCORED_HOURS;
  const out = new Uint8Array(hours);
  const [rule, filter, whole] = [0, 1, 2].map(() => new Float32Array(hours));
  const runs = new Uint16Array(panel.series);
  runPanel(panel, fed, {
    model,
    days: panel.days,
    onTick({ store, first }, day, hour, view) {
      if (hour === 0) onDay?.(day);
      const offset = offsets.get(store);
      if (offset === undefined) return;
      const slot = hour - SCORED_HOUR_FIRST;
      const isScored = day >= fromDay && slot >= 0 && slot < SCORED_HOURS;
      for (let row = 0; row < view.count; row++) {
        const series = first + row;
        runs[series] = view.units[row] > 0 ? 0 : runs[series] + 1;
        if (!isScored) continue;
        const at = ((offset + row) * days + day - fromDay) * SCORED_HOURS + slot;
        out[at] = (outMask[series * panel.days + day] >> hour) & 1;
        rule[at] = runs[series] / (runs[series] + RULE_HOURS);
        filter[at] = model.calibrate(view.posterior[row]);
        whole[at] = view.probabilityOf(row);
      }
    },
  });
  const [shelves, stores] = [velocity.length, offsets.size];
  return { shelves, stores, days, out, rule, filter, model: whole, velocity: Float64Array.from(velocity) };
}

function unitsADay({ units, days }: Panel, series: number, untilDay: number): number {
  const first = series * days * 24;
  return units.subarray(first, first + untilDay * 24).reduce((sum, sold) => sum + sold, 0) / untilDay;
}
