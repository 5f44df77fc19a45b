import type { SchemaElement } from 'hyparquet';
import { Encoding } from './chunk-values.js';
import type { ColumnChunk } from './column-chunk.js';
import { CODEC_IDS } from './compression.js';
import type { FileSeal } from './file-seal.js';
import { storedBounds } from './page-index.js';
import { leafOf } from './schema-elements.js';
import { ThriftType, ThriftWriter } from './thrift-compact.js';

/** Readers look for `<application> version <number>` to decide whether to trust statistics. */
const CREATED_BY = 'gondola version 0.1.0';
/** Says nothing of the encodings; parquetjs-lite reads no other. */
const FORMAT_VERSION = 1;

/** parquet.thrift, by the names that its enums have. */
const TYPES = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
} as const;
const REPETITIONS = { REQUIRED: 0, OPTIONAL: 1, REPEATED: 2 } as const;
const CONVERTED_TYPES: Partial<Record<NonNullable<SchemaElement['converted_type']>, number>> = {
  UTF8: 0,
  LIST: 3,
  DECIMAL: 5,
  DATE: 6,
  TIMESTAMP_MICROS: 10,
};
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;

/** Where something stands in the file. */
export interface Place {
  readonly offset: number;
  readonly size: number;
}

export interface FooterChunk {
  readonly chunk: ColumnChunk;
  readonly columnIndex: Place | null;
  /** Null when the column is encrypted: its pages are read one after the other. */
  readonly offsetIndex: Place | null;
  readonly bloomFilter: Place | null;
}

export interface FooterGroup {
  readonly rows: number;
  readonly chunks: readonly FooterChunk[];
}

/** FileMetaData of parquet.thrift; with a seal it is signed, and stays readable: who has no key reads the other columns. */
export function footerOf(
  schema: readonly SchemaElement[],
  groups: readonly FooterGroup[],
  leaves: number,
  seal: FileSeal | null = null,
): Uint8Array {
  const footer = ThriftWriter.struct((file) => {
    file.i32(1, FORMAT_VERSION);
    file.list(2, ThriftType.struct, schema, (element) => writeElement(file, element));
    file.i64(
      3,
      groups.reduce((sum, { rows }) => sum + rows, 0),
    );
    file.list(4, ThriftType.struct, groups, (group, ordinal) => writeGroup(file, group, ordinal));
    file.binary(6, CREATED_BY);
    // TYPE_ORDER for every leaf: without it readers ignore bounds.
    file.list(7, ThriftType.struct, Array.from({ length: leaves }), () =>
      file.element((union) => union.struct(1, () => undefined)),
    );
    if (!seal) return;
    file.struct(8, (algorithm) => algorithm.struct(1, (gcm) => gcm.binary(2, seal.unique)));
    file.binary(9, seal.keyMetadata);
  });
  return seal ? Buffer.concat([footer, seal.signature(footer)]) : footer;
}

function writeElement(writer: ThriftWriter, schema: SchemaElement): void {
  const { type, repetition_type: repetition, converted_type: converted, logical_type: logical } = schema;
  writer.element((element) => {
    element.i32(1, type && TYPES[type]);
    element.i32(2, schema.type_length);
    element.i32(3, repetition && REPETITIONS[repetition]);
    element.binary(4, schema.name);
    element.i32(5, schema.num_children);
    element.i32(6, converted && CONVERTED_TYPES[converted]);
    element.i32(7, schema.scale);
    element.i32(8, schema.precision);
    element.i32(9, schema.field_id);
    if (logical) element.struct(10, (union) => writeLogicalType(union, logical));
  });
}

function writeLogicalType(union: ThriftWriter, logical: NonNullable<SchemaElement['logical_type']>): void {
  switch (logical.type) {
    case 'STRING':
      return union.struct(1, () => undefined);
    case 'LIST':
      return union.struct(3, () => undefined);
    case 'DECIMAL':
      return union.struct(5, (decimal) => {
        decimal.i32(1, logical.scale);
        decimal.i32(2, logical.precision);
      });
    case 'DATE':
      return union.struct(6, () => undefined);
    case 'TIMESTAMP':
      return union.struct(8, (timestamp) => {
        timestamp.bool(1, logical.isAdjustedToUTC);
        timestamp.struct(2, (unit) => unit.struct(2, () => undefined));
      });
  }
}

function writeGroup(writer: ThriftWriter, { rows, chunks }: FooterGroup, ordinal: number): void {
  const sum = (size: (chunk: ColumnChunk) => number) =>
    chunks.reduce((total, { chunk }) => total + size(chunk), 0);
  writer.element((group) => {
    group.list(1, ThriftType.struct, chunks, (chunk) => writeChunk(group, chunk));
    group.i64(
      2,
      sum(({ uncompressedSize }) => uncompressedSize),
    );
    group.i64(3, rows);
    group.i64(5, beginOf(chunks[0].chunk));
    group.i64(
      6,
      sum(({ compressedSize }) => compressedSize),
    );
    // Readers take an ordinal of 16 bits; it is optional.
    if (ordinal < 0x8000) group.i16(7, ordinal);
  });
}

function beginOf({ dictionaryOffset, pages }: ColumnChunk): number {
  return dictionaryOffset ?? pages[0].offset;
}

function writeChunk(writer: ThriftWriter, entry: FooterChunk): void {
  writer.element((column) => {
    const { seal } = entry.chunk;
    column.i64(2, 0);
    column.struct(3, (meta) => writeChunkMetadata(meta, entry, seal === null));
    column.i64(4, entry.offsetIndex?.offset);
    column.i32(5, entry.offsetIndex?.size);
    column.i64(6, entry.columnIndex?.offset);
    column.i32(7, entry.columnIndex?.size);
    if (!seal) return;
    // ENCRYPTION_WITH_FOOTER_KEY: one key for all that is encrypted in the file.
    column.struct(8, (crypto) => crypto.struct(1, () => undefined));
    column.binary(9, seal.metadata(ThriftWriter.struct((meta) => writeChunkMetadata(meta, entry, true))));
  });
}

/** Without `isWhole` nothing of what the values are. */
function writeChunkMetadata(meta: ThriftWriter, { chunk, bloomFilter }: FooterChunk, isWhole: boolean): void {
  const { leaf, encoding, codec, dictionaryOffset, pages } = chunk;
  const encodings = [encoding, Encoding.rle, ...(dictionaryOffset === undefined ? [] : [Encoding.plain])];
  meta.i32(1, TYPES[leafOf(leaf.type).type]);
  meta.list(2, ThriftType.i32, encodings, (each) => meta.intElement(each));
  meta.list(3, ThriftType.binary, leaf.path, (name) => meta.binaryElement(name));
  meta.i32(4, CODEC_IDS[codec]);
  meta.i64(5, chunk.slots);
  meta.i64(6, chunk.uncompressedSize);
  meta.i64(7, chunk.compressedSize);
  meta.i64(9, pages[0].offset);
  meta.i64(11, dictionaryOffset);
  if (!isWhole) return;
  meta.struct(12, (statistics) => {
    const bounds = storedBounds(leaf.type, chunk.bounds);
    statistics.i64(3, chunk.nulls);
    if (!bounds) return;
    statistics.binary(5, bounds.max);
    statistics.binary(6, bounds.min);
    statistics.bool(7, bounds.isMaxExact);
    statistics.bool(8, bounds.isMinExact);
  });
  // By these a reader knows that the dictionary has every value, and may skip by it.
  const stats = [
    ...(dictionaryOffset === undefined
      ? []
      : [{ page: DICTIONARY_PAGE, encoding: Encoding.plain, count: 1 }]),
    { page: DATA_PAGE, encoding, count: pages.length },
  ];
  meta.list(13, ThriftType.struct, stats, ({ page, encoding: of, count }) =>
    meta.element((element) => {
      element.i32(1, page);
      element.i32(2, of);
      element.i32(3, count);
    }),
  );
  meta.i64(14, bloomFilter?.offset);
  meta.i32(15, bloomFilter?.size);
}
