import { createCipheriv, createDecipheriv, randomBytes, type DecipherGCM } from 'node:crypto';
import { GondolaError } from '@gondola/stream';

/**
 * Modules of Parquet Modular Encryption (AES_GCM_V1; Encryption.md of the format, sections 4 and 5): length in four bytes,
 * little end first, nonce, what is encrypted, tag.
 */
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
export const MODULE_BYTES = LENGTH_BYTES + NONCE_BYTES + TAG_BYTES;
export const FILE_UNIQUE_BYTES = 8;

export const ModuleType = {
  footer: 0,
  columnMetadata: 1,
  dataPage: 2,
  dictionaryPage: 3,
  dataPageHeader: 4,
  dictionaryPageHeader: 5,
} as const;
export type ModuleType = (typeof ModuleType)[keyof typeof ModuleType];

/** Where a module stands; numbers of row group, column and data page, as many as its type has. */
export type ModulePlace = readonly number[];

/** What a module is not allowed to be taken for: nothing can be moved to another place or file. */
function additionalData(unique: Uint8Array, type: ModuleType, place: ModulePlace): Buffer {
  const bytes = Buffer.alloc(unique.length + 1 + 2 * place.length);
  bytes.set(unique);
  bytes[unique.length] = type;
  place.forEach((number, at) => bytes.writeUInt16LE(number, unique.length + 1 + 2 * at));
  return bytes;
}

/** One file's key and what tells the file from all others. */
export interface FileCipher {
  readonly key: Uint8Array;
  readonly unique: Uint8Array;
}

function encrypt(cipherOf: FileCipher, type: ModuleType, place: ModulePlace, plain: Uint8Array) {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', cipherOf.key, nonce).setAAD(
    additionalData(cipherOf.unique, type, place),
  );
  const encrypted = cipher.update(plain);
  cipher.final();
  return { nonce, encrypted, tag: cipher.getAuthTag() };
}

export function sealed(
  file: FileCipher,
  type: ModuleType,
  place: ModulePlace,
  plain: Uint8Array,
): Uint8Array {
  const { nonce, encrypted, tag } = encrypt(file, type, place, plain);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(NONCE_BYTES + encrypted.length + TAG_BYTES);
  return Buffer.concat([length, nonce, encrypted, tag]);
}

/** Of a footer that stays readable: nonce and tag, by which who has the key sees that nobody changed it. */
export function signatureOf(file: FileCipher, footer: Uint8Array): Uint8Array {
  const { nonce, tag } = encrypt(file, ModuleType.footer, [], footer);
  return Buffer.concat([nonce, tag]);
}

/** The module that begins at `from`, and where it ends. Throws `lake_corrupt` when it is not what was written there. */
export function opened(
  file: FileCipher,
  type: ModuleType,
  place: ModulePlace,
  bytes: Uint8Array,
  from: number,
): { readonly plain: Buffer; readonly end: number } {
  const { buffer, byteOffset, length } = bytes;
  const all = Buffer.from(buffer, byteOffset, length);
  const begin = from + LENGTH_BYTES;
  const end = begin <= length ? begin + all.readUInt32LE(from) : Infinity;
  if (end > length || end - begin < NONCE_BYTES + TAG_BYTES) throw changed();
  const decipher = createDecipheriv('aes-256-gcm', file.key, all.subarray(begin, begin + NONCE_BYTES))
    .setAAD(additionalData(file.unique, type, place))
    .setAuthTag(all.subarray(end - TAG_BYTES, end));
  const plain = decipher.update(all.subarray(begin + NONCE_BYTES, end - TAG_BYTES));
  if (!isAuthentic(decipher)) throw changed();
  return { plain, end };
}

/** Node only throws when a tag is wrong. */
export function isAuthentic(decipher: DecipherGCM): boolean {
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
}

const changed = () =>
  new GondolaError('lake_corrupt', 'an encrypted part of a data file is not what was written there', false);
