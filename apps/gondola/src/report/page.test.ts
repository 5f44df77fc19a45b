import { SCORED_HOURS } from '@gondola/detect';
import type { Judged } from './judge-panel.js';
import { reportFiles, table, type Report } from './page.js';
import { METHODS, scoresOf, type Method, type MethodScores } from './scores.js';

/** A slow shelf and a fast one over a day; the fast one runs out at its fourth hour, for three hours. */
const hours = (at: number, values: readonly number[]) => {
  const all = Array<number>(2 * SCORED_HOURS).fill(0);
  values.forEach((value, index) => (all[at + index] = value));
  return all;
};
const judged: Judged = {
  ...{ shelves: 2, stores: 1, days: 1 },
  out: Uint8Array.from(hours(SCORED_HOURS + 3, [1, 1, 1])),
  // Right but late; right at once and once wrong; never higher than elsewhere.
  model: Float32Array.from(hours(SCORED_HOURS + 4, [0.9, 0.9])),
  filter: Float32Array.from(hours(SCORED_HOURS + 3, [0.8, 0.8, 0.7, 0.6])),
  rule: new Float32Array(2 * SCORED_HOURS),
  velocity: Float64Array.from([2, 40]),
};
const scores = Object.fromEntries(METHODS.map((method) => [method, scoresOf(judged, method)])) as Record<
  Method,
  MethodScores
>;
const report: Report = {
  ...{ model: 'test-1', split: 'held', fromDay: 62, judged, outShare: 3 / 32, scores },
  ledger: null,
};

describe('scores', () => {
  it('are those that one counts by hand', () => {
    // Two of two, then the third out hour among all 32.
    expect(scores.model.averagePrecision).toBeCloseTo((2 + 3 / 32) / 3, 12);
    expect(scores.filter.averagePrecision).toBeCloseTo(1, 12);
    expect(scores.rule.averagePrecision).toBeCloseTo(3 / 32, 12);
    expect(scores.model.recallAtPrecision80).toBeCloseTo(2 / 3, 12);
    expect(scores.model.events).toMatchObject({
      events: 1,
      recall: 1,
      medianDelayHours: 2,
      alertPrecision: 1,
    });
    expect(scores.model.foundBy.slice(0, 3)).toEqual([
      [1, 0],
      [2, 1],
      [3, 1],
    ]);
    expect(scores.filter.events.medianDelayHours).toBe(1);
  });

  it('are told by how fast shelves sell', () => {
    const [slow, , , fast] = scores.model.byVelocity;
    // Nothing was out on the slow shelf.
    expect(slow).toBeNaN();
    expect(fast).toBeCloseTo((2 + 3 / 16) / 3, 12);
  });
});

describe('reportFiles', () => {
  const files = reportFiles(report);

  it('are a page and the pictures that it shows', () => {
    const page = files.get('report.md') ?? '';
    const shown = [...page.matchAll(/\]\(([\w-]+\.svg)\)/g)].map(([, name]) => name);
    expect(['report.md', ...shown].sort()).toEqual([...files.keys()].sort());
    expect(page).toContain('2 shelves of 1 stores, days 62 to 62');
    expect(page).toContain('9.4 % of the hours out of stock');
    expect(page).toContain('| model | 0.698 |');
    expect(page).not.toContain('NaN');
  });

  it('have no number that is none', () => {
    for (const content of files.values()) expect(content).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('tell of the simulation where its result is given', () => {
    const ledger = {
      ...{ shelf_hours: 100, prevalence: 0.1, denied_by_record: 0.8, ap: 0.9, ap_phantom: 0.85 },
      ...{ ap_zero_run_rule: 0.6, hours_at_precision_80: null },
      signals: { precision: 0.7, false_alarms_per_shelf_week: 0.2 },
    };
    const page = reportFiles({ ...report, ledger }).get('report.md') ?? '';
    expect(page).toContain('| average precision | 0.900 | at least .86 |');
    expect(page).toContain('| stockouts found | – | at least .70 |');
  });
});

it('table writes Markdown', () => {
  expect(
    table(
      ['a', 'b'],
      [
        ['x', 1 / 3],
        ['y', NaN],
      ],
    ),
  ).toBe('| a | b |\n| --- | --- |\n| x | 0.333 |\n| y | – |');
});
