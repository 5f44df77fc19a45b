import type { ColumnSpec, ColumnTable } from '@gondola/stream';
import type { TableStream } from './encoder.js';

/** What the tables of one file have in common. */
export class TableSpecs {
  private known: readonly ColumnSpec[] | null = null;
  rows = 0;

  /** The columns that all tables have. Throws RangeError when there was none. */
  get columns(): readonly ColumnSpec[] {
    if (this.known) return this.known;
    throw new RangeError('a file needs a table to know its columns');
  }

  /** Passes tables on. Throws RangeError when they differ, or when a column is too short. */
  async *checked(tables: TableStream): AsyncGenerator<ColumnTable> {
    for await (const table of tables) {
      const { columns, rows } = table;
      const specs = (this.known ??= columns.map(({ spec }) => spec));
      if (columns.length !== specs.length || columns.some(({ spec }, at) => spec.name !== specs[at].name))
        throw new RangeError(`tables of different columns: ${specs.map(({ name }) => name).join(', ')}`);
      const uneven = columns.find(({ values }) => values.length !== rows);
      if (uneven)
        throw new RangeError(`column ${uneven.spec.name}: ${uneven.values.length} values in ${rows} rows`);
      this.rows += rows;
      yield table;
    }
  }
}
