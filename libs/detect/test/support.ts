import { readFileSync } from 'node:fs';
import { SIGHT_EFFECTS, type Panel, type ShelfEffect, type ShelfEvents, type Signal } from '@gondola/events';
import fc from 'fast-check';
import {
  Engine,
  COMING_FEATURES,
  modelOf,
  withComing,
  withTrees,
  type EngineOptions,
  type EnsembleFile,
  type Model,
  type ModelFile,
} from '../src/index.js';

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
  readonly session?: string;
  readonly document?: string;
  readonly dueMs?: number;
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
    session: rows.map((row) => row.session ?? null),
    eventTimeMs: Float64Array.from(rows, (row) => row.at),
    document: rows.map((row) => row.document ?? null),
    dueMs: Float64Array.from(rows, (row) => row.dueMs ?? NaN),
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

export const MOVEMENTS = ['sale', 'sale', 'sale', 'return', 'receipt', 'issue', 'adjustment'] as const;
const ORDERS = ['ordered', 'shipped', 'order_done', 'order_cancelled'] as const;
const EFFECTS: readonly ShelfEffect[] = [
  ...MOVEMENTS,
  'count',
  'record',
  'ignore',
  ...ORDERS,
  ...SIGHT_EFFECTS,
];

/** Events of three stores that mostly move on, at times jump ahead, and at times come late. */
export const history = fc
  .array(
    fc.record({
      store: fc.constantFrom('s1', 's2', 's3'),
      item: fc.constantFrom('milk', 'bread', 'eggs'),
      effect: fc.constantFrom(...EFFECTS),
      quantity: fc.integer({ min: -2, max: 12 }),
      session: fc.constantFrom('a', 'b', 'c', 'd'),
      document: fc.constantFrom('a', 'b', 'c'),
      stepMs: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: -10 * 60_000, max: 40 * 60_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: -3 * HOUR_MS, max: 20 * HOUR_MS }) },
      ),
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map((steps) => {
    let at = MONDAY_MS + 9 * HOUR_MS;
    return steps.map(({ stepMs, ...row }): EventRow => ({ ...row, at: (at += stepMs), unitPrice: 1.5 }));
  });

/** A tree of one split: one answer up to the threshold, the other above it. */
export function stumpOn(
  feature: (typeof COMING_FEATURES)[number],
  threshold: number,
  [low, high]: readonly [number, number],
): EnsembleFile {
  return {
    nodes: [3],
    feature: Buffer.from([COMING_FEATURES.indexOf(feature) | 0x80, 0xff, 0xff]).toString('base64'),
    value: Buffer.from(Float32Array.of(threshold, low, high).buffer).toString('base64'),
    right: Buffer.from(Uint16Array.of(2, 0, 0).buffer).toString('base64'),
  };
}

/** `testModel` with trees that know little: out from .5 on for the filter, and again from .5 on for the first score. */
export const treeModel: Model = withTrees(testModel, {
  plain_hazard: [new Array<number>(24).fill(0.005), new Array<number>(24).fill(0.08)],
  first: [stumpOn('out', 0.5, [-3, 1]), stumpOn('silent_hours', 4, [-2, 0])],
  second: stumpOn('score', 0.5, [-3, 2]),
  calibration: {
    day_units: [5],
    hours: [12],
    maps: [
      [line(0.9), line(0.8)],
      [line(0.7), line(1)],
    ],
  },
  metrics: {},
});

/**
 * `treeModel` with trees of what is coming: by a known status when it was out within the last 12 h, by sales when more than 5 units
 * sold since it was.
 */
export const comingModel: Model = withComing(treeModel, {
  horizons: [3, 6].map((hours) => ({
    hours,
    by_status: { trees: stumpOn('hours_since_out', 12, [1, -3]), calibration: line(hours / 10) },
    by_sales: { trees: stumpOn('sold_since_out', 5, [-3, 2]), calibration: line(hours / 6) },
  })),
  metrics: {},
});

function line(to: number) {
  return { x: [0, 1], y: [0, to] };
}
