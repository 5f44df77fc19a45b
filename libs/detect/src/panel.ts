import type { Panel, ShelfEvents } from '@gondola/events';
import { Engine, type TickView } from './engine.js';
import { DAY_MS, HOUR_MS } from './local-time.js';
import type { Model } from './model.js';

/** Hours of a day that are scored: the end of hour 6 to the end of hour 21. */
export const SCORED_HOUR_FIRST = 6;
export const SCORED_HOURS = 16;

/** The series of one store: a range of the panel. */
export interface PanelStore {
  readonly store: number;
  readonly first: number;
  readonly end: number;
}

/** Series of one store stand together. */
export function storesOf(panel: Panel): PanelStore[] {
  const stores: PanelStore[] = [];
  for (let first = 0; first < panel.series;) {
    const store = panel.store[first];
    let end = first;
    while (end < panel.series && panel.store[end] === store) end++;
    stores.push({ store, first, end });
    first = end;
  }
  return stores;
}

/** What one hour of one panel store came to; `view` rows are the series `first + row`. */
export type PanelTick = (day: number, hour: number, view: TickView) => void;

/**
 * Feeds one store of a panel to an engine as the events that its tills would have sent, hour by hour, and reads
 * every tick. Sales alone: labels are never looked at.
 */
export function runPanelStore(
  panel: Panel,
  { store, first, end }: PanelStore,
  model: Model,
  days: number,
  onTick: PanelTick,
): void {
  const storeId = String(store);
  const indexMs = panel.dayZeroMs;
  const engine = new Engine({
    environment: 'panel',
    model,
    signals: false,
    config: { allowedLatenessMs: 0 },
    onTick: (view) => onTick(Math.floor((view.startMs - indexMs) / DAY_MS), view.hour, view),
  });
  const series = end - first;
  const skus = Array.from({ length: series }, (_, row) => String(panel.sku[first + row]));
  for (let row = 0; row < series; row++) {
    engine.addShelf(storeId, skus[row], String(panel.category[first + row]), indexMs);
  }
  const hourly = hourEvents(storeId, series);
  const hours = panel.days * 24;
  for (let t = 0; t < days * 24; t++) {
    let rows = 0;
    for (let row = 0; row < series; row++) {
      const units = panel.units[(first + row) * hours + t];
      if (units === 0) continue;
      hourly.item[rows] = skus[row];
      hourly.quantity[rows++] = units;
    }
    const startMs = indexMs + t * HOUR_MS;
    hourly.eventTimeMs.fill(startMs + HOUR_MS / 2);
    engine.apply({ ...hourly, rows });
    engine.advanceTo(storeId, startMs + HOUR_MS);
  }
}

function hourEvents(storeId: string, rows: number): ShelfEvents & { item: string[] } {
  return {
    rows,
    store: new Array<string>(rows).fill(storeId),
    item: new Array<string>(rows).fill(''),
    category: new Array<null>(rows).fill(null),
    quantity: new Float64Array(rows),
    unitPrice: new Float64Array(rows).fill(NaN),
    currency: new Array<null>(rows).fill(null),
    effect: new Array<'sale'>(rows).fill('sale'),
    eventTimeMs: new Float64Array(rows),
  };
}

/** Calibrated P(out) of one store. */
export interface StoreScores {
  readonly store: number;
  readonly skus: Int32Array;
  readonly firstDay: number;
  readonly days: number;
  /** [sku][day - firstDay][hour - SCORED_HOUR_FIRST] */
  readonly probability: Float32Array;
}

/** P(out in the hour) from sales up to its end, for every shelf and scored hour, store by store. */
export function* scorePanel(panel: Panel, model: Model, firstDay = 0): Generator<StoreScores> {
  const days = panel.days - firstDay;
  for (const range of storesOf(panel)) {
    const skus = panel.sku.subarray(range.first, range.end);
    const probability = new Float32Array(skus.length * days * SCORED_HOURS);
    runPanelStore(panel, range, model, panel.days, (day, hour, view) => {
      const slot = hour - SCORED_HOUR_FIRST;
      if (day < firstDay || slot < 0 || slot >= SCORED_HOURS) return;
      for (let row = 0; row < view.count; row++) {
        const at = (row * days + day - firstDay) * SCORED_HOURS + slot;
        probability[at] = model.calibrate(view.posterior[row]);
      }
    });
    yield { store: range.store, skus, firstDay, days, probability };
  }
}
