import { crc32 } from 'node:zlib';
import type { Panel } from '@gondola/events';
import { ROW_WIDTH } from './status-features.js';
import type { Model } from './model.js';
import { runPanel, type PanelStore } from './panel.js';

/** A row of training: one shelf at the end of one open hour. */
export interface TreeRow {
  /** [feature] at `start`; the array is overwritten by the next tick. */
  readonly features: Float32Array;
  readonly start: number;
  /** 1: the shelf was out in that hour. */
  readonly out: number;
  readonly fold: number;
  readonly series: number;
  /** Hours since the panel's first. */
  readonly hour: number;
}

export interface TreeRowOptions {
  readonly model: Model;
  /** Days from the panel's first that are gone through. */
  readonly days: number;
  readonly firstDay: number;
  /** Share of the rows that is taken, by hash; of those of stores that are held out. */
  readonly share: number;
  readonly heldShare: number;
  /** True: the engine is told the status of hours that ended. */
  readonly statusKnown?: boolean;
}

/** Shelves as young as this are rare in use: they are taken less often. */
const YOUNG_DAYS = 14;
const YOUNG_SHARE = 0.25;
/** Fold of stores that nothing is grown on: growing stops by them, and scores are calibrated on them. */
export const HELD_FOLD = 2;

/** Half of the training stores, the other half (0 or 1), or held out (an eighth). */
export function foldOf(store: number | string): number {
  const place = crc32(`fold:${store}`) % 16;
  return place < 2 ? HELD_FOLD : place % 2;
}

/** Goes through the stores and gives every chosen row. Throws when the panel has no labels. */
export function eachTreeRow(
  panel: Panel,
  stores: readonly PanelStore[],
  { model, days, firstDay, share, heldShare, statusKnown }: TreeRowOptions,
  onRow: (row: TreeRow) => void,
): void {
  const { outMask } = panel;
  if (!outMask) throw new Error('the panel has no out_mask: trees cannot be grown without labels');
  runPanel(panel, stores, {
    model,
    days,
    statusKnown,
    onTick(range, day, hour, view) {
      if (day < firstDay || !view.trees) return;
      const fold = foldOf(range.store);
      const taken = (fold === HELD_FOLD ? heldShare : share) * (day < YOUNG_DAYS ? YOUNG_SHARE : 1);
      const panelHour = day * 24 + hour;
      for (let row = 0; row < view.count; row++) {
        const series = range.first + row;
        if (chance(series, panelHour) >= taken) continue;
        const out = (outMask[series * panel.days + day] >> hour) & 1;
        const { features } = view.trees;
        onRow({ features, start: row * ROW_WIDTH, out, fold, series, hour: panelHour });
      }
    },
  });
}

/** Spread evenly over 0..1, the same on every run. */
function chance(series: number, hour: number): number {
  let mixed = Math.imul(series + 1, 0x9e3779b1) ^ Math.imul(hour + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
}
