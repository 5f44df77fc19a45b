import {
  scopeOf,
  type Gate,
  type GateRequest,
  type HttpReply,
  type RouteScope,
  type Scope,
} from '@gondola/nest';
import type { Clock } from '@gondola/stream';
import type { Audit } from './audit.js';
import type { Caller } from './callers.js';
import type { Origins } from './origins.js';
import type { Rates } from './rates.js';
import { Refusal } from './refusal.js';

/** Where a person gives a key. */
const SIGN_IN_PAGE = '/board/sign-in.html';
/** A body that is refused unread is read and thrown away for the next request of its connection, unless it is longer. */
const THROWN_AWAY_BYTES_MAX = 65_536;

export interface AccessGateDeps {
  /** Errors: `Refusal`. */
  readonly callers: { callerOf(request: GateRequest): Promise<Caller> };
  readonly origins: Origins;
  readonly rates: Rates;
  readonly audit: Audit;
  readonly clock: Pick<Clock, 'nowMs'>;
}

interface Visit {
  readonly who: string;
  readonly scope: RouteScope;
  readonly scopes: ReadonlySet<Scope>;
}

/** Every request of the api comes by here, also those that no route answers: who asks, how often, whether they may. */
export class AccessGate implements Gate {
  private readonly visits = new WeakMap<GateRequest['raw'], Visit>();

  constructor(private readonly deps: AccessGateDeps) {}

  async admit(request: GateRequest, reply: HttpReply): Promise<void> {
    try {
      await this.judge(request, reply);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.deps.audit.refused(error.reason, this.visits.get(request.raw)?.who ?? null);
      // Counted, and not told one by one: a key that asks too often must not fill the log.
      if (error.getStatus() === 429) this.visits.delete(request.raw);
      closeIfLong(request, reply);
      if (error.getStatus() === 401 && isNavigation(request)) return sendToSignIn(request, reply);
      for (const [name, value] of Object.entries(error.headers)) reply.header(name, value);
      throw error;
    }
  }

  answered(request: GateRequest, status: number): void {
    const visit = this.visits.get(request.raw);
    if (!visit || visit.scope === 'read') return;
    const { who, scope } = visit;
    this.deps.audit.acted({ who, scope, request, status });
  }

  /** Whether who made a request would still be let in: answers that go on for hours ask again. */
  async mayStay(request: GateRequest): Promise<boolean> {
    try {
      const { scopes } = await this.deps.callers.callerOf(request);
      const scope = scopeOf(request);
      return scope === 'open' || scopes.has(scope);
    } catch (error) {
      if (error instanceof Refusal) return error.getStatus() === 503;
      throw error;
    }
  }

  /** Of a request to an open route, by which somebody made himself known. */
  remember(request: Pick<GateRequest, 'raw'>, who: string): void {
    this.visits.set(request.raw, { who, scope: 'open', scopes: new Set() });
  }

  /** Whether who asks may do more than the route takes. */
  may({ raw }: Pick<GateRequest, 'raw'>, scope: Scope): boolean {
    return this.visits.get(raw)?.scopes.has(scope) ?? false;
  }

  /** Of a request to an open route. */
  refused(refusal: Refusal): void {
    this.deps.audit.refused(refusal.reason, null);
  }

  private async judge(request: GateRequest, reply: HttpReply): Promise<void> {
    const { origins, callers, rates, clock } = this.deps;
    if (origins.admit(request, reply)) return;
    const scope = scopeOf(request);
    if (scope === 'open') return;
    const caller = await callers.callerOf(request);
    this.visits.set(request.raw, { who: caller.id, scope, scopes: caller.scopes });
    rates.take(caller, reply, clock.nowMs());
    if (!caller.scopes.has(scope)) throw lacking(scope);
  }
}

const lacking = (scope: RouteScope) =>
  new Refusal(403, 'scope_missing', `this takes a key with the scope ${scope}`, {
    'www-authenticate': `Bearer realm="gondola", error="insufficient_scope", scope="${scope}"`,
  });

/** Somebody who opens a page, not a program. */
const isNavigation = ({ method, headers }: GateRequest): boolean =>
  method === 'GET' &&
  (headers.accept?.includes('text/html') ?? false) &&
  headers.authorization === undefined &&
  headers['x-api-key'] === undefined;

function sendToSignIn({ url }: GateRequest, reply: HttpReply): void {
  const to = url === '/' ? '' : `?to=${encodeURIComponent(url)}`;
  reply
    .code(303)
    .header('location', SIGN_IN_PAGE + to)
    .header('cache-control', 'no-store')
    .send('');
}

function closeIfLong({ headers }: GateRequest, reply: HttpReply): void {
  const announced = headers['content-length'] ?? (headers['transfer-encoding'] === undefined ? '0' : '');
  if (announced === '' || Number(announced) > THROWN_AWAY_BYTES_MAX) reply.header('connection', 'close');
}
