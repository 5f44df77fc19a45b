import {
  ByteValues,
  columnSpec,
  DictionaryValues,
  internValues,
  NullableNumbers,
  type Column,
  type ColumnSpec,
  type ColumnValue,
  type ColumnValues,
} from '@gondola/stream';
import fc from 'fast-check';
import { packed } from './packed-values.js';
import { hashRows, RowSums } from './row-hash.js';

const text = columnSpec('text', 'string', true);
const number = columnSpec('number', 'int64', true);
const hash = (columns: readonly Column[], rows = 1, name = 'table') =>
  [...hashRows(name, rows, columns)].join();
const one = (spec: ColumnSpec, value: ColumnValue) => hash([{ spec, values: [value] }]);

describe('hashes of rows', () => {
  it('do not depend on the form of a column', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ unit: 'binary' }))), (values) => {
        const wanted = hash([{ spec: text, values }], values.length);
        const bytes = ByteValues.of(values);
        const forms: ColumnValues[] = [bytes, internValues(bytes), packed(text, values)];
        for (const form of forms) expect(hash([{ spec: text, values: form }], values.length)).toBe(wanted);
      }),
    );
    const values = [1n, null, -(2n ** 63n)];
    const nullable = new NullableNumbers(BigInt64Array.of(1n, 7n, -(2n ** 63n)), Uint8Array.of(0, 1, 0));
    expect(hash([{ spec: number, values: nullable }], 3)).toBe(hash([{ spec: number, values }], 3));
  });

  it.each<[string, ColumnValue, ColumnValue]>([
    ['null and empty', null, ''],
    ['0 and -0', 0, -0],
    ['a number and its text', 1, '1'],
    ['a bigint and a number', 1n, 1],
    ['false and 0', false, 0],
    ['a long decimal and its low 64 bits', 2n ** 64n + 5n, 5n],
    ['bytes and their text', Uint8Array.of(97), 'a'],
    ['neighbours', 'ab', 'ba'],
    ['an empty list and null', [], null],
    ['fields', { a: 1 }, { b: 1 }],
  ])('tell %s apart', (_, left, right) => expect(one(text, left)).not.toBe(one(text, right)));

  it('tell columns, tables and values that moved from one column to the next apart', () => {
    const pair = (left: string, right: string) =>
      hash([
        { spec: text, values: [left] },
        { spec: { ...text, name: 'other' }, values: [right] },
      ]);
    expect(pair('a', '')).not.toBe(pair('', 'a'));
    expect(hash([], 1, 'silver')).not.toBe(hash([], 1, 'quarantine'));
    expect(one({ ...text, name: 'other' }, 'a')).not.toBe(one(text, 'a'));
  });

  it('are alike for every NaN', () => {
    const other = new Float64Array(new BigUint64Array([0x7ff8000000000001n]).buffer)[0];
    expect(one(text, other)).toBe(one(text, NaN));
  });
});

describe('sums of hashes', () => {
  it('are the same in any order, and modulo 2^64', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 2n ** 64n - 1n), { minLength: 1 }), (hashes) => {
        const halves = new Uint32Array(BigUint64Array.from(hashes).buffer);
        const [forth, back, parts] = [new RowSums(1), new RowSums(1), new RowSums(1)];
        hashes.forEach((_, row) => forth.add(0, halves, row));
        hashes.forEach((_, row) => back.add(0, halves, hashes.length - 1 - row));
        parts.addSums(0, forth, 0);
        const sum = BigInt.asUintN(
          64,
          hashes.reduce((total, each) => total + each, 0n),
        );
        expect(forth.checksum(0)).toBe(sum.toString(16).padStart(16, '0'));
        expect(forth.isEqual(0, back) && forth.isEqual(0, parts)).toBe(true);
        back.add(0, halves, 0);
        expect(forth.isEqual(0, back)).toBe(false);
      }),
    );
  });
});

it('packs values that the reader repeats without a copy for each row', () => {
  const [payload, other] = [Buffer.alloc(4_096, 'a'), Buffer.alloc(4_096, 'b')];
  // No dictionary pays in the first rows; the others repeat.
  const values = [
    ...Array.from({ length: 1_000 }, (_, row) => Buffer.from(String(row))),
    ...Array.from({ length: 10_000 }, (_, row) => (row % 3 === 0 ? null : row % 3 === 1 ? payload : other)),
  ];
  const found = packed(columnSpec('value', 'binary', true), values) as ByteValues;
  expect(found.bytes.length).toBe(2_890 + 2 * 4_096);
  values.forEach((value, row) => {
    const bytes = found.bytesAt(row);
    if ((bytes && Buffer.from(bytes).toString('latin1')) !== (value && value.toString('latin1')))
      throw new Error(`row ${row} differs`);
  });
});

it('packs values into forms that hold the same', () => {
  const repeated = Array.from({ length: 10 }, (_, row) => (row % 2 ? 'a' : null));
  expect(packed(text, repeated)).toBeInstanceOf(DictionaryValues);
  expect(packed(text, ['a', 'b', 'c', 'd'])).toBeInstanceOf(ByteValues);
  expect(packed(columnSpec('flag', 'boolean', true), [true, false])).toEqual(Uint8Array.of(1, 0));
  expect(packed(columnSpec('day', 'date', true), [1, null])).toEqual(
    new NullableNumbers(Int32Array.of(1, 0), Uint8Array.of(0, 1)),
  );
});
