import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetMetadataAsync, parquetRead, parquetReadObjects, parquetSchema } from 'hyparquet';
import type { AsyncBuffer, Compressors, FileMetaData, ParquetParsers, SchemaElement } from 'hyparquet';
import { decryptedFile, type DecryptedFile } from './decrypt-columns.js';
import type { Keyring } from './keyring.js';

/** What a column of a file is read into: a typed array when it is numeric and holds no null. */
export type ReadColumn = Int32Array | Float64Array | BigInt64Array | unknown[];

/** Of what zlib allows for the buffers that it fills one after the other. */
const CHUNK_BYTES_MIN = 64;
const CHUNK_BYTES_MAX = 1024 * 1024;

/** Snappy is built into hyparquet; these are what else tables are written with. */
const COMPRESSORS: Compressors = {
  // One buffer that the page fits into, with room to see that it ends: a page of some hundred bytes would hold 16 KB.
  ZSTD: (input, bytes) =>
    zstdDecompressSync(input, {
      chunkSize: Math.min(Math.max(bytes + 1, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX),
    }),
  GZIP: (input) => gunzipSync(input),
};

/** Exact, and no object per value: microseconds and days since 1970. */
const PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (ms) => Number(ms) * 1000,
  timestampFromMicroseconds: Number,
  timestampFromNanoseconds: (ns) => Number(ns / 1000n),
  dateFromDays: (days) => days,
};

/**
 * All rows of a small file as objects, with the values that `ColumnType` names: int64 and unscaled decimals as bigint,
 * timestamps as microseconds and dates as days since 1970 (numbers), binary as Uint8Array, headers as `{key, value}[]`,
 * maps as objects. Null is null. Throws when a wanted column is not there.
 */
export async function readParquet(
  bytes: Uint8Array,
  columns?: readonly string[],
  keyring?: Keyring,
): Promise<Record<string, unknown>[]> {
  const file = await openFile(bytes, keyring);
  for (const { name } of topElementsOf(file.options.metadata))
    if (columns?.includes(name) ?? true) await file.decrypt(name);
  const rows = await parquetReadObjects({ ...file.options, columns: columns && [...columns] });
  const decimals = file.decimals.filter((name) => !columns || columns.includes(name));
  for (const row of rows) {
    for (const name of decimals) row[name] = unscaledOf(row[name]);
    for (const name in row) row[name] ??= null;
  }
  return rows;
}

/**
 * Columns of a large file, one after the other and without row objects. Values are those of `readParquet`; a numeric
 * column without nulls is an Int32Array (int32 and smaller, date), a Float64Array (float, double, timestamp, uint32)
 * or a BigInt64Array (int64, decimal of up to 18 digits). `file` is the bytes, or an `AsyncBuffer` to read parts of.
 */
export async function readParquetColumns<Name extends string>(
  file: Uint8Array | AsyncBuffer,
  columns: readonly Name[],
): Promise<Record<Name, ReadColumn>> {
  const opened = await openFile(file);
  const read: Partial<Record<Name, ReadColumn>> = {};
  // One at a time: hyparquet holds everything that one call asked for.
  for (const name of columns) read[name] = await readColumn(opened, name, allRows(opened.options.metadata));
  return read as Record<Name, ReadColumn>;
}

/** Rows of a file, to be read column by column. */
export interface ParquetRows {
  readonly rows: number;
  /** Null when the file has no such column. The values are those of `readParquetColumns`. */
  read(column: string): Promise<ReadColumn | null>;
}

/** As the reader holds them, values take several times their bytes. */
const PART_ROWS_MAX = 131_072;
const PART_BYTES_MAX = 16 * 1024 * 1024;

/**
 * A file whose rows are to be read together, or part by part, which is all that is held then. Its encrypted columns need the
 * keyring, its others do not.
 */
export async function openParquet(
  bytes: Uint8Array,
  keyring?: Keyring,
): Promise<{ readonly whole: ParquetRows; readonly parts: readonly ParquetRows[] }> {
  const opened = await openFile(bytes, keyring);
  const { metadata } = opened.options;
  const names = topElementsOf(metadata).map(({ name }) => name);
  const rowsOf = (range: RowRange): ParquetRows => ({
    rows: range.to - range.from,
    read: async (column) => (names.includes(column) ? readColumn(opened, column, range) : null),
  });
  return { whole: rowsOf(allRows(metadata)), parts: [...partsOf(metadata)].map(rowsOf) };
}

interface RowRange {
  readonly from: number;
  readonly to: number;
}

const allRows = (metadata: FileMetaData): RowRange => ({ from: 0, to: Number(metadata.num_rows) });

/** Row groups, and what they are cut into: never across two, whose pages would be read twice. */
function* partsOf({ row_groups: groups }: FileMetaData): Generator<RowRange> {
  let from = 0;
  for (const group of groups) {
    const end = from + Number(group.num_rows);
    const rowBytes = Number(group.total_byte_size) / Number(group.num_rows);
    const rows = Math.max(1, Math.floor(Math.min(PART_ROWS_MAX, PART_BYTES_MAX / rowBytes)));
    for (; from < end; from += rows) yield { from, to: Math.min(end, from + rows) };
    from = end;
  }
}

interface OpenedFile {
  readonly options: {
    file: AsyncBuffer;
    metadata: FileMetaData;
    compressors: Compressors;
    parsers: Partial<ParquetParsers>;
    utf8: false;
  };
  /** Top-level decimal columns: read as they are stored, because hyparquet would turn them into doubles. */
  readonly decimals: readonly string[];
  /** To be awaited before a column is read. */
  readonly decrypt: DecryptedFile['decrypt'];
}

async function openFile(source: Uint8Array | AsyncBuffer, keyring?: Keyring): Promise<OpenedFile> {
  const stored = source instanceof Uint8Array ? asyncBufferOf(source) : source;
  const { file, metadata, decrypt } = decryptedFile(stored, await parquetMetadataAsync(stored), keyring);
  const decimals = topElementsOf(metadata).filter(isDecimal);
  const schema = metadata.schema.map((element) =>
    decimals.includes(element) ? { ...element, converted_type: undefined, logical_type: undefined } : element,
  );
  const options = {
    file,
    metadata: { ...metadata, schema },
    compressors: COMPRESSORS,
    parsers: PARSERS,
    utf8: false,
  } as const;
  return { options, decimals: decimals.map(({ name }) => name), decrypt };
}

function asyncBufferOf(bytes: Uint8Array): AsyncBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  return {
    byteLength,
    slice: (start, end = byteLength) => buffer.slice(byteOffset + start, byteOffset + end) as ArrayBuffer,
  };
}

async function readColumn(
  { options, decimals, decrypt }: OpenedFile,
  name: string,
  { from, to }: RowRange,
): Promise<ReadColumn> {
  await decrypt(name);
  const decimal = decimals.includes(name);
  const values = emptyColumn(options.metadata, name, decimal, to - from);
  await parquetRead({
    ...options,
    columns: [name],
    rowStart: from,
    rowEnd: to,
    useOffsetIndex: true,
    onChunk: ({ columnData, rowStart, rowEnd }) => {
      // Whole pages come: what is before and after is left out.
      const [first, end] = [Math.max(from, rowStart), Math.min(to, rowEnd)];
      if (first >= end) return;
      if (!Array.isArray(values)) {
        const isAll = end - first === columnData.length;
        const part = isAll ? columnData : columnData.slice(first - rowStart, end - rowStart);
        // Both hold what the column's type says: numbers, or bigints for 64 bits.
        (values as Float64Array).set(part as Float64Array, first - from);
        return;
      }
      for (let row = first; row < end; row++) {
        const value: unknown = columnData[row - rowStart] ?? null;
        values[row - from] = decimal ? unscaledOf(value) : value;
      }
    },
  });
  return values;
}

function emptyColumn(metadata: FileMetaData, name: string, decimal: boolean, rows: number): ReadColumn {
  const element = topElementsOf(metadata).find((candidate) => candidate.name === name);
  if (!element || mayHoldNulls(metadata, element)) return new Array<unknown>(rows);
  const { type, converted_type: converted, logical_type: logical } = element;
  if (converted === 'TIMESTAMP_MICROS' || converted === 'TIMESTAMP_MILLIS' || logical?.type === 'TIMESTAMP')
    return new Float64Array(rows);
  if (decimal && type !== 'INT64') return new Array<unknown>(rows);
  const unsigned = logical?.type === 'INTEGER' && !logical.isSigned;
  if (type === 'INT32')
    return unsigned && logical.bitWidth === 32 ? new Float64Array(rows) : new Int32Array(rows);
  if (type === 'INT64' && !unsigned) return new BigInt64Array(rows);
  if (type === 'DOUBLE' || type === 'FLOAT') return new Float64Array(rows);
  return new Array<unknown>(rows);
}

/** Unless the statistics of every row group say that there is none. */
function mayHoldNulls({ row_groups }: FileMetaData, { name, repetition_type }: SchemaElement): boolean {
  if (repetition_type === 'REQUIRED') return false;
  return row_groups.some(({ columns }) => {
    const chunk = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === name);
    return chunk?.meta_data?.statistics?.null_count !== 0n;
  });
}

const topElementsOf = (metadata: FileMetaData): SchemaElement[] =>
  parquetSchema(metadata).children.map(({ element }) => element);

const isDecimal = ({ converted_type, logical_type }: SchemaElement): boolean =>
  converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL';

/** The integer that a decimal is stored as: 32 or 64 bits, or big-endian bytes. */
function unscaledOf(stored: unknown): bigint | null {
  if (typeof stored === 'number') return BigInt(stored);
  if (!(stored instanceof Uint8Array)) return (stored as bigint | null | undefined) ?? null;
  let unscaled = 0n;
  for (const byte of stored) unscaled = (unscaled << 8n) | BigInt(byte);
  return BigInt.asIntN(stored.length * 8, unscaled);
}
