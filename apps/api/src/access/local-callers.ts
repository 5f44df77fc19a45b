import { isSameSecret } from '@gondola/access';
import { SCOPES, scopeOf, type GateRequest } from '@gondola/nest';
import type { Caller } from './callers.js';
import { credentialOf, type FileToken } from './keyed-callers.js';
import { isSafe } from './origins.js';
import { Refusal, unauthorized } from './refusal.js';

/** A page on another host whose name was made to point here has that name in `host`. */
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** Without keys: whoever is on this machine may everything, but what a token was set for. */
export class LocalCallers {
  constructor(private readonly fileTokens: readonly FileToken[]) {}

  /** Errors: `Refusal`. */
  async callerOf(request: GateRequest): Promise<Caller> {
    if (!LOOPBACK_HOST.test(request.headers.host ?? ''))
      throw new Refusal(
        403,
        'host_foreign',
        'without keys this api answers at localhost only: set access.keysFile to be asked by another name',
      );
    const scope = scopeOf(request);
    const needed = isSafe(request) ? undefined : this.fileTokens.find((one) => one.scope === scope);
    if (needed && !isSameSecret(credentialOf(request) ?? '', needed.token))
      throw unauthorized(
        'key_missing',
        `this takes the token of ${needed.field}: Authorization: Bearer TOKEN`,
      );
    return { id: needed?.field ?? 'local', scopes: new Set(SCOPES), requestsPerSecond: null };
  }
}
