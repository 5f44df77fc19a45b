import type { AsyncBuffer, ColumnChunk, FileMetaData } from 'hyparquet';
import { deserializeTCompactProtocol, readZigZag } from 'hyparquet/src/thrift.js';
import { GondolaError } from '@gondola/stream';
import { MODULE_BYTES, ModuleType, opened, type FileCipher } from './encrypted-module.js';
import { unwrappedKey, type Keyring } from './keyring.js';

/**
 * A file whose encrypted columns can be read: these are decrypted when they are asked for, whole, and stand behind the file's
 * end for the reader, which knows nothing of encryption. They are still compressed: the file takes about twice its memory.
 */
export interface DecryptedFile {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** Throws `config_invalid` without the key, `lake_corrupt` when a part was changed. */
  decrypt(column: string): Promise<void>;
}

export function decryptedFile(
  inner: AsyncBuffer,
  given: FileMetaData,
  keyring: Keyring | undefined,
): DecryptedFile {
  const isEncrypted = ({ crypto_metadata: crypto }: ColumnChunk) => crypto !== undefined;
  if (!given.row_groups.some(({ columns }) => columns.some(isEncrypted)))
    return { file: inner, metadata: given, decrypt: async () => undefined };

  const metadata: FileMetaData = {
    ...given,
    row_groups: given.row_groups.map((group) => ({ ...group, columns: [...group.columns] })),
  };
  const parts: { readonly from: number; readonly bytes: Buffer }[] = [];
  let end = inner.byteLength;
  let cipher: Promise<FileCipher> | null = null;

  async function decryptChunk(group: number, column: number, chunk: ColumnChunk): Promise<ColumnChunk> {
    const { meta_data: meta } = chunk;
    if (!meta) throw unreadable('a column without metadata');
    const from = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
    const stored = await inner.slice(from, from + Number(meta.total_compressed_size));
    cipher ??= cipherOf(inner, keyring);
    const hasDictionary = meta.dictionary_page_offset !== undefined;
    const bytes = plainChunk(await cipher, [group, column], new Uint8Array(stored), hasDictionary);
    parts.push({ from: end, bytes });
    const place = BigInt(end);
    end += bytes.length;
    return {
      ...chunk,
      crypto_metadata: undefined,
      meta_data: {
        ...meta,
        dictionary_page_offset: hasDictionary ? place : undefined,
        data_page_offset: place,
        total_compressed_size: BigInt(bytes.length),
      },
    };
  }

  return {
    metadata,
    file: { byteLength: inner.byteLength, slice: (from, to) => sliceOf(inner, parts, from, to) },
    async decrypt(name) {
      for (const [group, { columns }] of metadata.row_groups.entries())
        for (const [column, chunk] of columns.entries())
          if (isEncrypted(chunk) && chunk.meta_data?.path_in_schema[0] === name)
            columns[column] = await decryptChunk(group, column, chunk);
    },
  };
}

/** Of the file and of what was decrypted, which lies behind it: chunks that are neighbours are asked for together. */
async function sliceOf(
  inner: AsyncBuffer,
  parts: readonly { readonly from: number; readonly bytes: Buffer }[],
  from: number,
  to = inner.byteLength,
): Promise<ArrayBuffer> {
  const { byteLength } = inner;
  if (to <= byteLength) return inner.slice(from, to);
  const slice = new Uint8Array(to - from);
  if (from < byteLength) slice.set(new Uint8Array(await inner.slice(from, byteLength)));
  for (const { from: begin, bytes } of parts) {
    const [first, end] = [Math.max(from, begin), Math.min(to, begin + bytes.length)];
    if (first < end) slice.set(bytes.subarray(first - begin, end - begin), first - from);
  }
  return slice.buffer;
}

/** The key by the footer's fields 8 (algorithm) and 9 (key of the footer, and of all columns). */
async function cipherOf(file: AsyncBuffer, keyring: Keyring | undefined): Promise<FileCipher> {
  const tail = new DataView(await file.slice(file.byteLength - 8, file.byteLength));
  const footer = await file.slice(file.byteLength - 8 - tail.getUint32(0, true), file.byteLength - 8);
  const fields = deserializeTCompactProtocol({ view: new DataView(footer), offset: 0 }) as {
    readonly field_8?: { readonly field_1?: { readonly field_2?: Uint8Array } };
    readonly field_9?: Uint8Array;
  };
  const unique = fields.field_8?.field_1?.field_2;
  if (!unique || !fields.field_9)
    throw unreadable('another encryption than AES_GCM_V1 with a readable footer');
  return { unique: unique.slice(), key: unwrappedKey(fields.field_9, keyring) };
}

/** Page after page: its header and its body are a module each. */
function plainChunk(
  cipher: FileCipher,
  chunk: readonly [number, number],
  stored: Uint8Array,
  hasDictionary: boolean,
): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0, page = hasDictionary ? -1 : 0; at < stored.length; page++) {
    const [headerType, bodyType, place] =
      page < 0
        ? ([ModuleType.dictionaryPageHeader, ModuleType.dictionaryPage, chunk] as const)
        : ([ModuleType.dataPageHeader, ModuleType.dataPage, [...chunk, page]] as const);
    const header = opened(cipher, headerType, place, stored, at);
    const body = opened(cipher, bodyType, place, stored, header.end);
    at = body.end;
    parts.push(withPlainSize(header.plain), body.plain);
  }
  return Buffer.concat(parts);
}

/** A page's header says how long the page is as a module. The number keeps its length, so that nothing else moves. */
function withPlainSize(header: Buffer): Buffer {
  // Type, size and compressed size are its first three fields, each a byte of Thrift and a number.
  const reader = { view: new DataView(header.buffer, header.byteOffset, header.length), offset: 1 };
  readZigZag(reader);
  reader.offset++;
  readZigZag(reader);
  const from = ++reader.offset;
  let left = 2 * (readZigZag(reader) - MODULE_BYTES);
  for (let at = from; at < reader.offset; at++) {
    header[at] = (left & 0x7f) | (at < reader.offset - 1 ? 0x80 : 0);
    left >>>= 7;
  }
  return header;
}

const unreadable = (what: string) =>
  new GondolaError('lake_corrupt', `a data file has ${what}, which cannot be read`, false);
