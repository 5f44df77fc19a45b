import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SetupError } from '@gondola/stream';
import { isAuthentic, NONCE_BYTES, TAG_BYTES } from './encrypted-module.js';

/** The secrets by which files are encrypted: each of 32 bytes, by its id. */
export interface Keyring {
  /** Id of the one that new files are written with; the others are for reading. */
  readonly writing: string;
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

export const KEY_BYTES = 32;

/** A file's own key, as it is used and as it stands in the file's footer. */
export interface FileKey {
  readonly key: Uint8Array;
  readonly metadata: string;
}

/** A key for one file. What wraps it is named, so that a change of keys leaves old files readable while theirs is kept. */
export function newFileKey({ writing, keys }: Keyring): FileKey {
  const secret = keys.get(writing);
  if (!secret) throw new SetupError('config_invalid', `the keyring has no key ${writing} to write with`);
  const key = randomBytes(KEY_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(writing));
  const wrapped = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  return { key, metadata: JSON.stringify(materialOf(writing, wrapped.toString('base64'))) };
}

/**
 * Key material as the key tools of parquet-java and Arrow store it (format PKMT1, single wrapping), so that these read the
 * files with a client of theirs that unwraps: AES-256-GCM under the named key with its id as additional data.
 */
const materialOf = (masterKeyID: string, wrappedDEK: string) => ({
  keyMaterialType: 'PKMT1',
  internalStorage: true,
  isFooterKey: true,
  kmsInstanceID: 'DEFAULT',
  kmsInstanceURL: 'DEFAULT',
  masterKeyID,
  wrappedDEK,
  doubleWrapping: false,
});

/** The file's key by what its footer says. Throws `config_invalid` naming the key that is missing or another one. */
export function unwrappedKey(metadata: Uint8Array, keyring: Keyring | undefined): Uint8Array {
  const { masterKeyID: id, wrappedDEK } = JSON.parse(Buffer.from(metadata).toString()) as ReturnType<
    typeof materialOf
  >;
  const secret = keyring?.keys.get(id);
  if (!secret)
    throw new SetupError(
      'config_invalid',
      `what is read is encrypted with the key "${id}": name a file of keys that has it, as bronze.encryption.keyFile in the ` +
        'configuration of ingest or with --keys',
    );
  const wrapped = Buffer.from(wrappedDEK, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', secret, wrapped.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(id))
    .setAuthTag(wrapped.subarray(-TAG_BYTES));
  const key = decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES));
  if (isAuthentic(decipher)) return key;
  throw new SetupError(
    'config_invalid',
    `the key "${id}" of the file of keys is not the one that what is read was encrypted with`,
  );
}
