import type { ApiConfig, ApiDeps } from '@gondola/api';
import type { Logging } from '@gondola/telemetry';
import { readToken } from './read-token.js';

/** What the api needs to know who asks. Errors: `config_invalid`, `environment_mismatch`. */
export function openAccess(
  { environment, access }: ApiConfig,
  logging: Logging,
): Pick<ApiDeps, 'auditLog' | 'sessionSecret'> {
  const { keyFile } = access.session;
  return {
    // Whatever level the rest has.
    auditLog: logging.logger('audit', 'info'),
    sessionSecret: keyFile === undefined ? null : readToken(keyFile, 'access.session.keyFile', environment),
  };
}
