import fc from 'fast-check';
import { HEADERS_TYPE, type ColumnSummary, type ColumnType, type ColumnValue } from '@gondola/stream';
import { statsOf } from './stats.js';

interface Stats {
  numRecords: number;
  minValues: Record<string, unknown>;
  maxValues: Record<string, unknown>;
  nullCount: Record<string, number>;
}

/** As encoders tell: bounds of text in the order of UTF-8, none for what has no order. */
function summaryOf(type: ColumnType, values: readonly ColumnValue[]): ColumnSummary {
  const given = values.filter((value) => value !== null) as (string | number)[];
  const hasOrder = type.kind !== 'boolean' && !given.some((value) => Number.isNaN(value));
  const sorted = given.sort((left, right) =>
    typeof left === 'string'
      ? Buffer.compare(utf8(left), utf8(String(right)))
      : left < Number(right)
        ? -1
        : 1,
  );
  return {
    spec: { name: 'c', type, nullable: true },
    nulls: values.length - given.length,
    min: hasOrder ? (sorted.at(0) ?? null) : null,
    max: hasOrder ? (sorted.at(-1) ?? null) : null,
  };
}

const utf8 = (text: string) => Buffer.from(text);
const statsText = (type: ColumnType, values: readonly ColumnValue[]) =>
  statsOf(values.length, [summaryOf(type, values)], new Set());
const parsed = (type: ColumnType, values: readonly ColumnValue[]) =>
  JSON.parse(statsText(type, values)) as Stats;

test.each<[string, ColumnType, readonly ColumnValue[], string | undefined, string | undefined]>([
  ['int32', { kind: 'int32' }, [3, -7, 5], '-7', '5'],
  [
    'int64 beyond 53 bits',
    { kind: 'int64' },
    [2n ** 63n - 1n, -(2n ** 63n)],
    '-9223372036854775808',
    '9223372036854775807',
  ],
  ['float64', { kind: 'float64' }, [1.5, null, -0.25], '-0.25', '1.5'],
  ['float64 with NaN', { kind: 'float64' }, [1.5, NaN], undefined, undefined],
  ['float64 with infinity', { kind: 'float64' }, [1.5, -Infinity], undefined, undefined],
  ['decimal', { kind: 'decimal', precision: 12, scale: 2 }, [-5n, 12345n], '-0.05', '123.45'],
  [
    'decimal without scale',
    { kind: 'decimal', precision: 38, scale: 0 },
    [10n ** 37n],
    `1${'0'.repeat(37)}`,
    `1${'0'.repeat(37)}`,
  ],
  ['date', { kind: 'date' }, [19_810, 0], '"1970-01-01"', '"2024-03-28"'],
  [
    'timestamp: down and up to milliseconds',
    { kind: 'timestamp' },
    [1_711_584_000_000_001, 1_711_584_000_123_001],
    '"2024-03-28T00:00:00.000Z"',
    '"2024-03-28T00:00:00.124Z"',
  ],
  [
    'timestamp before 1970',
    { kind: 'timestamp' },
    [-1],
    '"1969-12-31T23:59:59.999Z"',
    '"1970-01-01T00:00:00.000Z"',
  ],
  ['timestamp after the year 9999', { kind: 'timestamp' }, [253_402_300_800_000_000], undefined, undefined],
  ['string', { kind: 'string' }, ['b', null, 'a', 'é'], '"a"', '"é"'],
  ['only nulls', { kind: 'string' }, [null, null], undefined, undefined],
  ['boolean', { kind: 'boolean' }, [true, false], undefined, undefined],
])('%s', (_what, type, values, min, max) => {
  const text = statsText(type, values);
  expect(/"minValues":\{(?:"c":(.*?))?\}/.exec(text)?.[1]).toBe(min);
  expect(/"maxValues":\{(?:"c":(.*?))?\}/.exec(text)?.[1]).toBe(max);
  expect(parsed(type, values).nullCount).toEqual({
    c: values.filter((value) => value === null).length,
  });
});

test('bytes, headers and partition columns have no statistics', () => {
  const columns: ColumnSummary[] = [
    { spec: { name: 'value', type: { kind: 'binary' }, nullable: true }, nulls: 1, min: null, max: null },
    { spec: { name: 'headers', type: HEADERS_TYPE, nullable: true }, nulls: 1, min: null, max: null },
    { spec: { name: 'day', type: { kind: 'date' }, nullable: false }, nulls: 0, min: 1, max: 1 },
  ];
  expect(JSON.parse(statsOf(1, columns, new Set(['day'])))).toEqual({
    numRecords: 1,
    minValues: {},
    maxValues: {},
    nullCount: {},
  });
});

/** Long and short, with characters around the edges of UTF-16 and UTF-8, and halves of surrogate pairs. */
const character = fc.constantFrom(
  'a',
  'b',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\ufffd',
  '😀',
  '\u{10ffff}',
  '\ud800',
  '\udfff',
);
const texts = fc.string({ unit: character, maxLength: 40 });

test('bounds of text hold every value, are valid text and short', () => {
  fc.assert(
    fc.property(fc.array(texts, { minLength: 1, maxLength: 8 }), (values) => {
      const { minValues, maxValues } = parsed({ kind: 'string' }, values);
      const min = String(minValues['c']);
      expect(Array.from(min).length).toBeLessThanOrEqual(32);
      expect(min.isWellFormed()).toBe(true);
      for (const value of values) expect(Buffer.compare(utf8(min), utf8(value))).toBeLessThanOrEqual(0);
      if (maxValues['c'] === undefined) return;
      const max = String(maxValues['c']);
      expect(Array.from(max).length).toBeLessThanOrEqual(32);
      expect(max.isWellFormed()).toBe(true);
      for (const value of values) expect(Buffer.compare(utf8(max), utf8(value))).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['a'.repeat(32), 'a'.repeat(32)],
  ['a'.repeat(33), 'a'.repeat(31) + 'b'],
  ['a' + '\u{10ffff}'.repeat(40), 'b'],
  ['\ud7ff'.repeat(40), '\ud7ff'.repeat(31) + '\ue000'],
  ['\u{10ffff}'.repeat(40), undefined],
])('the upper bound of %j is %j', (value, bound) => {
  expect(parsed({ kind: 'string' }, [value]).maxValues['c']).toBe(bound);
});
