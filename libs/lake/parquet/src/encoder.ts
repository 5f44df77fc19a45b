import type { ColumnTable } from '@gondola/stream';

/** Turns columns into a Parquet file. Every implementation writes every kind of column exactly. */
export interface ParquetEncoder {
  readonly name: string;
  /** Throws when a value does not fit the type of its column. */
  encode(table: ColumnTable): Uint8Array;
}
