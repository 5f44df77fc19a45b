import { randomBytes } from 'node:crypto';
import { createTokenJudge, WatchedFile } from '@gondola/access';
import type { Clock, Log, Service } from '@gondola/stream';
import { AccessGate } from './access-gate.js';
import { isGuarded, type AccessConfig } from './access.config.js';
import { Audit } from './audit.js';
import { Callers, readCallers } from './callers.js';
import { KeyedCallers, type FileToken } from './keyed-callers.js';
import { LocalCallers } from './local-callers.js';
import { Origins } from './origins.js';
import { Rates } from './rates.js';
import type { RefusalReason } from './refusal.js';
import { Sessions } from './sessions.js';
import type { SessionAccess } from './session.controller.js';

const SECRET_BYTES = 32;

export interface AccessDeps {
  readonly environment: string;
  /** The clock of keys and sessions: never a simulated one. */
  readonly clock: Clock;
  readonly log: Log;
  readonly auditLog: Log;
  /** What cookies are signed with; null: of this process alone. */
  readonly sessionSecret: string | null;
  readonly fileTokens: readonly FileToken[];
  readonly onRefused: (reason: RefusalReason) => void;
}

export interface Access {
  readonly gate: AccessGate;
  readonly sessions: SessionAccess;
  readonly services: readonly Service[];
}

/** Errors: `config_invalid` when the keys file is not. */
export function createAccess(config: AccessConfig, deps: AccessDeps): Access {
  const { environment, clock, log, fileTokens } = deps;
  const audit = new Audit({ clock, log: deps.auditLog, onRefused: deps.onRefused });
  const origins = new Origins(config.origins);
  const rates = new Rates(config.environmentRequestsPerSecond, clock.nowMs());
  const common = { origins, rates, audit, clock };
  if (!isGuarded(config)) {
    const gate = new AccessGate({ ...common, callers: new LocalCallers(fileTokens) });
    return { gate, sessions: { gate, clock, guarded: null }, services: [audit] };
  }
  const keys =
    config.keysFile === undefined ? null : watchCallers(config.keysFile, { environment, clock, log });
  const sessions = new Sessions({
    ...{ environment, hours: config.session.hours },
    secret: deps.sessionSecret ?? randomBytes(SECRET_BYTES),
  });
  const callers = new KeyedCallers({
    ...{ environment, clock, fileTokens, sessions, origins },
    callers: () => keys?.current() ?? null,
    judge: config.oidc ? createTokenJudge(config.oidc, { environment, clock }) : null,
    requestsPerSecond: config.requestsPerSecond,
  });
  const gate = new AccessGate({ ...common, callers });
  return {
    gate,
    sessions: { gate, clock, guarded: { callers, sessions } },
    services: [audit, ...(keys ? [keys] : [])],
  };
}

const watchCallers = (
  path: string,
  { environment, clock, log }: Pick<AccessDeps, 'environment' | 'clock' | 'log'>,
): WatchedFile<Callers> =>
  new WatchedFile(path, {
    ...{ name: 'api-keys', clock, log },
    read: (file) => new Callers(readCallers(file), environment),
  });
