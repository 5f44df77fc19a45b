import { createHash } from 'node:crypto';
import { isSameSecret, keyIdOf, type TokenJudge } from '@gondola/access';
import type { GateRequest, Scope } from '@gondola/nest';
import type { Clock } from '@gondola/stream';
import { isEnded, scopesOf, type Caller, type CallerEntry, type Callers } from './callers.js';
import type { Origins } from './origins.js';
import { WrongKeys } from './rates.js';
import { Refusal, unauthorized } from './refusal.js';
import type { Sessions } from './sessions.js';

/** A secret of a file that is good for one scope: `verdicts.tokenFile`, `quarantine.tokenFile`. */
export interface FileToken {
  readonly field: string;
  readonly scope: Scope;
  readonly token: string;
}

export interface KeyedCallersDeps {
  readonly environment: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** As they are now; null: there is no keys file. */
  readonly callers: () => Callers | null;
  /** Null: no tokens of OpenID Connect. */
  readonly judge: TokenJudge | null;
  readonly fileTokens: readonly FileToken[];
  readonly sessions: Sessions;
  readonly origins: Origins;
  /** Of callers whose entry says nothing else. */
  readonly requestsPerSecond: number;
}

const WHENCE_KEYS = 'npx gondola keys create makes one';
const SUBJECT_CHARACTERS = 12;
/** What slows who tries keys. */
const TRIES: readonly string[] = ['key_unknown', 'key_elsewhere', 'token_invalid', 'token_elsewhere'];

/** Finds out who asks: by a key, a token or a session. */
export class KeyedCallers {
  private readonly wrong = new WrongKeys();

  constructor(private readonly deps: KeyedCallersDeps) {}

  /** Errors: `Refusal`. */
  async callerOf(request: GateRequest): Promise<Caller> {
    const credential = credentialOf(request);
    if (credential !== null) return this.identify(credential, request.ip);
    const keyId = this.deps.sessions.read(request.headers.cookie, this.deps.clock.nowMs());
    const entry = keyId === null ? null : (this.deps.callers()?.get(keyId) ?? null);
    if (!entry || isEnded(entry, this.deps.clock.nowMs()))
      throw unauthorized('key_missing', `a key is needed: authorization: Bearer KEY; ${WHENCE_KEYS}`);
    this.deps.origins.requireOwn(request);
    return this.callerOfEntry(entry);
  }

  /** Of a key that a person gave. Errors: `Refusal`. */
  entryOfKey(key: string, address: string): CallerEntry {
    return this.slowed(address, () => this.findKey(key));
  }

  private async identify(credential: string, address: string): Promise<Caller> {
    const { fileTokens, judge } = this.deps;
    const token = fileTokens.find((one) => isSameSecret(one.token, credential));
    if (token) return { ...this.rated(), id: token.field, scopes: new Set([token.scope]) };
    if (!judge || !isJwt(credential))
      return this.callerOfEntry(this.slowed(address, () => this.findKey(credential)));
    const finding = await judge(credential);
    return this.slowed(address, () => this.callerOfToken(finding));
  }

  private findKey(key: string): CallerEntry {
    const { environment, clock } = this.deps;
    const found = this.deps.callers()?.find(key) ?? { kind: 'unknown' };
    if (found.kind === 'elsewhere')
      throw new Refusal(
        403,
        'key_elsewhere',
        `this key is of the environment ${found.environment}, this api of ${environment}`,
      );
    if (found.kind === 'unknown')
      throw unauthorized(
        'key_unknown',
        `the key is not known here: it was mistyped, taken back or made for another api; ${WHENCE_KEYS}`,
        'invalid_token',
      );
    if (isEnded(found.entry, clock.nowMs()))
      throw unauthorized('key_ended', `this key has ended; ${WHENCE_KEYS}`, 'invalid_token');
    return found.entry;
  }

  private callerOfToken(finding: Awaited<ReturnType<TokenJudge>>): Caller {
    switch (finding.kind) {
      case 'known':
        return { ...this.rated(), id: subjectId(finding.subject), scopes: scopesOf(finding.scopes) };
      case 'expired':
        throw unauthorized('token_expired', 'the token has expired: sign in again', 'invalid_token');
      case 'invalid':
        throw unauthorized('token_invalid', 'the token is not one of access.oidc', 'invalid_token');
      case 'elsewhere':
        throw new Refusal(
          403,
          'token_elsewhere',
          `the token is not of the environment ${this.deps.environment}`,
        );
      case 'unavailable':
        throw new Refusal(503, 'token_unjudged', 'who signs tokens does not answer: try again in a moment', {
          'retry-after': '5',
        });
    }
  }

  private callerOfEntry(entry: CallerEntry): Caller {
    const { caller, scopes, requestsPerSecond } = entry;
    return {
      id: `${caller}#${keyIdOf(entry)}`,
      scopes: scopesOf(scopes),
      requestsPerSecond: requestsPerSecond ?? this.deps.requestsPerSecond,
    };
  }

  private rated() {
    return { requestsPerSecond: this.deps.requestsPerSecond };
  }

  private slowed<T>(address: string, identify: () => T): T {
    try {
      return identify();
    } catch (error) {
      if (!(error instanceof Refusal) || !TRIES.includes(error.reason)) throw error;
      const waitSeconds = this.wrong.add(address, this.deps.clock.nowMs());
      if (waitSeconds === 0) throw error;
      throw new Refusal(429, 'keys_tried', 'too many wrong keys from this address', {
        'retry-after': String(waitSeconds),
      });
    }
  }
}

const isJwt = (credential: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(credential);

/** `sub` may be a name or an address of mail, which no log gets: who has it can find it. */
const subjectId = (subject: string): string =>
  `token#${createHash('sha256').update(subject).digest('hex').slice(0, SUBJECT_CHARACTERS)}`;

/** Null: none was sent. */
export function credentialOf({ headers }: Pick<GateRequest, 'headers'>): string | null {
  const { authorization } = headers;
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  const key = headers['x-api-key'];
  return typeof key === 'string' ? key : null;
}
