import { constants, gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema, type SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

/** A row of a checkpoint: exactly one of these fields holds an action, the others are null or left out. */
const ACTIONS = ['txn', 'add', 'remove', 'metaData', 'protocol'] as const;

/** Actions that a reader must hold at once. */
const ROW_GROUP_ROWS = 100_000;
const ZSTD_FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/**
 * The bytes of a classic Delta checkpoint (protocol specification, "Checkpoint Schema"). Longs (`version`, `size` and
 * times) are bigints, `minReaderVersion` and `minWriterVersion` numbers, maps plain objects of text. Throws when an
 * action lacks a required field.
 */
export function writeCheckpoint(rows: readonly Readonly<Record<string, unknown>>[]): Uint8Array {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: [{ name: 'checkpoint', num_children: ACTIONS.length }, ...SCHEMA],
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input, ZSTD_FASTEST) },
    statistics: false,
    createdBy: 'gondola version 0.1.0',
  });
  const columnData = ACTIONS.map((name) => ({ name, data: rows.map((row) => row[name]) }));
  // Both may return promises, but only for writers that flush: this one keeps everything in memory.
  void file.write({ columnData, rowGroupSize: ROW_GROUP_ROWS });
  void file.finish();
  return writer.getBytes();
}

/**
 * The rows of a checkpoint that any engine wrote, of our actions only. Longs are bigints, maps plain objects, absent
 * is null. Throws when the bytes are not a whole Parquet file.
 */
export async function readCheckpoint(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const { buffer, byteOffset, byteLength } = bytes;
  const file = {
    byteLength,
    slice: (start: number, end = byteLength) =>
      buffer.slice(byteOffset + start, byteOffset + end) as ArrayBuffer,
  };
  const metadata = await parquetMetadataAsync(file);
  // Engines may add columns, e.g. statistics as structs, and leave out actions that a table does not have.
  const present = new Set(parquetSchema(metadata).children.map(({ element }) => element.name));
  return parquetReadObjects({
    file,
    metadata,
    columns: ACTIONS.filter((name) => present.has(name)),
    compressors: { ZSTD: (input) => zstdDecompressSync(input), GZIP: (input) => gunzipSync(input) },
    utf8: false,
  });
}

type Field = readonly SchemaElement[];

const leaf = (name: string, type: Partial<SchemaElement>, required = false): Field => [
  { name, repetition_type: required ? 'REQUIRED' : 'OPTIONAL', ...type },
];
const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const text = (name: string, required = false) => leaf(name, TEXT, required);
const long = (name: string, required = false) => leaf(name, { type: 'INT64' }, required);
const int = (name: string, required = false) => leaf(name, { type: 'INT32' }, required);
const flag = (name: string, required = false) => leaf(name, { type: 'BOOLEAN' }, required);

const struct = (name: string, ...fields: readonly Field[]): Field => [
  { name, repetition_type: 'OPTIONAL', num_children: fields.length },
  ...fields.flat(),
];
const texts = (name: string): Field => [
  {
    name,
    repetition_type: 'OPTIONAL',
    num_children: 1,
    converted_type: 'LIST',
    logical_type: { type: 'LIST' },
  },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  ...text('element'),
];
const textMap = (name: string): Field => [
  {
    name,
    repetition_type: 'OPTIONAL',
    num_children: 1,
    converted_type: 'MAP',
    logical_type: { type: 'MAP' },
  },
  { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
  ...text('key', true),
  ...text('value'),
];

/** In preorder, in the order of `ACTIONS`. */
const SCHEMA: Field = [
  struct('txn', text('appId', true), long('version', true), long('lastUpdated')),
  struct(
    'add',
    text('path', true),
    textMap('partitionValues'),
    long('size', true),
    long('modificationTime', true),
    flag('dataChange', true),
    text('stats'),
    textMap('tags'),
  ),
  struct(
    'remove',
    text('path', true),
    long('deletionTimestamp'),
    flag('dataChange', true),
    flag('extendedFileMetadata'),
    textMap('partitionValues'),
    long('size'),
  ),
  struct(
    'metaData',
    text('id', true),
    text('name'),
    text('description'),
    struct('format', text('provider'), textMap('options')),
    text('schemaString', true),
    texts('partitionColumns'),
    textMap('configuration'),
    long('createdTime'),
  ),
  struct(
    'protocol',
    int('minReaderVersion', true),
    int('minWriterVersion', true),
    texts('readerFeatures'),
    texts('writerFeatures'),
  ),
].flat();
