import { foldName } from './fold-name.js';
import { gtinOf, sequenceOf } from './ids.js';
import { numberOfText } from './number-text.js';
import { parseJson } from './parse-json.js';
import { dayOf, isTimeZone, timeOf } from './time-text.js';

test.each([
  'PRODUCT ADDED',
  'Product.Added',
  'productAdded',
  'product_added',
  '@productAdded',
  'ns2:Product-Added',
])('%s is one name', (name) => expect(foldName(name)).toBe('productadded'));

test.each<[string, number | null]>([
  ['79.95', 79.95],
  ['$ 79.95', 79.95],
  ['US$79.95', 79.95],
  ['79,95 €', 79.95],
  ['1,299.00', 1299],
  ['1.299,00', 1299],
  ['1.234.567', 1_234_567],
  ['1,234,567', 1_234_567],
  ['COP 12 500', 12_500],
  ['1’299.50', 1299.5],
  ['12.500', 12.5],
  ['0,365', 0.365],
  ['.5', 0.5],
  ['(5.00)', -5],
  ['5.00-', -5],
  ['-$5', -5],
  ['−5', -5],
  ['+5', 5],
  ['1e3', 1000],
  ['1.250 kg', 1.25],
  ['$ 0.365', 0.365],
  ['$ 12.500,00', 12_500],
  ['1,299', null],
  ['$ 12.500', null],
  ['12.500 COP', null],
  ['1,2,3', null],
  ['1.2.3', null],
  ['12 50', null],
  ['--5', null],
  ['.5', 0.5],
  ['12/50', null],
  ['5 of 6', null],
  ['ask us', null],
  ['Infinity', null],
  ['0x10', null],
  ['1e999', null],
  ['9'.repeat(50), null],
])('%s is the number %d', (text, value) => expect(numberOfText(text)).toBe(value));

const BOGOTA = 'America/Bogota';
const BERLIN = 'Europe/Berlin';
test.each<[string, string | null, string | null]>([
  ['2026-11-20T18:05:09-05:00', null, '2026-11-20T23:05:09.000Z'],
  ['2026-11-20T18:05:09.123456789Z', null, '2026-11-20T18:05:09.123Z'],
  ['2026-11-20 18:05:09', BOGOTA, '2026-11-20T23:05:09.000Z'],
  ['2026-11-20 18:05:09 UTC', BOGOTA, '2026-11-20T18:05:09.000Z'],
  ['20261120180509', BOGOTA, '2026-11-20T23:05:09.000Z'],
  ['2026-11-20T18:05+0530', null, '2026-11-20T12:35:00.000Z'],
  ['1795197909', null, '2026-11-20T18:05:09.000Z'],
  ['1795197909123', null, '2026-11-20T18:05:09.123Z'],
  ['1795197909123456', null, '2026-11-20T18:05:09.123Z'],
  ['1795197909123456789', null, '2026-11-20T18:05:09.123Z'],
  // The clocks go back: the first of the two. The clocks go forward: as far after the skip.
  ['2026-10-25T02:30:00', BERLIN, '2026-10-25T00:30:00.000Z'],
  ['2026-03-29T02:30:00', BERLIN, '2026-03-29T01:30:00.000Z'],
  ['2026-07-01T12:00:00', BERLIN, '2026-07-01T10:00:00.000Z'],
  ['2026-11-20T18:05:09', '-05:00', '2026-11-20T23:05:09.000Z'],
  ['2026-11-20T18:05:09', null, 'no zone'],
  ['2026-02-30T18:05:09Z', null, null],
  ['2026-11-20T24:05:09Z', null, null],
  ['2026-11-20', BOGOTA, null],
  ['20/11/2026 18:05', BOGOTA, null],
  ['yesterday', BOGOTA, null],
])('%s in %s is %s', (text, timeZone, expected) => {
  const time = timeOf(text, timeZone);
  expect(typeof time === 'object' && time ? new Date(time.atMs).toISOString() : time).toBe(expected);
});

test.each<[string, string | null, string]>([
  ['2026-11-21T03:00:00Z', BOGOTA, '2026-11-20'],
  ['2026-11-20T23:30:00-05:00', null, '2026-11-20'],
  ['2026-11-20T23:30:00Z', null, '2026-11-20'],
  ['2026-11-20T23:30:00', BERLIN, '2026-11-20'],
])('%s in %s is on the day %s', (text, timeZone, day) => {
  const time = timeOf(text, timeZone);
  expect(typeof time === 'object' && time?.day).toBe(dayOf(day));
});

test.each<[string, number | null]>([
  ['1970-01-02', 1],
  ['19700102', 1],
  ['1970-01-02-05:00', 1],
  ['1970-01-02T23:59:59', 1],
  ['1970-13-02', null],
  ['2.1.1970', null],
])('%s is day %d', (text, day) => expect(dayOf(text)).toBe(day));

test('zones are those of IANA', () =>
  expect(['America/Bogota', 'UTC', 'Macondo'].map(isTimeZone)).toEqual([true, true, false]));

test('whole numbers beyond 53 bits keep their digits, all others are numbers', () => {
  const text = '{"id":820982911946154508,"n":[1,-9007199254740993,1.5,1e30],"__proto__":{"x":1}}';
  const value = parseJson(text) as Record<string, unknown>;
  expect([value['id'], value['n']]).toEqual(['820982911946154508', [1, '-9007199254740993', 1.5, 1e30]]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});

test.each([
  ['0', 0],
  ['118', 118],
  ['0118', 118],
  ['9007199254740991', 9_007_199_254_740_991],
])('%s is its own number', (id, number) => expect(sequenceOf(id)).toBe(number));

test('ids that no long of 53 bits holds are different numbers that fit', () => {
  const numbers = ['9007199254740992', '9007199254740993', '820982911946154508', 'O-AbC123', '-1', '1.5'].map(
    sequenceOf,
  );
  expect(new Set(numbers).size).toBe(6);
  expect(numbers.every((number) => Number.isSafeInteger(number) && number >= 0)).toBe(true);
});

test('a GTIN has its check digit', () => {
  const codes = ['7702001000012', '7702001000013', '07702001000012', '036000291452', '96385074', '123', null];
  expect(codes.filter((code) => gtinOf(code) !== null)).toEqual([
    '7702001000012',
    '07702001000012',
    '036000291452',
    '96385074',
  ]);
});
