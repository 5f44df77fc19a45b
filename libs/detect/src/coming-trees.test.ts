import {
  comingModel,
  eventsOf,
  HOUR_MS,
  MONDAY_MS,
  shopSales,
  stumpOn,
  watchedEngine,
} from '../test/support.js';
import { Engine } from './engine.js';
import { COMING_FEATURES } from './status-features.js';
import { parseModel, type Model } from './model.js';
import { treesHash, type TreesFile } from './tree-model.js';

type ComingFile = NonNullable<TreesFile['coming']>;

/** The model's file after a change to its trees of what is coming, with a checksum of it. */
function changed(change: (coming: ComingFile) => unknown): string {
  const { trees, ...rest } = structuredClone(comingModel.file);
  if (!trees?.coming) throw new Error('the model has trees of what is coming');
  const { sha256, ...body } = { ...trees, coming: change(trees.coming) as ComingFile };
  expect(sha256).toHaveLength(64);
  return JSON.stringify({ ...rest, trees: { ...body, sha256: treesHash(body) } });
}

const withTreesOf = (coming: ComingFile, trees: unknown) => ({
  ...coming,
  horizons: [{ ...coming.horizons[0], by_sales: { ...coming.horizons[0].by_sales, trees } }],
});

it.each([
  [
    'of other features',
    changed((coming) => ({ ...coming, features: ['price', ...coming.features.slice(1)] })),
    'trees.coming.features.0: price',
  ],
  [
    'of fewer features',
    changed((coming) => ({ ...coming, features: coming.features.slice(0, -1) })),
    `trees.coming.features.${COMING_FEATURES.length - 1}`,
  ],
  ['of no horizon', changed((coming) => ({ ...coming, horizons: [] })), 'trees.coming.horizons'],
  [
    'whose horizons do not rise',
    changed((coming) => ({ ...coming, horizons: [...coming.horizons].reverse() })),
    'hours must rise',
  ],
  [
    'with NaN in a leaf',
    changed((coming) => withTreesOf(coming, stumpOn('out', 0.5, [NaN, 0]))),
    'trees.coming.horizons.0.by_sales.trees tree 0: node 1',
  ],
  [
    'that are cut off',
    changed((coming) => withTreesOf(coming, { ...stumpOn('out', 0.5, [0, 1]), right: 'AAAA' })),
    'trees.coming.horizons.0.by_sales.trees.right',
  ],
  [
    'another number in them',
    changed((coming) => coming).replace('"metrics":{}', '"metrics":{"ap":1}'),
    'trees.sha256',
  ],
])('refuses trees of what is coming %s, naming the field', (_, text, message) => {
  expect(() => parseModel(text)).toThrow(message);
});

it('reads them as they were written', () => {
  expect(parseModel(changed((coming) => coming)).trees?.coming?.map(({ hours }) => hours)).toEqual([3, 6]);
});

/** Signals of a shop that sells all day, until noon of its second day. */
function comingSignals(config: { comingProbability?: number; comingHours?: number; model?: Model }) {
  const { model = comingModel, ...limits } = config;
  const { engine } = watchedEngine({ model, config: { raiseProbability: 0.99, ...limits } });
  const signals = engine.apply(eventsOf(shopSales(36)));
  return signals.filter(({ kind, itemId }) => kind === 'coming' && itemId === 'milk');
}

it('signals what is coming by the trees, with the hour by which half of the chance has passed', () => {
  const [signal] = comingSignals({ comingProbability: 0.5 });
  // Two hours of three units are more than five: leaf 2 within 6 h, half of that within 3.
  const six = 1 / (1 + Math.exp(-2));
  expect(signal.atMs).toBe(MONDAY_MS + 8 * HOUR_MS);
  expect(signal.expectedAtMs).toBe(signal.atMs + 3 * HOUR_MS);
  expect(signal.probability).toBeLessThanOrEqual(six);
  expect(signal.probability).toBeGreaterThan(0.8);
  const { evidence } = signal;
  expect(evidence.map(({ name }) => name)).toEqual(['prior', 'demand_over_horizon', 'history']);
  expect(evidence[2].facts).toMatchObject({ unitsSoldSinceOut: 6 });
  const odds = evidence.reduce((sum, { weight }) => sum + weight, 0);
  expect(1 / (1 + Math.exp(-odds))).toBeCloseTo(signal.probability, 6);
});

it('asks hazards where the trees have another horizon', () => {
  expect(comingSignals({ comingProbability: 0.5, comingHours: 5 })).toEqual([]);
  const [signal] = comingSignals({ comingProbability: 0.05, comingHours: 5 });
  expect(signal.evidence.map(({ name }) => name)).toEqual(['prior', 'demand_over_horizon']);
});

it('goes on from a snapshot as it would have', () => {
  const sales = shopSales(60, (item, hour) => item === 'milk' && hour > 20 && hour < 33);
  const all = watchedEngine({ model: comingModel }).engine;
  const expected = all.apply(eventsOf(sales));
  const first = watchedEngine({ model: comingModel }).engine;
  const before = first.apply(eventsOf(sales.slice(0, 70)));
  const options = { environment: 'test', model: comingModel };
  const again = Engine.fromBytes(first.toBytes(), options);
  expect([...before, ...again.apply(eventsOf(sales.slice(70)))]).toEqual(expected);
  expect(again.toBytes()).toEqual(all.toBytes());
});
