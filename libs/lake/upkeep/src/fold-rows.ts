import { plainValues, type ColumnTable, type ColumnValue } from '@gondola/stream';

/**
 * Rows that differ in the `sums` alone become one, in which those are added up. What is held is the result. Every other
 * column must be of a kind that JSON has. Null when there are no rows.
 */
export async function foldRows(
  tables: AsyncIterable<ColumnTable>,
  sums: readonly string[],
): Promise<ColumnTable | null> {
  const folded = new Map<string, ColumnValue[]>();
  let specs: ColumnTable['columns'] = [];
  for await (const { rows, columns } of tables) {
    specs = columns;
    const isSum = columns.map(({ spec }) => sums.includes(spec.name));
    const values = columns.map(plainValues);
    for (let row = 0; row < rows; row++) {
      const cells = values.map((column) => column[row]);
      const key = JSON.stringify(cells.filter((_, at) => !isSum[at]));
      const sum = folded.get(key);
      if (sum) isSum.forEach((is, at) => is && (sum[at] = added(sum[at], cells[at])));
      else folded.set(key, cells);
    }
  }
  if (folded.size === 0) return null;
  const all = [...folded.values()];
  return {
    rows: all.length,
    columns: specs.map(({ spec }, at) => ({ spec, values: all.map((cells) => cells[at]) })),
  };
}

const added = (left: ColumnValue, right: ColumnValue): ColumnValue =>
  typeof left === 'bigint' ? left + BigInt(right as bigint) : Number(left) + Number(right);
