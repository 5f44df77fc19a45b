import { keyIdOf } from '@gondola/access';
import { isByTls, readJsonObject, Scope, SCOPES, type GateRequest, type HttpReply } from '@gondola/nest';
import type { Clock } from '@gondola/stream';
import { Controller, Delete, Get, Header, Inject, Post, Req, Res } from '@nestjs/common';
import { z } from 'zod';
import { refuse } from '../refusals.js';
import { parse } from '../request.js';
import type { AccessGate } from './access-gate.js';
import type { KeyedCallers } from './keyed-callers.js';
import { Refusal } from './refusal.js';
import type { Sessions } from './sessions.js';

const BODY_BYTES_MAX = 1_024;
const KEY_CHARACTERS_MAX = 512;

export const sessionBody = z.strictObject({
  key: z.string('must be text').min(1).max(KEY_CHARACTERS_MAX).describe('of `gondola keys create`'),
});

export interface SessionAccess {
  readonly gate: AccessGate;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Null: no keys are needed. */
  readonly guarded: { readonly callers: KeyedCallers; readonly sessions: Sessions } | null;
}

/** Injects a `SessionAccess`. */
export const SESSIONS = Symbol('sessions');

/** Who the asker is taken for, by whatever the request carries. */
export interface SessionView {
  /** `off`: this api asks for no key. */
  readonly state: 'off' | 'in' | 'out';
  readonly scopes: readonly string[];
}

/** A person trades a key for a cookie, as a page cannot send a key with every request (`EventSource` sends no headers). */
@Controller('session')
export class SessionController {
  constructor(@Inject(SESSIONS) private readonly access: SessionAccess) {}

  @Get()
  @Scope('open')
  @Header('cache-control', 'no-store')
  async show(@Req() request: GateRequest): Promise<SessionView> {
    const { guarded } = this.access;
    if (!guarded) return { state: 'off', scopes: SCOPES };
    const caller = await guarded.callers.callerOf(request).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      // Who tries keys here is counted as elsewhere; who has none only asks.
      if (error.reason !== 'key_missing') this.access.gate.refused(error);
      return null;
    });
    return caller ? { state: 'in', scopes: [...caller.scopes] } : { state: 'out', scopes: [] };
  }

  /** Takes `{key}`, and answers 204 with the cookie. */
  @Post()
  @Scope('open')
  async begin(@Req() request: GateRequest, @Res() reply: HttpReply): Promise<void> {
    const { guarded, gate, clock } = this.access;
    if (!guarded) throw refuse(409, 'this api asks for no key: there is nothing to sign in to');
    const { key } = parse(sessionBody, await readJsonObject(request, BODY_BYTES_MAX));
    try {
      const entry = guarded.callers.entryOfKey(key.trim(), request.ip);
      const keyId = keyIdOf(entry);
      gate.remember(request, `${entry.caller}#${keyId}`);
      const cookie = guarded.sessions.begin(keyId, { nowMs: clock.nowMs(), byTls: isByTls(request) });
      reply.code(204).header('set-cookie', cookie).header('cache-control', 'no-store').send('');
    } catch (error) {
      if (error instanceof Refusal) {
        gate.refused(error);
        for (const [name, value] of Object.entries(error.headers)) reply.header(name, value);
      }
      throw error;
    }
  }

  /** The browser forgets it. */
  @Delete()
  @Scope('open')
  end(@Req() request: GateRequest, @Res() reply: HttpReply): void {
    const { guarded } = this.access;
    if (guarded) reply.header('set-cookie', guarded.sessions.end(isByTls(request)));
    reply.code(204).header('cache-control', 'no-store').send('');
  }
}
