import fc from 'fast-check';
import { columnSpec, plainValues, type ColumnTable } from '@gondola/stream';
import { foldRows } from './fold-rows.js';

const SPECS = [
  columnSpec('hour', 'timestamp'),
  columnSpec('name', 'string'),
  columnSpec('bound', 'float64', true),
  columnSpec('checked', 'int64'),
  columnSpec('failed', 'int64'),
];
type Row = readonly [number, string, number | null, bigint, bigint];

const tableOf = (rows: readonly Row[]): ColumnTable => ({
  rows: rows.length,
  columns: SPECS.map((spec, at) => ({ spec, values: rows.map((row) => row[at]) })),
});
async function* each(tables: readonly ColumnTable[]) {
  yield* tables;
}
const sumsOf = (rows: readonly Row[]) => {
  const sums = new Map<string, bigint[]>();
  for (const [hour, name, bound, checked, failed] of rows) {
    const key = `${hour}/${name}/${bound}`;
    const sum = sums.get(key) ?? [0n, 0n];
    sums.set(key, [sum[0] + checked, sum[1] + failed]);
  }
  return sums;
};

test('one row is left of those that differ in their counts alone, and the sums stay', async () => {
  const count = fc.bigInt({ min: 0n, max: 2n ** 40n });
  const row = fc.tuple(fc.nat(3), fc.constantFrom('a', 'b', 'a"b'), fc.option(fc.nat(2)), count, count);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(row, { minLength: 1 }), { minLength: 1, maxLength: 4 }),
      async (parts) => {
        const folded = await foldRows(each(parts.map(tableOf)), ['checked', 'failed']);
        if (!folded) throw new Error('nothing is left');
        const columns = folded.columns.map(plainValues);
        const rows = Array.from(
          { length: folded.rows },
          (_, at) => columns.map((column) => column[at]) as unknown as Row,
        );
        expect(folded.columns.map(({ spec }) => spec)).toEqual(SPECS);
        expect(sumsOf(rows)).toEqual(sumsOf(parts.flat()));
        expect(rows).toHaveLength(sumsOf(rows).size);
      },
    ),
  );
});

test('of no rows nothing is left', async () => {
  expect(await foldRows(each([]), ['checked'])).toBeNull();
});
