import { readFileSync } from 'node:fs';
import type { Panel, ShelfEffect, ShelfEvents, Signal } from '@gondola/events';
import { Engine, modelOf, type EngineOptions, type Model, type ModelFile } from '../src/index.js';

/**
 * Sales of two made-up stores, a model with round figures, and the posteriors of the last 48 hours as the numerical
 * reference of the method computes them from both, in double precision.
 */
interface Reference {
  readonly model: ModelFile;
  readonly days: number;
  readonly dayZero: string;
  readonly store: readonly number[];
  readonly category: readonly number[];
  readonly units: readonly (readonly number[])[];
  readonly posterior: readonly (readonly number[])[];
}

export const reference = JSON.parse(
  readFileSync(new URL('./reference.json', import.meta.url), 'utf8'),
) as Reference;

export const testModel: Model = modelOf(reference.model);

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A Monday, midnight UTC. */
export const MONDAY_MS = Date.UTC(2026, 0, 5);

export const referencePanel: Panel = {
  series: reference.store.length,
  days: reference.days,
  dayZeroMs: Date.parse(reference.dayZero),
  store: Int32Array.from(reference.store),
  sku: Int32Array.from(reference.store, (_, series) => series),
  city: new Int32Array(reference.store.length),
  category: Int32Array.from(reference.category),
  units: Uint16Array.from(reference.units.flat()),
  outMask: null,
};

export interface EventRow {
  readonly at: number;
  readonly store?: string;
  readonly item?: string;
  readonly effect?: ShelfEffect;
  readonly quantity?: number;
  readonly unitPrice?: number;
}

export function eventsOf(rows: readonly EventRow[]): ShelfEvents {
  return {
    rows: rows.length,
    store: rows.map((row) => row.store ?? 's1'),
    item: rows.map((row) => row.item ?? 'milk'),
    category: rows.map(() => '1'),
    quantity: Float64Array.from(rows, (row) => row.quantity ?? 1),
    unitPrice: Float64Array.from(rows, (row) => row.unitPrice ?? NaN),
    currency: rows.map((row) => (row.unitPrice === undefined ? null : 'EUR')),
    effect: rows.map((row) => row.effect ?? 'sale'),
    eventTimeMs: Float64Array.from(rows, (row) => row.at),
  };
}

/** An engine and every posterior it computed: `store item endMs` -> P(out), uncalibrated. */
export function watchedEngine(options: Partial<EngineOptions> = {}) {
  const posteriors = new Map<string, number>();
  const engine = new Engine({
    environment: 'test',
    model: testModel,
    ...options,
    onTick: ({ storeId, endMs, count, itemAt, posterior }) => {
      for (let row = 0; row < count; row++)
        posteriors.set(`${storeId} ${itemAt(row)} ${endMs}`, posterior[row]);
    },
  });
  return { engine, posteriors };
}

export const SHOP_ITEMS = ['milk', 'bread', 'eggs', 'rice', 'salt'] as const;

/**
 * A brisk shop: each item sells 3 units in every open hour of the days from `MONDAY_MS`, but for the items and hours
 * that `empty` names. Rows are in the order of time.
 */
export function shopSales(
  hours: number,
  empty: (item: (typeof SHOP_ITEMS)[number], hour: number) => boolean = () => false,
): EventRow[] {
  const rows: EventRow[] = [];
  for (let hour = 0; hour < hours; hour++) {
    if (hour % 24 < 6 || hour % 24 > 21) continue;
    SHOP_ITEMS.forEach((item, index) => {
      const at = MONDAY_MS + hour * HOUR_MS + (10 + index) * 60_000;
      if (!empty(item, hour)) rows.push({ at, item, quantity: 3, unitPrice: 2 });
    });
  }
  return rows;
}

export const kindsOf = (signals: readonly Signal[], item = 'milk') =>
  signals.filter((signal) => signal.itemId === item).map((signal) => signal.kind);
