import fc from 'fast-check';
import { ByteValues, DictionaryValues } from './column-values.js';
import { plainValues, type ColumnSpec } from './columns.js';
import { KnownTexts } from './known-texts.js';
import { RepeatedTexts } from './repeated-texts.js';

const TEXT: ColumnSpec = { name: 'c', type: { kind: 'string' }, nullable: true };

/** Of columns that repeat, that do not, and that change from the one to the other. */
const text = fc.option(
  fc.oneof(fc.constantFrom('', 'a', 'shop 1', 'ñandú'), fc.string({ unit: 'binary', maxLength: 6 })),
  { nil: null },
);
const batches = fc.array(
  fc.oneof(
    fc.array(text, { maxLength: 40 }),
    fc
      .tuple(fc.integer({ min: 1, max: 700 }), fc.nat(2_000))
      .map(([distinct, first]) => Array.from({ length: 700 }, (_, row) => `${first + (row % distinct)}`)),
  ),
  { maxLength: 30 },
);

test('whatever the batches before had, a column keeps its texts, also those of dictionaries that have grown since', () => {
  fc.assert(
    fc.property(batches, (all) => {
      const repeated = new RepeatedTexts();
      const columns = all.map((texts) => ({ spec: TEXT, values: repeated.of(ByteValues.of(texts)) }));
      expect(columns.map(plainValues)).toEqual(all);
    }),
    { numRuns: 30 },
  );
});

test('a text that the batch before had keeps its number, and a column without repeats stays as it is', () => {
  const shops = (from: number) =>
    ByteValues.of(Array.from({ length: 1_000 }, (_, row) => `shop ${from + (row % 50)}`));
  const repeated = new RepeatedTexts();
  const [first, second] = [repeated.of(shops(0)), repeated.of(shops(10))];
  if (!(first instanceof DictionaryValues) || !(second instanceof DictionaryValues)) throw new Error('none');
  expect([first.entries.length, second.entries.length]).toEqual([50, 60]);
  expect([first.index[10], second.index[0], second.index[49]]).toEqual([10, 10, 59]);

  const ids = ByteValues.of(Array.from({ length: 1_000 }, (_, row) => `id ${row}`));
  const unique = new RepeatedTexts();
  for (let batch = 0; batch < 10; batch++) expect(unique.of(ids)).toBe(ids);
  // Of a batch with other bytes beside them, the values alone.
  const within = ByteValues.of(
    Array.from({ length: 1_000 }, (_, row) => `id ${row} and much that is of no use`),
  );
  const alone = unique.of(new ByteValues(within.bytes, within.start, ids.size));
  expect([alone.toArray(), alone instanceof ByteValues && alone.bytes.length]).toEqual([
    ids.toArray(),
    ids.bytes.length + 3,
  ]);
});

test('known texts are those of the column, and equal ones one string', () => {
  fc.assert(
    fc.property(batches, (all) => {
      const known = new KnownTexts();
      for (const texts of all) {
        const values = ByteValues.of(texts);
        expect(known.of({ spec: TEXT, values })).toEqual(texts);
        expect(known.of({ spec: TEXT, values: new RepeatedTexts().of(values) })).toEqual(texts);
        expect(known.of({ spec: TEXT, values: texts })).toEqual(texts);
      }
    }),
    { numRuns: 30 },
  );
});

test('more distinct texts than are remembered are told right', () => {
  const known = new KnownTexts();
  for (let batch = 0; batch < 4; batch++) {
    const texts = Array.from({ length: 70_000 }, (_, row) => `item ${batch * 50_000 + row}`);
    expect(known.of({ spec: TEXT, values: ByteValues.of(texts) })).toEqual(texts);
  }
});
