import type { ColumnSpec, ColumnTable } from '@gondola/stream';

/** The columns that all tables have. Throws RangeError when there is none, when they differ, or when a column is too short. */
export function specsOf(tables: readonly ColumnTable[]): readonly ColumnSpec[] {
  if (tables.length === 0) throw new RangeError('a file needs a table to know its columns');
  const specs = tables[0].columns.map(({ spec }) => spec);
  for (const { columns, rows } of tables) {
    if (columns.length !== specs.length || columns.some(({ spec }, at) => spec.name !== specs[at].name))
      throw new RangeError(`tables of different columns: ${specs.map(({ name }) => name).join(', ')}`);
    const uneven = columns.find(({ values }) => values.length !== rows);
    if (uneven)
      throw new RangeError(`column ${uneven.spec.name}: ${uneven.values.length} values in ${rows} rows`);
  }
  return specs;
}
