export type { AddFile, TableMetadata } from './actions.js';
export type { TableChange, TransactionUpdate } from './committer.js';
export { addFileOf, dataFilePath, isoDate } from './data-file.js';
export type { TableSpec } from './schema.js';
export { changesSince, readSnapshot, type CheckpointReader, type TableSnapshot } from './snapshot.js';
export { openTable, type DeltaTable } from './table.js';
