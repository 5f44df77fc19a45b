import { GondolaError } from '@gondola/stream';

/** As our Parquet reader gives it: timestamps in microseconds, int64 as bigint. */
export type TableRow = Readonly<Record<string, unknown>>;

/** Reads the columns of one row. Errors: `lake_corrupt`, naming table and column, when one does not hold what it must. */
export class RowReader {
  constructor(
    private readonly table: string,
    private readonly row: TableRow,
  ) {}

  isNull(column: string): boolean {
    return this.row[column] == null;
  }

  text(column: string): string {
    const value = this.row[column];
    if (typeof value !== 'string') throw this.corrupt(column, 'text');
    return value;
  }

  number(column: string): number {
    const value = this.row[column];
    if (typeof value !== 'number') throw this.corrupt(column, 'a number');
    return value;
  }

  /** Of an int64 too. */
  count(column: string): number {
    const value = this.row[column];
    return typeof value === 'bigint' ? Number(value) : this.number(column);
  }

  /** The table holds microseconds. */
  timeMs(column: string): number {
    return this.number(column) / 1000;
  }

  /** Of columns that may be null, or that rows of an older version lack. */
  textOrNull(column: string): string | null {
    return this.isNull(column) ? null : this.text(column);
  }

  numberOrNull(column: string): number | null {
    return this.isNull(column) ? null : this.number(column);
  }

  countOrNull(column: string): number | null {
    return this.isNull(column) ? null : this.count(column);
  }

  timeMsOrNull(column: string): number | null {
    return this.isNull(column) ? null : this.timeMs(column);
  }

  /** JSON text that `isOne` takes; `wanted` says what that is. */
  json<T>(column: string, isOne: (value: unknown) => value is T, wanted: string): T {
    try {
      const value: unknown = JSON.parse(this.text(column));
      if (isOne(value)) return value;
    } catch {
      // told below
    }
    throw this.corrupt(column, wanted);
  }

  corrupt(column: string, wanted: string): GondolaError {
    return new GondolaError('lake_corrupt', `${this.table}: column ${column} does not hold ${wanted}`, false);
  }
}
