import type { WebhookAccess } from '@gondola/api';
import { SetupError, systemClock, type Log } from '@gondola/stream';
import { ownSecret } from './own-secret.js';
import { readSecret } from './read-token.js';

/** A file that was changed is read again after so long: a secret is renewed without a restart. */
const REREAD_MS = 10_000;
/** Standard Webhooks: 24 to 64 bytes. */
const [BYTES_MIN, BYTES_MAX] = [24, 64];
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

interface Read {
  readonly secrets: readonly Uint8Array[];
  readonly atMs: number;
}

/** Secrets of subscriptions, from their files. */
export function openWebhookSecrets(environment: string, log: Log): WebhookAccess {
  const read = new Map<string, Read>();
  return {
    secretsOf({ name, secretFile }) {
      const known = read.get(name);
      const nowMs = systemClock.nowMs();
      if (known && nowMs - known.atMs < REREAD_MS) return known.secrets;
      const secrets = readOr(known?.secrets ?? null);
      read.set(name, { secrets, atMs: nowMs });
      return secrets;

      /** A file that is being changed right now is no reason to send nothing. */
      function readOr(before: readonly Uint8Array[] | null): readonly Uint8Array[] {
        try {
          return readSecrets(secretFile, { environment, field: `secretFile of ${name}` });
        } catch (error) {
          if (before === null || !(error instanceof SetupError)) throw error;
          log.error({ subscription: name, code: error.code }, `${error.message}; signing as before`);
          return before;
        }
      }
    },
  };
}

/** One secret a line. Errors: `config_invalid`, `environment_mismatch`; they never say what a secret is. */
function readSecrets(
  path: string,
  { environment, field }: { readonly environment: string; readonly field: string },
): readonly Uint8Array[] {
  const lines = readSecret(path, field).split(/\s*\n\s*/);
  return lines.map((line) => {
    const [, text = ''] = SECRET.exec(ownSecret(line, { environment, field, path })) ?? [];
    const secret = Buffer.from(text, 'base64');
    if (secret.length >= BYTES_MIN && secret.length <= BYTES_MAX) return secret;
    throw new SetupError(
      'config_invalid',
      `${field}: each line of ${path} must be a secret of ${BYTES_MIN} to ${BYTES_MAX} bytes in base64 after whsec_: ` +
        `(umask 077; echo gnd_${environment}_whsec_$(openssl rand -base64 32) > ${path})`,
    );
  });
}
