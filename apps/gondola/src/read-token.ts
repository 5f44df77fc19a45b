import { readFileSync } from 'node:fs';
import { SetupError } from '@gondola/stream';
import { markedSecret, ownSecret } from './own-secret.js';

/** At least as many as a guess takes too long for. */
const TOKEN_CHARACTERS_MIN = 32;

/**
 * A secret that requests are held against, with its mark. `field` names it in errors. `environment`: whose it must be; left out:
 * whoever's. Errors: `config_invalid`, `environment_mismatch`.
 */
export function readToken(path: string, field: string, environment?: string): string {
  const token = readSecret(path, field);
  if (environment !== undefined) ownSecret(token, { environment, field, path });
  if (/^\S+$/.test(token) && token.length >= TOKEN_CHARACTERS_MIN) return token;
  throw new SetupError(
    'config_invalid',
    `${field}: ${path} must hold at least ${TOKEN_CHARACTERS_MIN} characters without spaces: ` +
      `(umask 077; echo ${environment === undefined ? '' : markedSecret(environment, '')}$(openssl rand -hex 32) > ${path})`,
  );
}

/** What a file that somebody named holds. `field` names it in errors. Errors: `config_invalid`. */
export function readSecret(path: string, field: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new SetupError('config_invalid', `${field}: ${path} cannot be read`, { cause });
  }
}
