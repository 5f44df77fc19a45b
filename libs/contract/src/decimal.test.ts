import fc from 'fast-check';
import { unscaledOf } from './decimal.js';

test.each([
  [0.29, 4, 2900],
  [1.005, 2, 101],
  [-1.005, 2, -101],
  [1.0049, 2, 100],
  [0.5, 0, 1],
  [-0.5, 0, -1],
  [2.5, 0, 3],
  [0.0005, 3, 1],
  [0.00049, 3, 0],
  [-0.00049, 3, 0],
  [1e-300, 4, 0],
  [0, 4, 0],
  [-0, 4, 0],
  [1e12, 3, 1e15],
  [123456789.1234, 4, 1234567891234],
  [1e15, 3, 10n ** 18n],
  [-999999999999999, 3, -999999999999999000n],
  [8.675309e2, 4, 8675309],
  [4503599627370497.5, 0, 4503599627370498],
])('%d at scale %d', (value, scale, expected) => {
  const unscaled = unscaledOf(value, scale);
  expect(BigInt(unscaled)).toBe(BigInt(expected));
});

test('a decimal text of up to 15 digits comes back exactly', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }),
      fc.integer({ min: 0, max: 6 }),
      (unscaled, scale) => {
        const digits = String(Math.abs(unscaled)).padStart(scale + 1, '0');
        const text = `${unscaled < 0 ? '-' : ''}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`;
        expect(BigInt(unscaledOf(Number(text), scale))).toBe(BigInt(unscaled));
      },
    ),
    { numRuns: 5000 },
  );
});

test('any double is at most half a unit from the shortest decimal text', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e13, max: 1e13, noNaN: true }), (value) => {
      // The text, with enough zeros behind it, as a whole number of 10^-340.
      const exact = BigInt(unscaledOf(value, 340));
      const unit = 10n ** 336n;
      const rounded = BigInt(unscaledOf(value, 4)) * unit;
      const distance = exact > rounded ? exact - rounded : rounded - exact;
      expect(2n * distance <= unit).toBe(true);
      if (2n * distance === unit) expect(rounded > 0n ? rounded > exact : rounded < exact).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
