import { qualityOfRow, resultOf, scoreOf, sumCounts, type Expectation } from './index.js';

const NO_BOUNDS = { min: null, max: null };
const expectation = (change: Partial<Expectation> = {}): Expectation => ({
  name: 'a',
  kind: 'range',
  action: 'warn',
  atLeast: 0.9,
  weight: 1,
  checkedMin: 1,
  perHour: NO_BOUNDS,
  ofUsual: NO_BOUNDS,
  countsDuplicates: false,
  ...change,
});
const volume = (perHour: object, ofUsual: object = {}) =>
  expectation({
    kind: 'volume',
    perHour: { ...NO_BOUNDS, ...perHour },
    ofUsual: { ...NO_BOUNDS, ...ofUsual },
  });

test.each([
  ['exactly the share asked for is enough', expectation(), 10, 1, null, true],
  ['also where the quotient is not exact', expectation({ atLeast: 0.7 }), 10, 3, null, true],
  ['one more is too many', expectation(), 10, 2, null, false],
  ['nothing checked says nothing', expectation(), 0, 0, null, null],
  ['a volume within its bounds', volume({ min: 5, max: 10 }), 10, 0, null, true],
  ['below them', volume({ min: 5, max: 10 }), 4, 0, null, false],
  ['above them', volume({ max: 10 }), 11, 0, null, false],
  ['a volume of nothing', volume({ min: 1 }), 0, 0, null, false],
  ['near what is usual', volume({}, { min: 0.5, max: 2 }), 20, 0, 10, true],
  ['far from it', volume({}, { min: 0.5, max: 2 }), 4, 0, 10, false],
  ['when nothing is usual yet', volume({}, { min: 0.5 }), 4, 0, null, null],
  ['both bounds count', volume({ max: 100 }, { min: 0.5 }), 4, 0, 10, false],
])('%s', (_, given, checked, failed, usual, met) => {
  expect(resultOf({ expectation: given, checked, failed }, usual).met).toBe(met);
});

test('a score weighs what can be said', () => {
  const results = [
    resultOf({ expectation: expectation({ weight: 3 }), checked: 10, failed: 0 }, null),
    resultOf({ expectation: expectation(), checked: 10, failed: 9 }, null),
    resultOf({ expectation: expectation({ weight: 100 }), checked: 0, failed: 0 }, null),
  ];
  expect(scoreOf(results)).toBe(75);
  expect(scoreOf(results.slice(2))).toBeNull();
});

test('counts add up by hour and expectation, with the newest terms', () => {
  const count = { hourMs: 0, stream: 's', subject: 'a', expectation: expectation(), checked: 5, failed: 1 };
  const later = { ...count, expectation: expectation({ atLeast: 0.5 }), checked: 2, failed: 2 };
  const other = { ...count, hourMs: 3_600_000 };
  expect(sumCounts([count, other, later])).toEqual([{ ...later, checked: 7, failed: 3 }, other]);
});

test('a row that is no count is refused by its column', () => {
  expect(() =>
    qualityOfRow({ hour: 0, stream: 's', subject: 'a', expectation: 'x', kind: 'beauty' }),
  ).toThrow(/quality: column kind/);
});
