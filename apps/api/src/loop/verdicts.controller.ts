import type { ShelfVerdict } from '@gondola/events';
import { Scope, type HttpReply, type HttpRequest } from '@gondola/nest';
import type { Clock } from '@gondola/stream';
import { Controller, Get, Header, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { firstOf } from '../cursors.js';
import { OneAtATime } from '../one-at-a-time.js';
import { refuse } from '../refusals.js';
import { SignalStore } from '../signals/signal-store.js';
import {
  completedVerdict,
  parseVerdictsQuery,
  readVerdict,
  verdictCursors,
  type VerdictBody,
} from './verdict-request.js';
import { VerdictStore, viewOf, type VerdictView } from './verdict-store.js';

/** Why a verdict is not taken, as quarantine would say it. */
interface VerdictRefusal {
  readonly reason: string;
  readonly pointer: string;
  readonly message: string;
}

/** Where verdicts go: the stream of events, as the collector writes it. */
export interface VerdictWriter {
  /** Whoever sends it may judge; null: no token is good for that. */
  readonly token: string | null;
  /** Null: the stream has it. Errors: those of the stream; then it may be sent again. */
  write(
    event: { readonly eventId: string; readonly data: object },
    nowMs: number,
  ): Promise<VerdictRefusal | null>;
}

/** Injects a `LoopAccess`. */
export const LOOP = Symbol('closed loop');

export interface LoopAccess {
  /** Null: this process was not told where verdicts go. */
  readonly writer: VerdictWriter | null;
  readonly clock: Pick<Clock, 'nowMs'>;
}

const WAITING_MAX = 256;

export interface VerdictsAnswer {
  /** Newest first. */
  readonly verdicts: readonly VerdictView[];
  /** For `cursor`, null on the last page. */
  readonly nextCursor: string | null;
}

/** What people who looked say of signals and checks: `retail.stockout.verdict`. */
@Controller('verdicts')
export class VerdictsController {
  /** A repeat waits for the first of its id, and finds it known. */
  private readonly writing = new OneAtATime(WAITING_MAX);

  constructor(
    @Inject(LOOP) private readonly access: LoopAccess,
    @Inject(SignalStore) private readonly signals: SignalStore,
    @Inject(VerdictStore) private readonly verdicts: VerdictStore,
  ) {}

  @Get()
  @Header('cache-control', 'private, no-cache')
  list(@Query() query: unknown): VerdictsAnswer {
    const { filter, limit, after } = parseVerdictsQuery(query);
    const { page, last } = firstOf(this.verdicts.query(filter, limit + 1, after), limit);
    return { verdicts: page, nextCursor: verdictCursors.after(last) };
  }

  /** 202 once the stream has it; 200 for a repeat of what is known, 409 for another one under its id. */
  @Post()
  @Scope('verdict')
  async take(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const { writer } = this.access;
    if (!writer)
      throw refuse(409, 'this api takes no verdicts: set verdicts.stream, the stream of events', {
        door: 'POST /v1/events of the collector takes them as retail.stockout.verdict',
      });
    const body = await readVerdict(request);
    if (this.writing.isFull) throw refuse(503, 'too many send verdicts: try again in a moment');
    const { status, verdict } = await this.writing.run(() => this.write(writer, body));
    reply
      .code(status)
      .header('content-type', 'application/json; charset=utf-8')
      .send(JSON.stringify(viewOf(verdict, false)));
  }

  private async write(
    writer: VerdictWriter,
    body: VerdictBody,
  ): Promise<{ readonly status: number; readonly verdict: ShelfVerdict }> {
    const nowMs = this.access.clock.nowMs();
    const verdict = completedVerdict(body, {
      signalOf: (id) => this.signals.signalOf(id),
      verdictOf: (id) => this.verdicts.get(id),
      nowMs,
    });
    const before = this.verdicts.get(verdict.eventId);
    if (before) {
      if (isSame(before, verdict)) return { status: 200, verdict: before };
      throw refuse(409, `${verdict.eventId} is another verdict already`, { parameter: 'eventId' });
    }
    const { atMs: at, ...fields } = verdict;
    const { actor = null, note = null } = body;
    const data = { ...fields, at: new Date(at).toISOString(), actor, note };
    const refusal = await writer.write({ eventId: verdict.eventId, data }, nowMs);
    if (refusal) {
      const { message, reason, pointer } = refusal;
      throw refuse(422, message, { reason, pointer });
    }
    this.verdicts.add([verdict]);
    return { status: 202, verdict };
  }
}

const isSame = (left: ShelfVerdict, right: ShelfVerdict): boolean =>
  left.verdict === right.verdict &&
  left.signalId === right.signalId &&
  left.checkId === right.checkId &&
  left.undoes === right.undoes;
