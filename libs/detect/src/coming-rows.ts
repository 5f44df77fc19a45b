import type { Panel } from '@gondola/events';
import { isOutWithin, outOf } from './stock-status.js';
import { eachTreeRow, type TreeRow, type TreeRowOptions } from './tree-rows.js';
import type { PanelStore } from './panel.js';

export interface ComingRowOptions {
  /** Rows as shown where the status of hours that ended is known, or where sales alone are. */
  readonly statusKnown: boolean;
  /** Horizons: bit j of a row's label says whether the shelf is out within `hours[j]` hours. */
  readonly hours: readonly number[];
}

/** Like `eachTreeRow`, of shelves that are in stock by their status, hours whose horizons end within `days`. */
export function eachComingRow(
  panel: Panel,
  stores: readonly PanelStore[],
  { statusKnown, hours, ...options }: TreeRowOptions & ComingRowOptions,
  onRow: (row: TreeRow) => void,
): void {
  const isOut = outOf(panel);
  const hoursMax = Math.max(...hours);
  eachTreeRow(panel, stores, { ...options, statusKnown }, (row) => {
    if (row.out || row.hour + hoursMax >= options.days * 24) return;
    onRow({ ...row, out: comingBits(isOut, row.series, row.hour, hours) });
  });
}

function comingBits(
  isOut: (series: number, hour: number) => boolean,
  series: number,
  hour: number,
  hours: readonly number[],
): number {
  let bits = 0;
  hours.forEach((ahead, bit) => {
    if (isOutWithin(isOut, series, hour, ahead)) bits |= 1 << bit;
  });
  return bits;
}
