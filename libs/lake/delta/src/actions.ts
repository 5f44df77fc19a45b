import { GondolaError, SetupError } from '@gondola/stream';

/** A data file of a table, as the log describes it. */
export interface AddFile {
  /** Where the file is, relative to the table, as the object store names it (the log holds it URI-encoded). */
  readonly path: string;
  /** Partition column -> its value as text; null is null. */
  readonly partitionValues: Readonly<Record<string, string | null>>;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modificationTime: number;
  /** False when the rows were in the table before (compaction): readers that tail must not read them again. */
  readonly dataChange: boolean;
  /** JSON of numRecords, minValues, maxValues, nullCount; '' when unknown. */
  readonly stats: string;
  /** Notes of other engines, kept as they are. */
  readonly tags?: Readonly<Record<string, string | null>>;
}

/** A file that is no longer in the table. Its tombstone stays in the log for readers that are still at it. */
export interface RemoveFile {
  readonly path: string;
  /** Milliseconds since 1970, null when the writer did not say: long ago. */
  readonly deletionTimestamp: number | null;
  /** False when its rows went into other files (compaction). */
  readonly dataChange: boolean;
  /** Null when the writer did not say. */
  readonly partitionValues: Readonly<Record<string, string | null>> | null;
  /** Bytes, null when the writer did not say. */
  readonly size: number | null;
}

export interface TableMetadata {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, null when the creator did not say. */
  readonly createdTime: number | null;
}

export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures: readonly string[];
  readonly writerFeatures: readonly string[];
}

/** How far the application `appId` has come: here, the position of one partition of one stream. */
export interface Transaction {
  readonly appId: string;
  readonly version: bigint;
  /** Milliseconds since 1970, null when the writer did not say. */
  readonly lastUpdated: number | null;
}

/** Who committed: `txnId` tells a writer that a commit of unknown fate is its own. */
export interface CommitInfo {
  readonly timestamp: number;
  readonly operation: string;
  readonly operationParameters: Readonly<Record<string, string>>;
  readonly txnId: string;
}

/** The actions of one version. */
export interface Commit {
  readonly txnId: string | null;
  readonly protocol: Protocol | null;
  readonly metadata: TableMetadata | null;
  readonly transactions: readonly Transaction[];
  readonly adds: readonly AddFile[];
  readonly removes: readonly RemoveFile[];
}

export const NOTHING: Commit = {
  txnId: null,
  protocol: null,
  metadata: null,
  transactions: [],
  adds: [],
  removes: [],
};

const ENGINE = 'gondola/0.1.0';
const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** The lines of a commit file. */
export function encodeCommit(info: CommitInfo, commit: Commit): Uint8Array {
  const lines = [
    JSON.stringify({ commitInfo: { ...info, engineInfo: ENGINE, isBlindAppend: isBlindAppend(commit) } }),
  ];
  if (commit.protocol) {
    const { minReaderVersion, minWriterVersion } = commit.protocol;
    lines.push(JSON.stringify({ protocol: { minReaderVersion, minWriterVersion } }));
  }
  if (commit.metadata) lines.push(JSON.stringify({ metaData: metadataJson(commit.metadata) }));
  for (const transaction of commit.transactions) lines.push(transactionLine(transaction));
  for (const file of commit.removes) lines.push(JSON.stringify({ remove: removeJson(file) }));
  for (const file of commit.adds)
    lines.push(JSON.stringify({ add: { ...file, path: encodePath(file.path) } }));
  return new TextEncoder().encode(lines.join('\n') + '\n');
}

/**
 * Reads a commit file. Throws `lake_corrupt` naming `file` when it is not what a writer of the format wrote, and
 * `table_unsupported` when it has deletion vectors.
 */
export function decodeCommit(bytes: Uint8Array, file: string): Commit {
  const commit = {
    txnId: null as string | null,
    protocol: null as Protocol | null,
    metadata: null as TableMetadata | null,
    transactions: [] as Transaction[],
    adds: [] as AddFile[],
    removes: [] as RemoveFile[],
  };
  try {
    const lines = new TextDecoder('utf-8', { fatal: true }).decode(bytes).split('\n');
    const actions = lines.filter((line) => line.trim() !== '');
    if (actions.length === 0) throw new Error('it is empty');
    for (const line of actions) {
      const action = objectOf(JSON.parse(line), 'action');
      if (action['add']) commit.adds.push(addOf(action['add']));
      else if (action['txn']) commit.transactions.push(transactionLineOf(line));
      else if (action['remove']) commit.removes.push(removeOf(action['remove']));
      else if (action['metaData']) commit.metadata = metadataOf(action['metaData']);
      else if (action['protocol']) commit.protocol = protocolOf(action['protocol']);
      else if (action['commitInfo'])
        commit.txnId = optionalText(objectOf(action['commitInfo'], 'commitInfo'), 'txnId');
    }
    return commit;
  } catch (error) {
    if (error instanceof SetupError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new GondolaError('lake_corrupt', `${file} cannot be read as a commit: ${why}`, false, {
      cause: error,
    });
  }
}

const isBlindAppend = (commit: Commit): boolean => commit.removes.length === 0 && !commit.metadata;

export function metadataJson({
  id,
  name,
  description,
  schemaString,
  partitionColumns,
  configuration,
  createdTime,
}: TableMetadata) {
  return {
    id,
    ...(name === null ? {} : { name }),
    ...(description === null ? {} : { description }),
    format: { provider: 'parquet', options: {} },
    schemaString,
    partitionColumns,
    configuration,
    ...(createdTime === null ? {} : { createdTime }),
  };
}

/** With null where the writer of the remove did not say. */
function removeJson({ path, deletionTimestamp, dataChange, partitionValues, size }: RemoveFile) {
  return {
    path: encodePath(path),
    ...(deletionTimestamp === null ? {} : { deletionTimestamp }),
    dataChange,
    extendedFileMetadata: partitionValues !== null && size !== null,
    ...(partitionValues === null ? {} : { partitionValues }),
    ...(size === null ? {} : { size }),
  };
}

/** Written as text, because a position may need all 63 bits and a JavaScript number has 53. */
function transactionLine({ appId, version, lastUpdated }: Transaction): string {
  if (version < LONG_MIN || version > LONG_MAX)
    throw new RangeError(`txn ${appId}: ${version} does not fit 64 bits`);
  const updated = lastUpdated === null ? '' : `,"lastUpdated":${lastUpdated}`;
  return `{"txn":{"appId":${JSON.stringify(appId)},"version":${version}${updated}}}`;
}

function transactionLineOf(line: string): Transaction {
  // The source text of each number, not its rounded value.
  const exact = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value;
  return transactionOf(objectOf(JSON.parse(line, exact), 'action')['txn']);
}

/** Numbers as text or bigint, so that no bit of the version is lost. */
export function transactionOf(json: unknown): Transaction {
  const txn = objectOf(json, 'txn');
  const version = txn['version'];
  return {
    appId: textOf(txn, 'appId'),
    version: typeof version === 'bigint' ? version : BigInt(textOf(txn, 'version')),
    lastUpdated: optionalNumber(txn, 'lastUpdated'),
  };
}

/** Rows of such a file are marked as deleted elsewhere: whoever cannot read the marks would read rows that are gone. */
function refuseDeletionVector(action: Record<string, unknown>): void {
  if (action['deletionVector'] == null) return;
  throw new SetupError(
    'table_unsupported',
    `${textOf(action, 'path')} has a deletion vector, which is not supported`,
  );
}

export function addOf(json: unknown): AddFile {
  const add = objectOf(json, 'add');
  refuseDeletionVector(add);
  return {
    path: decodePath(textOf(add, 'path')),
    partitionValues: objectOf(add['partitionValues'] ?? {}, 'partitionValues') as Record<
      string,
      string | null
    >,
    size: numberOf(add, 'size'),
    modificationTime: numberOf(add, 'modificationTime'),
    dataChange: add['dataChange'] !== false,
    stats: optionalText(add, 'stats') ?? '',
    ...(add['tags'] ? { tags: objectOf(add['tags'], 'tags') as Record<string, string | null> } : {}),
  };
}

export function removeOf(json: unknown): RemoveFile {
  const remove = objectOf(json, 'remove');
  refuseDeletionVector(remove);
  return {
    path: decodePath(textOf(remove, 'path')),
    deletionTimestamp: optionalNumber(remove, 'deletionTimestamp'),
    dataChange: remove['dataChange'] !== false,
    partitionValues: (remove['partitionValues'] ?? null) as Record<string, string | null> | null,
    size: optionalNumber(remove, 'size'),
  };
}

export function metadataOf(json: unknown): TableMetadata {
  const metadata = objectOf(json, 'metaData');
  return {
    id: textOf(metadata, 'id'),
    name: optionalText(metadata, 'name'),
    description: optionalText(metadata, 'description'),
    schemaString: textOf(metadata, 'schemaString'),
    partitionColumns: (metadata['partitionColumns'] ?? []) as string[],
    configuration: (metadata['configuration'] ?? {}) as Record<string, string>,
    createdTime: optionalNumber(metadata, 'createdTime'),
  };
}

export function protocolOf(json: unknown): Protocol {
  const protocol = objectOf(json, 'protocol');
  return {
    minReaderVersion: numberOf(protocol, 'minReaderVersion'),
    minWriterVersion: numberOf(protocol, 'minWriterVersion'),
    readerFeatures: (protocol['readerFeatures'] ?? []) as string[],
    writerFeatures: (protocol['writerFeatures'] ?? []) as string[],
  };
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function textOf(object: Record<string, unknown>, field: string): string {
  const value = object[field];
  if (typeof value !== 'string') throw new Error(`${field} is not text`);
  return value;
}

function optionalText(object: Record<string, unknown>, field: string): string | null {
  return object[field] == null ? null : textOf(object, field);
}

/** Of a JSON number, of its text, or of a 64-bit column of a checkpoint. */
function numberOf(object: Record<string, unknown>, field: string): number {
  const value = object[field];
  const number = value == null || value === '' ? NaN : Number(value);
  if (Number.isNaN(number)) throw new Error(`${field} is not a number`);
  return number;
}

function optionalNumber(object: Record<string, unknown>, field: string): number | null {
  return object[field] == null ? null : numberOf(object, field);
}

/** Paths in the log are URIs. `encodeURI` leaves the two signs that would end the path of one. */
export const encodePath = (path: string): string => encodeURI(path).replace(/[?#]/g, encodeURIComponent);
const decodePath = (uri: string): string => decodeURIComponent(uri);
