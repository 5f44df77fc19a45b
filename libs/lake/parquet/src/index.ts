export { readCheckpoint, writeCheckpoint } from './checkpoint-file.js';
export { columnarEncoder, createColumnarEncoder } from './columnar-encoder.js';
export type { Codec } from './compression.js';
export {
  BLOOM_FILTERS_PROPERTY,
  SUMS_PROPERTY,
  type EncodedFile,
  type EncodeOptions,
  type ParquetEncoder,
  type TableStream,
} from './encoder.js';
export { parquetjsEncoder } from './parquetjs-encoder.js';
export {
  openParquet,
  readParquet,
  readParquetColumns,
  type ParquetRows,
  type ReadColumn,
} from './read-parquet.js';
export { tableBytes } from './row-groups.js';
