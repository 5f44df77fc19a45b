import type { ShelfEffect } from '@gondola/events';
import { SetupError } from '@gondola/stream';
import {
  eventsOf,
  HOUR_MS,
  kindsOf,
  MONDAY_MS,
  shopSales,
  stumpOn,
  testModel,
  treeModel,
  watchedEngine,
  type EventRow,
} from '../test/support.js';
import { Engine } from './engine.js';
import type { TickView } from './engine-options.js';
import { FEATURE_COUNT, FEATURES } from './features.js';
import { parseModel, type ModelFile } from './model.js';
import { treesHash, type TreesFile } from './tree-model.js';

/** A model file after a change to its trees, with the checksum made anew unless it is to be wrong. */
function changed(change: (trees: TreesFile) => Partial<TreesFile>, signed = true): string {
  const { trees, ...rest } = structuredClone(treeModel.file);
  if (!trees) throw new Error('the model has trees');
  const { sha256, ...body } = { ...trees, ...change(trees) };
  const file = { ...rest, trees: { ...body, sha256: signed ? treesHash(body) : sha256 } };
  return JSON.stringify(file satisfies ModelFile);
}

describe('trees of a model file are refused, naming the field', () => {
  it.each([
    [
      'of another feature list',
      changed((t) => ({ features: ['price', ...t.features.slice(1)] })),
      'features.0: price',
    ],
    [
      'of fewer features',
      changed((t) => ({ features: t.features.slice(0, -1) })),
      `features.${FEATURE_COUNT - 1}`,
    ],
    [
      'of more features',
      changed((t) => ({ features: [...t.features, 'price'] })),
      `features.${FEATURE_COUNT}: price`,
    ],
    ['changed by hand', changed(() => ({ plain_hazard: [[], []] }), false), 'plain_hazard'],
    ['another number in them', changed(() => ({ metrics: { held_ap: 1 } }), false), 'trees.sha256'],
    ['cut off', changed((t) => ({ second: { ...t.second, value: 'AAAA' } })), 'trees.second.value'],
    [
      'NaN in a leaf',
      changed(() => ({ second: stumpOn('score', 0.5, [NaN, 1]) })),
      'trees.second tree 0: node 1',
    ],
    [
      'a first tree that asks for the score',
      changed(() => ({ first: [stumpOn('score', 0.5, [0, 1])] })),
      'trees.first.0',
    ],
    ['too few maps', changed((t) => ({ calibration: { ...t.calibration, maps: [] } })), 'trees.calibration'],
  ])('%s', (_, text, message) => {
    expect(() => parseModel(text)).toThrow(SetupError);
    expect(() => parseModel(text)).toThrow(message);
  });

  it('unless they are whole', () => {
    expect(parseModel(changed(() => ({}))).trees).not.toBeNull();
  });
});

/** Every tick's probabilities: `store item endMs` -> P(out), calibrated. */
function probabilities(model = treeModel) {
  const known = new Map<string, number>();
  const onTick = (view: TickView) => {
    for (let row = 0; row < view.count; row++)
      known.set(`${view.storeId} ${view.itemAt(row)} ${view.endMs}`, view.probabilityOf(row));
  };
  return { known, onTick, model };
}

const nine = MONDAY_MS + 9 * HOUR_MS;

it('scores by the trees in open hours, by usual units and hour, and where no record is known', () => {
  const { known, ...options } = probabilities();
  const engine = new Engine({ environment: 'test', ...options });
  const rows: EventRow[] = [
    { at: nine, item: 'milk' },
    { at: nine, item: 'rice', effect: 'count', quantity: 5 },
    { at: nine + 5 * HOUR_MS, item: 'bread' },
  ];
  engine.apply(eventsOf(rows));
  // No usual day yet is below five; second leaf -3, map to .9 before noon.
  const low = 1 / (1 + Math.exp(3));
  expect(known.get(`s1 milk ${nine + HOUR_MS}`)).toBeCloseTo(0.9 * low, 6);
  expect(known.get(`s1 milk ${nine + 4 * HOUR_MS}`)).toBeCloseTo(0.8 * low, 6);
  const filter = probabilities(testModel);
  new Engine({ environment: 'test', ...filter }).apply(eventsOf(rows));
  expect(known.get(`s1 rice ${nine + HOUR_MS}`)).toBe(filter.known.get(`s1 rice ${nine + HOUR_MS}`));
});

it('reads of other stores what they said an hour ago, whichever comes first in an hour', () => {
  const sums = (order: readonly string[]) => {
    const rows = new Map<string, number>();
    const engine = new Engine({
      environment: 'test',
      model: treeModel,
      config: { allowedLatenessMs: 0, storeLagMsMax: 7_200_000 },
      onTick({ storeId, hour, trees }) {
        for (const name of ['city_stores', 'city_out', 'every_out', 'city_score'] as const)
          // Sums of another order differ in their last digits.
          rows.set(`${storeId} ${hour} ${name}`, Number(trees?.features[FEATURES.indexOf(name)].toFixed(6)));
      },
    });
    for (const store of ['s1', 's2', 's3']) {
      engine.setStore(store, { timeZone: 'UTC', city: store === 's3' ? 'Cali' : 'Lima' });
    }
    for (let hour = 0; hour < 4; hour++) {
      const at = nine + hour * HOUR_MS;
      for (const store of order) engine.apply(eventsOf([{ at, store, quantity: store === 's1' ? 9 : 1 }]));
      for (const store of order) engine.advanceTo(store, at + HOUR_MS);
    }
    return rows;
  };
  const rows = sums(['s1', 's2', 's3']);
  expect(new Map([...sums(['s3', 's2', 's1'])].sort())).toEqual(new Map([...rows].sort()));
  expect(rows.get('s1 9 city_out')).toBeNaN();
  expect(rows.get('s1 10 city_stores')).toBe(2);
  expect(rows.get('s1 10 city_out')).toBeGreaterThan(0);
  expect(rows.get('s3 10 city_out')).toBeNaN();
  expect(rows.get('s3 10 every_out')).toBeGreaterThan(0);
});

it('goes on from the state of a filter alone, and back', () => {
  const sales = shopSales(96);
  const filter = new Engine({ environment: 'test', model: testModel });
  filter.apply(eventsOf(sales.slice(0, 100)));
  const { known, ...options } = probabilities();
  const trees = Engine.fromBytes(filter.toBytes(), { environment: 'test', ...options });
  trees.apply(eventsOf(sales.slice(100, 200)));
  expect([...known.values()].every((p) => p > 0 && p < 1)).toBe(true);
  expect(known.size).toBeGreaterThan(0);
  const again = Engine.fromBytes(trees.toBytes(), { environment: 'test', model: testModel });
  again.apply(eventsOf(sales.slice(200)));
  filter.apply(eventsOf(sales.slice(100)));
  expect(again.toBytes().length).toBeLessThan(trees.toBytes().length);
  expect(again.counts.ticks).toBeGreaterThan(0);
});

it('signals by the trees, and says in the evidence what they added', () => {
  const { engine } = watchedEngine({ model: treeModel, config: { raiseProbability: 0.6 } });
  // Milk is gone from the third day's noon on.
  const signals = engine.apply(eventsOf(shopSales(72, (item, hour) => item === 'milk' && hour >= 60)));
  expect(kindsOf(signals)).toEqual(['silent']);
  const { evidence, probability } = signals[0];
  expect(evidence.map(({ name }) => name)).toContain('history');
  const sum = evidence.reduce((total, { weight }) => total + weight, 0);
  expect(1 / (1 + Math.exp(-sum))).toBeCloseTo(probability, 6);
});

it.each([
  ['a filter', testModel, 250],
  ['trees', treeModel, 500],
])('keeps with %s no more bytes a shelf than it may', (_, model, bytesMax) => {
  const engine = new Engine({ environment: 'test', model });
  const effect: ShelfEffect = 'sale';
  for (let item = 0; item < 10_000; item++) {
    engine.apply(eventsOf([{ at: nine, item: `item ${item}`, effect }]));
  }
  const { perShelf } = engine.stateBytes;
  expect(perShelf).toBeGreaterThan(150);
  expect(perShelf).toBeLessThanOrEqual(bytesMax);
});
