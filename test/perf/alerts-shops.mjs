/** What detection shows of made-up shops at its scrapes, in a database of Prometheus. */
import { StockoutReader } from '@gondola/detect';
import { createStockoutMetrics } from '@gondola/telemetry';
import { Registry } from 'prom-client';
import { backfill } from './prometheus.mjs';
import { DAY_MS, simulatedSteps, START_MS, TIME_ZONE } from './simulated-line.mjs';

export const LEARNING_DAYS = 14;
const STEPS_AN_HOUR = 2;
/** Of the samples, and a little more. */
export const LOOKBACK = '35m';

/**
 * Writes samples of the days after those of learning into the database of `dir`. `told` and `also` are those of `simulatedSteps`.
 */
export async function sampleShops({ simulation, model, days, told, also, dir }) {
  const reader = new StockoutReader({ storesMax: simulation.stores, itemsMax: 1, categoriesMax: 1 });
  const registry = new Registry();
  let engine = null;
  const read = () => ({
    ...(engine
      ? reader.read([engine.stockouts])
      : { stores: [], storesBeyond: 0, items: [], categories: [] }),
    ...{ stream: 'events', ticks: 0, judgedUntilMs: null },
  });
  createStockoutMetrics(registry, 'detect', read);
  let samples = new Map();
  let day = 0;
  const flush = () => {
    const families = [...samples.values()].map((lines) => lines.join('\n'));
    if (families.length > 0) backfill(`${families.join('\n')}\n# EOF\n`, dir);
    samples = new Map();
  };
  const options = {
    simulation: { startMs: START_MS, timeZone: TIME_ZONE, allSendInventory: true, ...simulation },
    ...{ engine: { model }, days, stepsAnHour: STEPS_AN_HOUR },
  };
  for (const step of simulatedSteps({ ...options, ...(told ? { told, also } : {}) })) {
    const { nowMs } = step;
    if (nowMs < START_MS + LEARNING_DAYS * DAY_MS) continue;
    engine = step.engine;
    const dayNow = Math.floor(nowMs / DAY_MS);
    if (dayNow !== day) flush();
    day = dayNow;
    for (const [, name, rest] of (await registry.metrics()).matchAll(/^(gondola_store_\w+)(\{.*)$/gm)) {
      let lines = samples.get(name);
      if (!lines) samples.set(name, (lines = [`# TYPE ${name} gauge`]));
      lines.push(`${name}${rest} ${nowMs / 1000}`);
    }
  }
  flush();
}

/** The event without lines of items that are gone; none when nothing is left of it. */
export function withoutItems(event, gone) {
  if (event.subject === 'retail.pos.transaction') {
    const lines = event.event.lines.filter(({ itemId }) => !gone.has(itemId));
    return lines.length === 0 ? [] : [{ ...event, event: { ...event.event, lines } }];
  }
  return gone.has(event.event.itemId) ? [] : [event];
}

/** Somebody counted a shelf. */
export function countOf(storeId, itemId, atMs, onHand) {
  const countId = `bench-${atMs}`;
  return {
    ...{ subject: 'retail.inventory.snapshot', key: storeId, timeMs: atMs },
    event: {
      eventId: `${countId}-${storeId}-${itemId}`,
      ...{ countId, locationId: storeId, itemId, countedAt: atMs, onHand, method: 'FULL' },
    },
  };
}

/** What each store took for each item, told by its events. */
export class SalesOfStores {
  constructor(range) {
    this.prices = new Map(range.map(({ itemId, price }) => [itemId, price]));
    this.stores = new Map();
    this.chosen = new Map();
  }

  add({ subject, key, event }) {
    if (subject !== 'retail.pos.transaction') return;
    let items = this.stores.get(key);
    if (!items) this.stores.set(key, (items = new Map()));
    for (const { itemId, quantity } of event.lines)
      items.set(itemId, (items.get(itemId) ?? 0) + quantity * this.prices.get(itemId));
  }

  /** The fewest items of a store that made at least such a share of its sales until it was asked first. */
  dearest(storeId, share) {
    let chosen = this.chosen.get(storeId);
    if (chosen) return chosen;
    this.chosen.set(storeId, (chosen = new Set()));
    const items = [...this.stores.get(storeId)].sort(([, left], [, right]) => right - left);
    let wanted = share * items.reduce((sum, [, sales]) => sum + sales, 0);
    for (const [itemId, sales] of items) {
      if (wanted <= 0) break;
      chosen.add(itemId);
      wanted -= sales;
    }
    return chosen;
  }
}
