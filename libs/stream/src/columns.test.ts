import fc from 'fast-check';
import { ByteInterner } from './byte-interner.js';
import { ByteValues, DictionaryValues, NullableNumbers } from './column-values.js';
import {
  internValues,
  plainValues,
  selectRows,
  type ColumnSpec,
  type ColumnTable,
  type ColumnValues,
} from './columns.js';

const texts = fc.array(fc.option(fc.string({ unit: 'binary', maxLength: 6 }), { nil: null }), {
  maxLength: 60,
});
const TEXT: ColumnSpec = { name: 'c', type: { kind: 'string' }, nullable: true };

test('text is the same in every form', () => {
  fc.assert(
    fc.property(texts, (values) => {
      const bytes = ByteValues.of(values);
      expect(plainValues({ spec: TEXT, values: bytes })).toEqual(values);
      expect(plainValues({ spec: TEXT, values: internValues(bytes) })).toEqual(values);
      expect(plainValues({ spec: TEXT, values })).toEqual(values);
    }),
  );
});

test('equal texts share a number, and numbers follow first appearance', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 3_000 }), (values) => {
      const interner = new ByteInterner();
      const numbers = values.map((value) => {
        const bytes = Buffer.from(`xx${value}yy`);
        return interner.intern(bytes, 2, bytes.length - 4);
      });
      const distinct = [...new Set(values)];
      expect(numbers).toEqual(values.map((value) => distinct.indexOf(value)));
      expect(
        interner
          .entries()
          .toArray()
          .map((entry) => Buffer.from(entry ?? []).toString()),
      ).toEqual(distinct);
      expect([interner.count, interner.byteCount]).toEqual([
        distinct.length,
        Buffer.byteLength(distinct.join('')),
      ]);
    }),
    { numRuns: 30 },
  );
});

const FORMS: readonly (readonly [ColumnSpec['type']['kind'], ColumnValues])[] = [
  ['int32', Int32Array.of(3, -1, 2)],
  ['float64', Float64Array.of(0.5, -0, NaN)],
  ['int64', BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), -1n)],
  ['boolean', Uint8Array.of(1, 0, 1)],
  ['boolean', new NullableNumbers(Uint8Array.of(1, 0, 0), Uint8Array.of(0, 0, 1))],
  ['int64', new NullableNumbers(BigInt64Array.of(0n, 5n, -5n), Uint8Array.of(1, 0, 0))],
  ['string', ByteValues.of(['a', null, 'ñ'])],
  ['binary', ByteValues.of([Uint8Array.of(1), null, Uint8Array.of()])],
  ['string', new DictionaryValues(Int32Array.of(1, -1, 0), ByteValues.of(['a', 'b']))],
  ['string', DictionaryValues.constant('x', 3)],
  ['string', DictionaryValues.nulls(3)],
  ['string', ['a', null, 'b']],
];

test.each(FORMS)('rows of %s are selected in the order asked for: %o', (kind, values) => {
  const spec = { name: 'c', type: { kind }, nullable: true } as ColumnSpec;
  const plain = plainValues({ spec, values });
  const table: ColumnTable = { rows: 3, columns: [{ spec, values }] };
  const selected = selectRows(table, Int32Array.of(2, 0, 2));
  expect(selected.rows).toBe(3);
  expect(selected.columns[0].values.length).toBe(3);
  expect(plainValues(selected.columns[0])).toEqual([plain[2], plain[0], plain[2]]);
});

test('more bytes than a start can reach are refused, not read from elsewhere', () => {
  // Never touched, so never in memory.
  const bytes = new Uint8Array(2 ** 31);
  expect(() => new ByteValues(bytes, Int32Array.of(0), Int32Array.of(1))).toThrow(
    expect.objectContaining({ code: 'input_invalid' }),
  );
  expect(new ByteValues(bytes.subarray(1), Int32Array.of(2 ** 31 - 2), Int32Array.of(1)).bytesAt(0)).toEqual(
    Uint8Array.of(0),
  );
});
