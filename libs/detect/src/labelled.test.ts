import fc from 'fast-check';
import { DAY_MS, eventsOf, HOUR_MS, MONDAY_MS, testModel, treeModel } from '../test/support.js';
import { FEATURES } from './features.js';
import { SalesTables, refitted } from './fit-sales.js';
import { IsotonicFit } from './isotonic.js';
import { Labels, type Label } from './label.js';
import { labelledEngine, type Belief } from './labelled.js';
import { brierGain, measuresOf } from './measures.js';

const look = (atMs: number, isOut = false, more: Partial<Label> = {}): Label => ({
  ...{ storeId: 's1', itemId: 'milk', atMs, isOut, source: 'count', weight: 1 },
  ...more,
});

describe('labels', () => {
  it('are found by store and time, the end left out, whatever order they came in', () => {
    const labels = new Labels([look(30), look(10), look(20, true), look(20, false, { storeId: 's2' })]);
    expect(labels.between('s1', 10, 30).map(({ atMs }) => atMs)).toEqual([10, 20]);
    expect(labels.between('s1', 11, 1000).map(({ atMs }) => atMs)).toEqual([20, 30]);
    expect(labels.between('nowhere', 0, 1000)).toEqual([]);
    expect([labels.rows, labels.out, labels.sources]).toEqual([4, 1, ['count']]);
    expect(labels.momentAt(0.8)).toBe(30);
  });

  it('meet what was believed when the hour before them ended, and nothing that came after', () => {
    const noon = MONDAY_MS + 12 * HOUR_MS;
    const beliefs: Belief[] = [];
    const labels = new Labels([
      look(noon + HOUR_MS / 2, true),
      look(noon + 2 * HOUR_MS, false),
      look(noon + HOUR_MS, true, { itemId: 'never seen' }),
    ]);
    const options = { environment: 'test', model: testModel, config: { allowedLatenessMs: 0 } };
    const engine = labelledEngine({ ...options, labels, onBelief: (belief) => beliefs.push(belief) });
    const sales = Array.from({ length: 15 }, (_, hour) => ({ at: MONDAY_MS + hour * HOUR_MS, quantity: 5 }));
    engine.apply(eventsOf(sales));
    expect(beliefs.map(({ label, hour }) => [label.atMs - noon, hour])).toEqual([
      [HOUR_MS / 2, 11],
      [2 * HOUR_MS, 13],
    ]);
    for (const { probability } of beliefs) expect(probability).toBeLessThan(0.2);
  });

  it('meet the features of their own shelf, whatever its place in the store', () => {
    const noon = MONDAY_MS + 12 * HOUR_MS;
    const items = ['milk', 'bread', 'eggs'];
    const units = FEATURES.indexOf('units');
    const found: [string, number, number][] = [];
    const engine = labelledEngine({
      ...{ environment: 'test', model: treeModel, config: { allowedLatenessMs: 0 } },
      labels: new Labels(items.map((itemId) => look(noon + 1, false, { itemId }))),
      onBelief: ({ label, features, start }) =>
        found.push([label.itemId, features?.[start] ?? NaN, features?.[start + units] ?? NaN]),
    });
    const sales = Array.from({ length: 14 }, (_, hour) =>
      items.map((item, row) => ({ at: MONDAY_MS + hour * HOUR_MS, item, quantity: row + 1 })),
    );
    engine.apply(eventsOf(sales.flat()));
    expect(found).toEqual(items.map((item, row) => [item, 11, row + 1]));
  });
});

describe('measures', () => {
  const judged = (probability: number, isOut: boolean, weight = 1) => ({ probability, isOut, weight });

  it.each([
    ['best first', [judged(0.9, true), judged(0.1, false)], 1],
    ['worst first', [judged(0.9, false), judged(0.1, true)], 0.5],
    ['one score for all', [judged(0.5, true), judged(0.5, false), judged(0.5, false)], 1 / 3],
    ['nothing out', [judged(0.5, false)], 0],
    ['two of three', [judged(0.9, true), judged(0.8, false), judged(0.7, true)], 0.5 + 0.5 * (2 / 3)],
  ])('average precision: %s', (_, rows, ap) => expect(measuresOf(rows).ap).toBeCloseTo(ap, 12));

  it('calibration by bins, squared error', () => {
    const { ece, brier } = measuresOf([judged(0.92, true), judged(0.93, false), judged(0.1, false)]);
    expect(ece).toBeCloseTo((0.85 + 0.1) / 3, 12);
    expect(brier).toBeCloseTo((0.08 ** 2 + 0.93 ** 2 + 0.1 ** 2) / 3, 12);
  });

  const rows = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 99 }), fc.boolean(), fc.integer({ min: 1, max: 4 })),
    { minLength: 1, maxLength: 40 },
  );

  it('a weight counts as so many rows of its kind, in measures and in calibration', () => {
    fc.assert(
      fc.property(rows, (some) => {
        const weighed = some.map(([percent, isOut, weight]) => judged(percent / 100, isOut, weight));
        const repeated = weighed.flatMap(({ weight, ...row }) =>
          Array.from({ length: weight }, () => ({ ...row, weight: 1 })),
        );
        const [mine, theirs] = [measuresOf(weighed), measuresOf(repeated)];
        for (const name of ['ap', 'ece', 'brier'] as const) expect(mine[name]).toBeCloseTo(theirs[name], 9);
        const fits = [weighed, repeated].map((each) => {
          const fit = new IsotonicFit();
          for (const { probability, isOut, weight } of each) fit.add(probability, isOut ? 1 : 0, weight);
          return fit.breakpoints();
        });
        expect(fits[0].x).toHaveLength(fits[1].x.length);
        fits[0].y.forEach((y, at) => expect(y).toBeCloseTo(fits[1].y[at], 9));
      }),
    );
  });

  it('the better of two is told by store: one store with many rows says no more than one', () => {
    const pair = (storeId: string, first: number, second: number) => ({
      ...{ storeId, first: judged(first, true), second: judged(second, true) },
    });
    const many = Array.from({ length: 50 }, (_, at) => pair(`s${at % 10}`, 0.5, 0.7 + (at % 10) / 100));
    const clear = brierGain(many);
    expect(clear.gain).toBeGreaterThan(4 * clear.error);
    expect(brierGain(many.map((one) => ({ ...one, storeId: 's' }))).error).toBe(Infinity);
    expect(
      brierGain(many.map(({ storeId, first, second }) => ({ storeId, first: second, second: first }))).gain,
    ).toBeCloseTo(-clear.gain, 12);
  });
});

it('a model learns hours, days and rates from sales, and leans on its base where they are few', () => {
  const many = new SalesTables(() => 'UTC');
  const few = new SalesTables(() => 'UTC');
  const rows = Array.from({ length: 14 * 4 }, (_, at) => {
    const [day, item] = [Math.floor(at / 4), at % 4];
    return {
      at: MONDAY_MS + day * DAY_MS + 10 * HOUR_MS,
      item: `i${item}`,
      quantity: 4000 * (1 + (item % 2)),
    };
  });
  many.add(eventsOf(rows));
  few.add(eventsOf(rows.map((row) => ({ ...row, quantity: 0.01 }))));
  const fittedOn = { ...testModel.file.fitted_on, dataset: 'own' };
  const options = { version: 'own', fittedOn, parent: testModel.hash };
  const own = refitted(testModel, many, options);
  expect(own.file.profile.global[10]).toBeGreaterThan(15);
  expect(own.file.rate.shape).not.toBe(testModel.file.rate.shape);
  expect(own.file.hazard).toEqual(testModel.file.hazard);
  expect(own.file.parent).toBe(testModel.hash);
  expect(own.hash).not.toBe(testModel.hash);
  const mean = (hours: readonly number[]) => hours.reduce((sum, one) => sum + one, 0) / 24;
  expect(mean(own.file.profile.global)).toBeCloseTo(1, 4);
  const leaning = refitted(testModel, few, options).file.profile.global;
  const base = testModel.file.profile.global.map((one) => one / mean(testModel.file.profile.global));
  leaning.forEach((one, hour) => expect(one).toBeCloseTo(base[hour], 2));
});
