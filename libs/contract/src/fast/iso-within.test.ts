import fc from 'fast-check';
import { daysOfIsoDate, microsOfIsoTime } from '../iso-time.js';
import { isoDaysWithin, isoMicrosWithin } from './iso-within.js';

const micros = (text: string) => isoMicrosWithin(Buffer.from(`"${text}"`, 'latin1'), 1, text.length + 1);
const days = (text: string) => isoDaysWithin(Buffer.from(`"${text}"`, 'latin1'), 1, text.length + 1);

const number = (max: number, size: number) => fc.nat(max).map((value) => String(value).padStart(size, '0'));
const date = fc.tuple(number(2400, 4), number(13, 2), number(32, 2)).map((parts) => parts.join('-'));
const clock = fc.tuple(number(25, 2), number(61, 2), number(61, 2)).map((parts) => parts.join(':'));
const fraction = fc.oneof(
  fc.constantFrom('', '.', ',5'),
  fc.nat(9_999_999_999).map((value) => `.${value}`),
);
const zone = fc.constantFrom('Z', 'z', '+00:00', '-05:30', '', '+1');
const time = fc
  .tuple(date, fc.constantFrom('T', 't', ' '), clock, fraction, zone)
  .map((parts) => parts.join(''));

test('times are those of the reference, and so is what is none', () => {
  let known = 0;
  const property = fc.property(time, fc.nat(40), fc.constantFrom(...'0:-T.Zx'), (text, at, other) => {
    const spoiled = text.slice(0, at) + other + text.slice(at + 1);
    for (const one of [text, spoiled]) {
      const expected = microsOfIsoTime(one);
      if (expected !== null) known++;
      expect(micros(one)).toBe(expected ?? NaN);
    }
  });
  fc.assert(property, { numRuns: 5000 });
  expect(known).toBeGreaterThan(500);
});

test('days are those of the reference, leap years too', () => {
  fc.assert(
    fc.property(date, (text) => {
      expect(days(text)).toBe(daysOfIsoDate(text) ?? NaN);
    }),
    { numRuns: 5000 },
  );
  for (const text of [
    '2024-02-29',
    '2023-02-29',
    '2000-02-29',
    '1900-02-29',
    '0099-12-31',
    '9999-12-31',
    'x',
  ])
    expect(days(text)).toBe(daysOfIsoDate(text) ?? NaN);
});
