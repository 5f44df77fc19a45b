import { createRandom } from '@gondola/stream';
import fc from 'fast-check';
import { quantile, studentT, weightedShare, wilson } from './intervals.js';

test.each([
  // Newcombe 1998, table I, method 3.
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('Wilson of %d of %d is %d to %d', (hits, total, low, high) => {
  expect(wilson(hits, total)?.low).toBeCloseTo(low, 4);
  expect(wilson(hits, total)?.high).toBeCloseTo(high, 4);
});

test('Wilson lies within 0 and 1 around the share, is mirrored, and shrinks with more of the same', () => {
  const cases = fc
    .integer({ min: 1, max: 5_000 })
    .chain((total) => fc.tuple(fc.nat(total), fc.constant(total)));
  fc.assert(
    fc.property(cases, ([hits, total]) => {
      const [one, mirrored, more] = [
        wilson(hits, total),
        wilson(total - hits, total),
        wilson(10 * hits, 10 * total),
      ];
      if (!one || !mirrored || !more) throw new Error('no interval');
      expect(one.low).toBeGreaterThanOrEqual(0);
      expect(one.high).toBeLessThanOrEqual(1);
      expect(one.low).toBeLessThanOrEqual(one.value + 1e-12);
      expect(one.high).toBeGreaterThanOrEqual(one.value - 1e-12);
      expect(mirrored.low).toBeCloseTo(1 - one.high, 9);
      expect(more.high - more.low).toBeLessThan(one.high - one.low);
    }),
  );
  expect(wilson(0, 0)).toBeNull();
});

test('drawn alike, a weighted share is the plain one', () => {
  const drawn = [true, true, false, true].map((hit) => ({ hit, probability: 0.01 }));
  const [weighted, plain] = [weightedShare(drawn), wilson(3, 4)];
  expect(weighted?.value).toBeCloseTo(0.75, 12);
  expect(weighted?.low).toBeCloseTo(plain?.low ?? NaN, 9);
});

/** How often the interval holds the truth, when half of the population is drawn ten times as often and has other shares. */
test('a weighted share holds the truth about as often as it says, where a plain one is off', () => {
  const random = createRandom(11);
  const shares = [
    { hits: 0.9, probability: 0.2 },
    { hits: 0.4, probability: 0.02 },
  ];
  const truth = 0.65;
  let [held, plain] = [0, 0];
  const runs = 1_000;
  for (let run = 0; run < runs; run++) {
    const drawn = shares.flatMap(({ hits, probability }) =>
      Array.from({ length: 2_000 }, () => ({ hit: random.unit() < hits, probability })).filter(
        () => random.unit() < probability,
      ),
    );
    const weighted = weightedShare(drawn);
    if (weighted && weighted.low <= truth && truth <= weighted.high) held++;
    const naive = wilson(drawn.filter(({ hit }) => hit).length, drawn.length);
    if (naive && naive.low <= truth && truth <= naive.high) plain++;
  }
  expect(held / runs).toBeGreaterThan(0.93);
  expect(plain / runs).toBeLessThan(0.05);
});

test.each([
  [3, 3.182],
  [5, 2.571],
  [10, 2.228],
  [30, 2.042],
  [Infinity, 1.96],
])('t of %d degrees is %d', (degrees, t) => {
  expect(Math.abs(studentT(degrees) / t - 1)).toBeLessThan(0.01);
});

test('a quantile lies between its neighbours', () => {
  expect(quantile([], 0.5)).toBeNull();
  expect(quantile([5, 1, 3], 0.5)).toBe(3);
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([10, 0], 0.9)).toBeCloseTo(9, 12);
});
