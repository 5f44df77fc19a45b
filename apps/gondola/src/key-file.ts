import { existsSync, readFileSync } from 'node:fs';
import { environmentsIn, isStrict, knownEnvironments } from '@gondola/config';
import type { IngestConfig } from '@gondola/ingest';
import { KEY_BYTES, type Keyring } from '@gondola/lake-parquet';
import { SetupError } from '@gondola/stream';
import { parse } from 'yaml';
import { z } from 'zod';

/** Where a configuration of ingest names the file. */
const KEYS_FIELD = 'bronze.encryption.keyFile';

const keyFile = z
  .strictObject({
    /** Id of the key that new files are written with. */
    writing: z.string().min(1),
    keys: z.record(
      z.string().regex(/^[\w.-]{1,100}$/, 'an id is made of letters, digits, _, . and -'),
      z.string(),
    ),
  })
  .refine(({ writing, keys }) => Object.hasOwn(keys, writing), {
    path: ['writing'],
    message: 'must be the id of one of the keys',
  });

/**
 * Of a configuration of ingest; undefined where it encrypts nothing. No key is of another environment by its id; in a strict one
 * the one that writes names its own, and older ones may be without. Errors: `config_invalid`, `environment_mismatch`.
 */
export function keyringOf(
  { environment, bronze: { encryption } }: Pick<IngestConfig, 'environment' | 'bronze'>,
  field = KEYS_FIELD,
): Keyring | undefined {
  if (!encryption) return undefined;
  const keyring = readKeyring(encryption.keyFile, field, environment);
  const known = knownEnvironments(process.env);
  for (const id of keyring.keys.keys()) {
    const carried = environmentsIn(id, [...known, environment]);
    const other = carried.find((one) => one !== environment);
    const at = `${field}: ${encryption.keyFile} has the key ${id}`;
    if (other !== undefined)
      throw new SetupError('environment_mismatch', `${at} of ${other}, this is ${environment}: take it out`);
    if (id === keyring.writing && carried.length === 0 && isStrict(environment, known))
      throw new SetupError(
        'environment_mismatch',
        `${at}, which writes and does not say whose it is; in ${environment} it is called, say, ${environment}-1: add one, ` +
          'write with it, and keep the old one for what it has written',
      );
  }
  return keyring;
}

const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/** The keys of bronze and quarantine. Throws `config_invalid` naming `field`; never says what is in the file. */
function readKeyring(path: string, field: string, environment: string): Keyring {
  const refuse = (why: string) => new SetupError('config_invalid', `${field}: ${path} ${why}`);
  if (!existsSync(path))
    throw refuse(
      'is not there. It holds the keys by which raw records are encrypted, and without them nobody reads these again: copy it ' +
        'from where the lake is written, or make it, once, and keep a copy elsewhere: ' +
        `(umask 077; printf 'writing: ${environment}-1\\nkeys:\\n  ${environment}-1: %s\\n' "$(openssl rand -base64 32)" > ${path})`,
    );
  let yaml: unknown;
  try {
    yaml = parse(readFileSync(path, 'utf8'));
  } catch {
    // The parser quotes the line, which is a key.
    throw refuse('cannot be read as YAML');
  }
  const result = keyFile.safeParse(yaml);
  if (!result.success) {
    const [{ path: at, message }] = result.error.issues;
    throw refuse(`has in ${at.join('.') || 'the file'}: ${message}`);
  }
  const { writing, keys } = result.data;
  const entries = Object.entries(keys).map(([id, text]) => {
    if (!BASE64.test(text))
      throw refuse(`has in keys.${id}: ${KEY_BYTES} bytes in Base64 expected (openssl rand -base64 32)`);
    return [id, Buffer.from(text, 'base64')] as const;
  });
  return { writing, keys: new Map(entries) };
}
