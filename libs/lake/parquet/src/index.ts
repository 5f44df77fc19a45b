export { readCheckpoint, writeCheckpoint } from './checkpoint-file.js';
export { columnarEncoder, createColumnarEncoder } from './columnar-encoder.js';
export type { Codec } from './compression.js';
export {
  BLOOM_FILTERS_PROPERTY,
  type EncodedFile,
  type EncodeOptions,
  type ParquetEncoder,
} from './encoder.js';
export { parquetjsEncoder } from './parquetjs-encoder.js';
export { columnNamesOf, readParquet, readParquetColumns, type ReadColumn } from './read-parquet.js';
