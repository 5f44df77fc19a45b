import fc from 'fast-check';
import { lostAfterSale, lostUnits, lostUnitsOf, moveLost, NOTHING_LOST } from './lost-units.js';
import { ShelfTable } from './shelf-state.js';
import { HOUR_MS } from './local-time.js';

const size = fc.double({ min: 0.01, max: 500, noNaN: true });
const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });

it('is an interval that holds the mean and begins at nothing when nothing may have been lost', () => {
  fc.assert(
    fc.property(size, share, (units, chance) => {
      const { mean, low, high } = lostUnits(units * chance, units, 20);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(mean);
      expect(high).toBeGreaterThanOrEqual(mean);
      if (chance < 0.9) expect(low).toBe(0);
    }),
  );
});

it('narrows as the rate gets known, but no further than days differ', () => {
  const width = (rateShape: number) => {
    const { low, high } = lostUnits(100, 100, rateShape);
    return high - low;
  };
  expect(width(500)).toBeLessThan(width(1));
  // A gamma of mean 100 and variance 100 + 100^2 x .3 (shape 3.226) has its 10 % and 90 % near 38 and 174.
  expect(Math.abs(lostUnits(100, 100, 1e9).low - 38)).toBeLessThan(2);
  expect(Math.abs(lostUnits(100, 100, 1e9).high - 174)).toBeLessThan(2);
});

it('is nothing when nothing was lost', () => {
  expect(lostUnits(0, 5, 1)).toEqual(NOTHING_LOST);
});

describe('the sums since the last sale', () => {
  const shelf = () => {
    const { columns } = tableOfOne();
    columns.silentSinceMs.set(0, 0.75 * HOUR_MS);
    columns.rateShape[0] = 10;
    return columns;
  };

  it('begin with what was left of the hour of that sale', () => {
    const columns = shelf();
    lostAfterSale(columns, 0, { expected: 8, endMs: HOUR_MS });
    expect([columns.lostIfOut[0], columns.lostIfIn[0]]).toEqual([2, 0]);
  });

  it('agree with going through every way in which a shelf can run out and be filled', () => {
    const hours = fc.array(
      fc.record({
        expected: fc.double({ min: 0, max: 5, noNaN: true }),
        filled: fc.double({ min: 0.01, max: 0.6, noNaN: true }),
        hazard: fc.double({ min: 0.01, max: 0.6, noNaN: true }),
      }),
      { minLength: 1, maxLength: 7 },
    );
    fc.assert(
      fc.property(hours, (steps) => {
        const columns = shelf();
        columns.lostIfOut[0] = 1;
        let prior = 0.3;
        // P(way), units lost on it, and whether it is out now.
        let ways = [
          { p: 0.3, lost: 1, out: true },
          { p: 0.7, lost: 0, out: false },
        ];
        for (const { expected, filled, hazard } of steps) {
          columns.lostIfOut[0] += expected;
          const after = prior * (1 - filled) + (1 - prior) * hazard;
          moveLost(columns, 0, { before: prior, after, filled });
          prior = after;
          ways = ways.flatMap(({ p, lost, out }) => {
            const units = lost + (out ? expected : 0);
            const ends = out ? filled : hazard;
            return [
              { p: p * (1 - ends), lost: units, out },
              { p: p * ends, lost: units, out: !out },
            ];
          });
        }
        const mean = ways.reduce((sum, { p, lost }) => sum + p * lost, 0);
        expect(lostUnitsOf(columns, 0, prior).mean).toBeCloseTo(mean, 3);
      }),
    );
  });
});

function tableOfOne(): ShelfTable {
  const table = new ShelfTable(false);
  table.add(1);
  return table;
}
