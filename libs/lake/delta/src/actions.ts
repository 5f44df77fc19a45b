import { GondolaError } from '@gondola/stream';

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
interface Transaction {
  readonly appId: string;
  readonly version: bigint;
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
  readonly removes: readonly string[];
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
export function encodeCommit(info: CommitInfo, commit: Commit, nowMs: number): Uint8Array {
  const lines = [
    JSON.stringify({ commitInfo: { ...info, engineInfo: ENGINE, isBlindAppend: isBlindAppend(commit) } }),
  ];
  if (commit.protocol) {
    const { minReaderVersion, minWriterVersion } = commit.protocol;
    lines.push(JSON.stringify({ protocol: { minReaderVersion, minWriterVersion } }));
  }
  if (commit.metadata) lines.push(JSON.stringify({ metaData: metadataJson(commit.metadata) }));
  for (const { appId, version } of commit.transactions) lines.push(transactionLine(appId, version, nowMs));
  for (const path of commit.removes) {
    lines.push(
      JSON.stringify({ remove: { path: encodePath(path), deletionTimestamp: nowMs, dataChange: true } }),
    );
  }
  for (const file of commit.adds)
    lines.push(JSON.stringify({ add: { ...file, path: encodePath(file.path) } }));
  return new TextEncoder().encode(lines.join('\n') + '\n');
}

/** Reads a commit file. Throws `lake_corrupt` naming `file` when it is not what a writer of the format wrote. */
export function decodeCommit(bytes: Uint8Array, file: string): Commit {
  const commit = {
    txnId: null as string | null,
    protocol: null as Protocol | null,
    metadata: null as TableMetadata | null,
    transactions: [] as Transaction[],
    adds: [] as AddFile[],
    removes: [] as string[],
  };
  try {
    const lines = new TextDecoder('utf-8', { fatal: true }).decode(bytes).split('\n');
    const actions = lines.filter((line) => line.trim() !== '');
    if (actions.length === 0) throw new Error('it is empty');
    for (const line of actions) {
      const action = objectOf(JSON.parse(line), 'action');
      if (action['add']) commit.adds.push(addOf(action['add']));
      else if (action['txn']) commit.transactions.push(transactionOf(line));
      else if (action['remove'])
        commit.removes.push(decodePath(textOf(objectOf(action['remove'], 'remove'), 'path')));
      else if (action['metaData']) commit.metadata = metadataOf(action['metaData']);
      else if (action['protocol']) commit.protocol = protocolOf(action['protocol']);
      else if (action['commitInfo'])
        commit.txnId = optionalText(objectOf(action['commitInfo'], 'commitInfo'), 'txnId');
    }
    return commit;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GondolaError('lake_corrupt', `${file} cannot be read as a commit: ${why}`, false, {
      cause: error,
    });
  }
}

const isBlindAppend = (commit: Commit): boolean => commit.removes.length === 0 && !commit.metadata;

function metadataJson({
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

/** Written as text, because a position may need all 63 bits and a JavaScript number has 53. */
function transactionLine(appId: string, version: bigint, nowMs: number): string {
  if (version < LONG_MIN || version > LONG_MAX)
    throw new RangeError(`txn ${appId}: ${version} does not fit 64 bits`);
  return `{"txn":{"appId":${JSON.stringify(appId)},"version":${version},"lastUpdated":${nowMs}}}`;
}

function transactionOf(line: string): Transaction {
  // The source text of each number, not its rounded value.
  const exact = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value;
  const txn = objectOf(objectOf(JSON.parse(line, exact), 'action')['txn'], 'txn');
  return { appId: textOf(txn, 'appId'), version: BigInt(textOf(txn, 'version')) };
}

export function addOf(json: unknown): AddFile {
  const add = objectOf(json, 'add');
  return {
    path: decodePath(textOf(add, 'path')),
    partitionValues: objectOf(add['partitionValues'] ?? {}, 'partitionValues') as Record<
      string,
      string | null
    >,
    size: Number(add['size']),
    modificationTime: Number(add['modificationTime']),
    dataChange: add['dataChange'] !== false,
    stats: optionalText(add, 'stats') ?? '',
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
    createdTime: metadata['createdTime'] == null ? null : Number(metadata['createdTime']),
  };
}

export function protocolOf(json: unknown): Protocol {
  const protocol = objectOf(json, 'protocol');
  return {
    minReaderVersion: Number(protocol['minReaderVersion']),
    minWriterVersion: Number(protocol['minWriterVersion']),
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

/** Paths in the log are URIs. `encodeURI` leaves the two signs that would end the path of one. */
const encodePath = (path: string): string => encodeURI(path).replace(/[?#]/g, encodeURIComponent);
const decodePath = (uri: string): string => decodeURIComponent(uri);
