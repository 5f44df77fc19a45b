import { randomBytes } from 'node:crypto';
import type { ColumnSpec, ColumnType } from '@gondola/stream';
import { FILE_UNIQUE_BYTES, ModuleType, sealed, signatureOf, type FileCipher } from './encrypted-module.js';
import { newFileKey, type Keyring } from './keyring.js';

/** Columns of bytes are raw records: their keys, values and headers. All others are places, times and reasons. */
export const isSecret = ({ type }: Pick<ColumnSpec, 'type'>): boolean => holdsBytes(type);

function holdsBytes(type: ColumnType): boolean {
  if (type.kind === 'list') return holdsBytes(type.element);
  if (type.kind === 'struct') return type.fields.some((field) => holdsBytes(field.type));
  return type.kind === 'binary';
}

/** Encrypts parts of one file as it is written (Parquet Modular Encryption, readable footer, one key). */
export class FileSeal {
  readonly unique = randomBytes(FILE_UNIQUE_BYTES);
  readonly keyMetadata: string;
  /** Whether anything of the file is encrypted. */
  isUsed = false;
  private readonly cipher: FileCipher;

  constructor(keyring: Keyring) {
    const { key, metadata } = newFileKey(keyring);
    this.keyMetadata = metadata;
    this.cipher = { key, unique: this.unique };
  }

  /** Of the column with that number among the leaves of the row group with that number. */
  chunk(group: number, column: number): ChunkSeal {
    this.isUsed = true;
    return new ChunkSeal(this.cipher, [group, column]);
  }

  signature(footer: Uint8Array): Uint8Array {
    return signatureOf(this.cipher, footer);
  }
}

/** Pages are numbered from 0, the dictionary is -1. */
export class ChunkSeal {
  constructor(
    private readonly cipher: FileCipher,
    private readonly place: readonly [number, number],
  ) {}

  header(page: number, bytes: Uint8Array): Uint8Array {
    if (page < 0) return sealed(this.cipher, ModuleType.dictionaryPageHeader, this.place, bytes);
    return sealed(this.cipher, ModuleType.dataPageHeader, [...this.place, page], bytes);
  }

  page(page: number, bytes: Uint8Array): Uint8Array {
    if (page < 0) return sealed(this.cipher, ModuleType.dictionaryPage, this.place, bytes);
    return sealed(this.cipher, ModuleType.dataPage, [...this.place, page], bytes);
  }

  metadata(bytes: Uint8Array): Uint8Array {
    return sealed(this.cipher, ModuleType.columnMetadata, this.place, bytes);
  }
}
