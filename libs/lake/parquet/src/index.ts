export type { ParquetEncoder } from './encoder.js';
export { hyparquetEncoder } from './hyparquet-encoder.js';
export { readParquet, readParquetColumns, type ReadColumn } from './read-parquet.js';
