import type { Panel, ShelfEvents } from '@gondola/events';
import { Engine } from './engine.js';
import type { TickView } from './engine-options.js';
import { DAY_MS, HOUR_MS } from './local-time.js';
import type { Model } from './model.js';
import { outOf } from './stock-status.js';

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

/** What one hour of one panel store came to; `view` rows are the series `store.first + row`. */
export type PanelTick = (store: PanelStore, day: number, hour: number, view: TickView) => void;

/**
 * Feeds stores of a panel to one engine as the events that their tills would have sent, hour by hour, and reads every
 * tick. Sales alone, unless `statusKnown`: then the engine is told the labels of hours that ended, for what is coming.
 */
export function runPanel(
  panel: Panel,
  stores: readonly PanelStore[],
  {
    model,
    days,
    statusKnown = false,
    onTick,
  }: { model: Model; days: number; statusKnown?: boolean; onTick: PanelTick },
): void {
  const indexMs = panel.dayZeroMs;
  let running = stores[0];
  const isOut = statusKnown ? outOf(panel) : null;
  const engine = new Engine({
    environment: 'panel',
    model,
    signals: false,
    config: { allowedLatenessMs: 0 },
    statusOf: isOut
      ? (_, row, startMs) => Number(isOut(running.first + row, Math.floor((startMs - indexMs) / HOUR_MS)))
      : undefined,
    onTick: (view) => onTick(running, Math.floor((view.startMs - indexMs) / DAY_MS), view.hour, view),
  });
  const tills = stores.map((range) => new Till(panel, range));
  for (const { storeId, city, items, categories } of tills) {
    engine.setStore(storeId, { timeZone: 'UTC', city });
    items.forEach((item, row) => engine.addShelf(storeId, item, categories[row], indexMs));
  }
  for (let t = 0; t < days * 24; t++) {
    for (const till of tills) {
      running = till.range;
      engine.apply(till.eventsOf(t));
      engine.advanceTo(till.storeId, indexMs + (t + 1) * HOUR_MS);
    }
  }
}

/** What the tills of one store of a panel send. */
class Till {
  readonly storeId: string;
  readonly city: string;
  readonly items: readonly string[];
  readonly categories: readonly string[];
  private readonly events: ReturnType<typeof hourEvents>;

  constructor(
    private readonly panel: Panel,
    readonly range: PanelStore,
  ) {
    const { first, end } = range;
    const series = Array.from({ length: end - first }, (_, row) => first + row);
    this.storeId = String(range.store);
    this.city = String(panel.city[first]);
    this.items = series.map((at) => String(panel.sku[at]));
    this.categories = series.map((at) => String(panel.category[at]));
    this.events = hourEvents(this.storeId, series.length);
  }

  /** Sales of one hour, counted from the panel's first. */
  eventsOf(hour: number): ShelfEvents {
    const { panel, events, items, range } = this;
    const hours = panel.days * 24;
    let rows = 0;
    items.forEach((item, row) => {
      const units = panel.units[(range.first + row) * hours + hour];
      if (units === 0) return;
      events.item[rows] = item;
      events.quantity[rows++] = units;
    });
    events.eventTimeMs.fill(panel.dayZeroMs + hour * HOUR_MS + HOUR_MS / 2);
    return { ...events, rows };
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

/** Calibrated P(out) of one store, or P(out within some hours). */
export interface StoreScores {
  readonly store: number;
  readonly skus: Int32Array;
  readonly firstDay: number;
  readonly days: number;
  /** [sku][day - firstDay][hour - SCORED_HOUR_FIRST]; NaN where nothing is said. */
  readonly probability: Float32Array;
}

export interface ScoreOptions {
  readonly firstDay?: number;
  /** Told each day done. */
  readonly onDay?: (day: number) => void;
  /**
   * Left out: P(out in the hour). Else P(out within so many hours after it | in stock in it), which needs a model that has
   * trees of that horizon; with `statusKnown` of shelves that are in stock alone, NaN for the others.
   */
  readonly coming?: { readonly hours: number; readonly statusKnown: boolean };
}

/** From sales up to the end of the hour, for every shelf and scored hour. */
export function scorePanel(
  panel: Panel,
  model: Model,
  { firstDay = 0, onDay, coming }: ScoreOptions = {},
): StoreScores[] {
  const isOut = coming?.statusKnown ? outOf(panel) : null;
  const days = panel.days - firstDay;
  const ranges = storesOf(panel);
  const scores = new Map(
    ranges.map(({ store, first, end }): [number, StoreScores] => {
      const skus = panel.sku.subarray(first, end);
      const probability = new Float32Array(skus.length * days * SCORED_HOURS);
      return [store, { store, skus, firstDay, days, probability }];
    }),
  );
  // What is coming is not made of the last score of what is out.
  const asked = coming && model.trees ? { ...model, trees: { ...model.trees, second: null } } : model;
  runPanel(panel, ranges, {
    model: asked,
    days: panel.days,
    statusKnown: isOut !== null,
    onTick({ store, first }, day, hour, view) {
      if (hour === 0) onDay?.(day);
      const slot = hour - SCORED_HOUR_FIRST;
      const target = scores.get(store)?.probability;
      if (!target || day < firstDay || slot < 0 || slot >= SCORED_HOURS) return;
      for (let row = 0; row < view.count; row++) {
        const leftOut = isOut?.(first + row, day * 24 + hour) ?? false;
        const said = coming ? view.comingOf(row, coming.hours) : view.probabilityOf(row);
        target[(row * days + day - firstDay) * SCORED_HOURS + slot] = leftOut ? NaN : said;
      }
    },
  });
  return [...scores.values()];
}
