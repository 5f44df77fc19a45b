import fc from 'fast-check';
import {
  atPrecision,
  averagePrecision,
  calibrationOf,
  curveOf,
  eventScores,
  precisionAtRecall,
} from './scores.js';

describe('curve', () => {
  // By hand: thresholds .9 (1 of 1), .6 (2 of 4, two ties), .2 (3 of 5), 0 (3 of 6).
  const probability = [0.6, 0.2, 0.9, 0.6, 0, 0.6];
  const out = [1, 1, 1, 0, 0, 0];
  const curve = curveOf(probability, out);

  it('sums hours down to each distinct probability', () => {
    expect([...curve.threshold].map((value) => Number(value.toFixed(4)))).toEqual([0.9, 0.6, 0.2, 0]);
    expect([...curve.alerts]).toEqual([1, 4, 5, 6]);
    expect([...curve.hits]).toEqual([1, 2, 3, 3]);
    expect([curve.hours, curve.outHours]).toEqual([6, 3]);
  });

  it('gives the scores that follow', () => {
    expect(averagePrecision(curve)).toBeCloseTo((1 + 2 / 4 + 3 / 5) / 3, 12);
    expect(precisionAtRecall(curve, 0.5)).toBe(0.5);
    expect(atPrecision(curve, 0.6)).toEqual({ threshold: curve.threshold[2], recall: 1 });
    expect(atPrecision(curve, 0.99)?.recall).toBeCloseTo(1 / 3, 12);
    expect(atPrecision(curveOf([0.5, 0.4], [0, 1]), 0.8)).toBeNull();
  });

  it('is that of a plain sort, whatever the numbers', () => {
    const hour = fc.record({ probability: fc.float({ min: 0, max: 1, noNaN: true }), out: fc.boolean() });
    fc.assert(
      fc.property(fc.array(hour, { minLength: 1 }), (hours) => {
        const labels = hours.map((one) => Number(one.out));
        const values = hours.map((one) => Math.fround(1 + one.probability));
        const distinct = [...new Set(values)].sort((left, right) => right - left);
        const sorted = curveOf(
          hours.map((one) => one.probability),
          labels,
        );
        expect([...sorted.alerts]).toEqual(
          distinct.map((at) => values.filter((value) => value >= at).length),
        );
        expect([...sorted.hits]).toEqual(
          distinct.map((at) => values.filter((value, index) => value >= at && labels[index]).length),
        );
      }),
    );
  });
});

it('calibration compares what is stated with what is seen', () => {
  const { bins, error } = calibrationOf([0.1, 0.3, 0.9, 1], [0, 1, 1, 1], 2);
  expect(bins).toEqual([
    { hours: 2, stated: 0.2, seen: 0.5 },
    { hours: 2, stated: 0.95, seen: 1 },
  ]);
  expect(error).toBeCloseTo((0.6 + 0.1) / 4, 12);
});

describe('events', () => {
  const grid = { days: 2, hours: 4 };
  const table: [string, number[], number[], object][] = [
    [
      'found in its second hour',
      [0, 1, 1, 1, 0, 0, 0, 0],
      [0, 0, 1, 1, 0, 0, 0, 0],
      { recall: 1, delays: [2] },
    ],
    ['an hour alone is none', [0, 1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0], { events: 0, alerts: 1 }],
    ['out since the day began is none', [1, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0], { events: 0 }],
    ['ends with its day', [0, 0, 1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0], { events: 1, recall: 0 }],
    ['a false one', [0, 0, 0, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0, 0, 0], { alerts: 1, alertPrecision: 0 }],
    ['over the night it is one alert', [0, 0, 0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0, 0, 0], { alerts: 1 }],
  ];
  it.each(table)('%s', (_, out, probability, expected) => {
    expect(eventScores(probability, out, 0.5, grid)).toMatchObject(expected);
  });

  it('counts false alerts per shelf and week', () => {
    const scores = eventScores(
      [1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
      Array<number>(16).fill(0),
      0.5,
      grid,
    );
    // Two shelves of two days.
    expect(scores.falseAlertsPerShelfWeek).toBeCloseTo(3 / (4 / 7), 12);
  });
});
