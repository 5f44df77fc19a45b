import fc from 'fast-check';
import { IsotonicFit, poolAdjacentViolators } from './isotonic.js';

const block = (x: number, y: number) => ({ weight: 1, x, y });

it('pools neighbours in the wrong order', () => {
  const pooled = poolAdjacentViolators([block(1, 1), block(2, 3), block(3, 2), block(4, 2.5), block(5, 9)]);
  expect(pooled.map(({ y, weight }) => y / weight)).toEqual([1, 2.5, 9]);
  expect(pooled.map(({ weight }) => weight)).toEqual([1, 3, 1]);
});

it('rises, stays within what was seen and keeps few breakpoints', () => {
  const pair = fc.tuple(fc.double({ min: 1e-5, max: 0.9995, noNaN: true }), fc.constantFrom(0, 1));
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 400 }), (pairs) => {
      const fit = new IsotonicFit();
      for (const [p, outcome] of pairs) fit.add(p, outcome);
      const { x, y } = fit.breakpoints();
      expect(x.length).toBeLessThanOrEqual(100);
      for (let i = 1; i < x.length; i++) {
        expect(x[i]).toBeGreaterThan(x[i - 1]);
        expect(y[i]).toBeGreaterThanOrEqual(y[i - 1]);
      }
      // Least squares under an order constraint keeps the total.
      const total = pairs.reduce((sum, [, outcome]) => sum + outcome, 0);
      expect(Math.min(...y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...y)).toBeLessThanOrEqual(1);
      if (total === 0) expect(Math.max(...y)).toBe(0);
    }),
  );
});

it('keeps at most 100 breakpoints of a long rising curve', () => {
  const fit = new IsotonicFit();
  for (let i = 1; i < 2000; i++) fit.add(i / 2000, i / 2000);
  const { x, y } = fit.breakpoints();
  expect(x).toHaveLength(100);
  x.forEach((value, i) => expect(Math.abs(y[i] - value)).toBeLessThan(1e-9));
});
