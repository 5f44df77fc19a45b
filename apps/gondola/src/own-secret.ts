import { isStrict, knownEnvironments } from '@gondola/config';
import { SetupError } from '@gondola/stream';

const MARK = /^gnd_([a-z0-9][a-z0-9-]{0,31})_(.+)$/s;

export interface SecretPlace {
  readonly environment: string;
  /** Of the configuration or the command line: errors name it. */
  readonly field: string;
  readonly path: string;
}

/**
 * A secret without the mark that says whose it is, `gnd_<environment>_`, as keys of producers have it. Errors:
 * `environment_mismatch` where it is another's, or unmarked in a strict environment; never says what the secret is.
 */
export function ownSecret(text: string, { environment, field, path }: SecretPlace): string {
  const [, marked, secret = text] = MARK.exec(text) ?? [];
  if (marked === environment) return secret;
  if (marked !== undefined)
    throw new SetupError(
      'environment_mismatch',
      `${field}: ${path} holds a secret of ${marked}, this is ${environment}: every environment has its own`,
    );
  if (!isStrict(environment, knownEnvironments(process.env))) return secret;
  throw new SetupError(
    'environment_mismatch',
    `${field}: ${path} holds a secret that does not say whose it is; in ${environment} it begins with ` +
      `gnd_${environment}_: if it is ${environment}'s, write that before it`,
  );
}

/** As `ownSecret` takes it. */
export const markedSecret = (environment: string, secret: string): string => `gnd_${environment}_${secret}`;
