import type { ColumnSummary, ColumnTable } from '@gondola/stream';

export interface EncodedFile {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** One per column, in the order of the table. */
  readonly columns: readonly ColumnSummary[];
}

export interface EncodeOptions {
  /** Ids for the file's schema, by dotted path: `headers`, `headers.element`, `headers.element.key`. */
  readonly fieldIds?: ReadonlyMap<string, number>;
  /** Columns of text or bytes that get a bloom filter. */
  readonly bloomFilters?: readonly string[];
  /** As long as the file will hardly be: spares the copy of a large one. */
  readonly bytesAbout?: number;
}

/** Property of a table that names the columns with bloom filters, separated by commas. */
export const BLOOM_FILTERS_PROPERTY = 'gondola.bloomFilters';
/** Property of a table that names its columns whose values may be added up where all others are the same. */
export const SUMS_PROPERTY = 'gondola.sums';

/** Tables that are there already, or that are made while the file is written: then one row group is held, not the file. */
export type TableStream = Iterable<ColumnTable> | AsyncIterable<ColumnTable>;

/** Turns tables of the same columns into one Parquet file. Every implementation says what it cannot write. */
export interface ParquetEncoder {
  readonly name: string;
  /** Throws `RangeError` when a value does not fit the type of its column, or when there is no table. */
  encode(tables: TableStream, options?: EncodeOptions): Promise<EncodedFile>;
}
