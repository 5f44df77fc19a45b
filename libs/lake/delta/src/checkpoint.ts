import { GondolaError, SetupError, type ObjectStore } from '@gondola/stream';
import {
  addOf,
  encodePath,
  metadataJson,
  metadataOf,
  protocolOf,
  removeOf,
  transactionOf,
  type AddFile,
  type Commit,
  type Protocol,
  type RemoveFile,
  type TableMetadata,
} from './actions.js';
import { LogFileGoneError, type CheckpointFiles } from './log-segment.js';
import type { LogState } from './log-state.js';

/** One action under its name. Longs are bigints, maps plain objects, what is absent is null or left out. */
export type CheckpointRow = Readonly<Record<string, unknown>>;

/** `readCheckpoint` of `@gondola/lake-parquet`: needed for tables whose log was cleaned. */
export type CheckpointReader = (bytes: Uint8Array) => Promise<readonly CheckpointRow[]>;
/** `writeCheckpoint` of `@gondola/lake-parquet`. */
export type CheckpointWriter = (rows: readonly CheckpointRow[]) => Uint8Array;

/** The table at one version, as the rows of a checkpoint. */
export function checkpointRows(state: LogState): CheckpointRow[] {
  const rows: CheckpointRow[] = [
    { protocol: protocolRow(state.protocol) },
    { metaData: metadataRow(state.metadata) },
  ];
  for (const { appId, version, lastUpdated } of state.transactions.values())
    rows.push({ txn: { appId, version, lastUpdated: longOf(lastUpdated) } });
  for (const file of state.files.values()) rows.push({ add: addRow(file) });
  for (const file of state.tombstones.values()) rows.push({ remove: removeRow(file) });
  return rows;
}

/** Throws `lake_corrupt` naming the file when it is not a whole checkpoint. */
export async function loadCheckpoint(
  store: ObjectStore,
  { paths }: CheckpointFiles,
  read: CheckpointReader,
): Promise<Commit> {
  const rows: CheckpointRow[] = [];
  for (const path of paths) {
    const bytes = await store.get(path);
    if (!bytes) throw new LogFileGoneError(`${path} is gone`);
    for (const row of await inFile(path, () => read(bytes))) rows.push(row);
  }
  return inFile(paths[0], async () => decodeRows(rows));
}

async function inFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SetupError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GondolaError('lake_corrupt', `${path} cannot be read as a checkpoint: ${why}`, false, {
      cause,
    });
  }
}

function decodeRows(rows: readonly CheckpointRow[]): Commit {
  const present = (name: string) => rows.map((row) => row[name]).filter((action) => action != null);
  const [protocol, ...protocols] = present('protocol').map(protocolOf);
  const [metadata, ...metadatas] = present('metaData').map(metadataOf);
  if (!protocol || !metadata || protocols.length + metadatas.length > 0)
    throw new Error('it does not have exactly one protocol and one metaData action');
  return {
    txnId: null,
    protocol,
    metadata,
    transactions: present('txn').map(transactionOf),
    adds: present('add').map(addOf),
    removes: present('remove').map(removeOf),
  };
}

const longOf = (value: number | null): bigint | null => (value === null ? null : BigInt(value));

function protocolRow({ minReaderVersion, minWriterVersion, readerFeatures, writerFeatures }: Protocol) {
  return {
    minReaderVersion,
    minWriterVersion,
    readerFeatures: minReaderVersion >= 3 ? readerFeatures : null,
    writerFeatures: minWriterVersion >= 7 ? writerFeatures : null,
  };
}

function metadataRow(metadata: TableMetadata) {
  return { ...metadataJson(metadata), createdTime: longOf(metadata.createdTime) };
}

function addRow({ path, partitionValues, size, modificationTime, stats, tags }: AddFile) {
  return {
    path: encodePath(path),
    partitionValues,
    size: BigInt(size),
    modificationTime: BigInt(modificationTime),
    // The rows are in the table by now: nobody who starts here has read them before.
    dataChange: false,
    stats: stats === '' ? null : stats,
    tags: tags ?? null,
  };
}

function removeRow({ path, deletionTimestamp, dataChange, partitionValues, size }: RemoveFile) {
  return {
    path: encodePath(path),
    deletionTimestamp: longOf(deletionTimestamp),
    dataChange,
    extendedFileMetadata: partitionValues !== null && size !== null,
    partitionValues,
    size: longOf(size),
  };
}
