import type { Clock } from '@gondola/stream';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';

/** Signatures by a key pair only: never `none`, never a secret that both sides have. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];
const CLOCK_SECONDS_MAX = 5;
const FETCH_MS_MAX = 5_000;
/** A key that is not known is asked for once in so long: a stranger's token must not make us ask at each request. */
const ASK_AGAIN_MS = 30_000;
/** Keys that were taken back are gone after so long. */
const KEYS_KEPT_MS = 600_000;

const isSafe = (text: string): boolean =>
  /^https:\/\//i.test(text) || /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$)/i.test(text);
const claim = (byDefault: string) => z.string().min(1).default(byDefault);

/** Who signs tokens, and what they say. */
export const oidcFields = z.strictObject({
  /** `iss` of tokens, letter for letter. */
  issuer: z.url(),
  /** Must be in `aud`. */
  audience: z.string().min(1),
  /** Where the keys are that tokens are signed with: `jwks_uri` of the issuer's `/.well-known/openid-configuration`. */
  jwksUrl: z.url().refine(isSafe, 'must be https: whoever can change it on the way can sign tokens'),
  /** What the caller may do: words with spaces between them, or a list. */
  scopesClaim: claim('scope'),
  /** Stands before each of our scopes in that claim, such as `gondola:`. */
  scopePrefix: z.string().default(''),
  /** Whose the token is: a text or a list that has this environment. A token without it is refused. */
  environmentClaim: claim('environment'),
});
export type OidcConfig = z.output<typeof oidcFields>;

export type TokenFinding =
  | {
      readonly kind: 'known';
      /** `sub`: who it is there. */
      readonly subject: string;
      /** Without the prefix; also such that are none of ours. */
      readonly scopes: readonly string[];
    }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'elsewhere' }
  /** The keys cannot be asked for: it may be good. */
  | { readonly kind: 'unavailable' };

export type TokenJudge = (token: string) => Promise<TokenFinding>;

/** OpenID Connect, RFC 9068 in the main: signature, issuer, audience, time, environment. Keys are asked for at the first token. */
export function createTokenJudge(
  config: OidcConfig,
  { environment, clock }: { readonly environment: string; readonly clock: Pick<Clock, 'nowMs'> },
): TokenJudge {
  const { issuer, audience, jwksUrl, scopesClaim, scopePrefix, environmentClaim } = config;
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: FETCH_MS_MAX,
    cooldownDuration: ASK_AGAIN_MS,
    cacheMaxAge: KEYS_KEPT_MS,
  });
  const rules = {
    ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_SECONDS_MAX },
    requiredClaims: ['exp', 'sub'],
  };
  return async (token) => {
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, keys, { ...rules, currentDate: new Date(clock.nowMs()) }));
    } catch (error) {
      return { kind: faultOf(error) };
    }
    if (!wordsOf(payload[environmentClaim]).includes(environment)) return { kind: 'elsewhere' };
    const scopes = wordsOf(payload[scopesClaim])
      .filter((word) => word.startsWith(scopePrefix))
      .map((word) => word.slice(scopePrefix.length));
    return { kind: 'known', subject: String(payload.sub), scopes };
  };
}

function faultOf(error: unknown): 'expired' | 'invalid' | 'unavailable' {
  if (error instanceof errors.JWTExpired) return 'expired';
  const isTheirs =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError) ||
    error.code === 'ERR_JOSE_GENERIC';
  return isTheirs ? 'unavailable' : 'invalid';
}

function wordsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
