import { readFileSync } from 'node:fs';
import type { Panel } from '@gondola/events';
import { testModel } from '../test/support.js';
import { FEATURES } from './features.js';
import { ROW_WIDTH } from './status-features.js';
import { growingModel } from './fit-trees.js';
import { runPanel, storesOf } from './panel.js';
import type { TreesFile } from './tree-model.js';

/**
 * Sales of nine made-up shelves in three stores of two cities, and what the numerical reference of the method makes of
 * them, with the tables of `testModel`, at some hours of two days: [hour][shelf][feature].
 */
interface FeatureReference {
  readonly days: number;
  readonly store: readonly number[];
  readonly sku: readonly number[];
  readonly city: readonly number[];
  readonly category: readonly number[];
  /** A character an hour: '0' plus the units sold. */
  readonly units: readonly string[];
  readonly plain_hazard: TreesFile['plain_hazard'];
  readonly features: readonly (typeof FEATURES)[number][];
  readonly at: readonly (readonly [day: number, hour: number])[];
  readonly values: readonly (readonly (readonly number[])[])[];
}

const reference = JSON.parse(
  readFileSync(new URL('../test/reference-features.json', import.meta.url), 'utf8'),
) as FeatureReference;

const panel: Panel = {
  series: reference.store.length,
  days: reference.days,
  dayZeroMs: Date.UTC(2024, 2, 28),
  store: Int32Array.from(reference.store),
  sku: Int32Array.from(reference.sku),
  city: Int32Array.from(reference.city),
  category: Int32Array.from(reference.category),
  units: Uint16Array.from(reference.units.flatMap((hours) => [...hours].map((c) => c.charCodeAt(0) - 48))),
  outMask: null,
};

const growing = growingModel(testModel, reference.plain_hazard, null);

/** What the trees are shown: `day hour series` -> features. */
function shown(given: Panel = panel): Map<string, Float32Array> {
  const rows = new Map<string, Float32Array>();
  runPanel(given, storesOf(given), {
    model: growing,
    days: given.days,
    onTick({ first }, day, hour, { trees, count }) {
      for (let row = 0; trees && row < count; row++) {
        const features = trees.features.slice(row * ROW_WIDTH, (row + 1) * ROW_WIDTH);
        rows.set(`${day} ${hour} ${first + row}`, features);
      }
    },
  });
  return rows;
}

it('makes the features of the numerical reference', () => {
  const rows = shown();
  const wrong: string[] = [];
  reference.at.forEach(([day, hour], place) => {
    reference.values[place].forEach((values, series) => {
      const features = rows.get(`${day} ${hour} ${series}`) ?? new Float32Array();
      reference.features.forEach((name, column) => {
        const [got, wanted] = [features[FEATURES.indexOf(name)], values[column]];
        // The reference has 0 where there is no other store.
        if (Number.isNaN(got) && (name.startsWith('city_') || name.startsWith('every_'))) return;
        const close = Math.abs(got - wanted) <= 2e-3 * Math.max(1, Math.abs(wanted));
        if (!close) wrong.push(`${name} of ${series} on day ${day}, ${hour} h: ${got}, not ${wanted}`);
      });
    });
  });
  expect(wrong).toEqual([]);
});

it('misses the sums over other stores where there is none, and nothing else', () => {
  const alone = [...shown()].filter(([at]) => Number(at.split(' ')[2]) >= 6);
  for (const [, features] of alone) {
    FEATURES.forEach((name, column) => {
      const missing = name.startsWith('city_') && name !== 'city_stores';
      if (missing) expect(features[column]).toBeNaN();
    });
  }
  for (const [at, features] of shown()) {
    if (at.startsWith('0 6 ')) continue;
    const missing = FEATURES.filter((_, column) => !Number.isFinite(features[column]));
    expect(missing.filter((name) => !name.startsWith('city_'))).toEqual([]);
  }
});
