import type { GateRequest, HttpReply } from '@gondola/nest';
import {
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Param,
  Query,
  Req,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import { SESSIONS, type SessionAccess } from '../access/session.controller.js';
import { AnswerCache, answerJson } from './answer-cache.js';
import { IncidentStore } from '../incidents/incident-store.js';
import { parseSignalsQuery, parseStreamQuery, signalCursors } from '../request.js';
import { SignalStore } from './signal-store.js';
import { SignalStream } from './signal-stream.js';
import { NAMED, type NamedSignal, type SignalView } from '../shelves/views.js';

export interface SignalsPage {
  /** Newest first. */
  readonly signals: readonly NamedSignal[];
  /** For `cursor`, null on the last page. */
  readonly nextCursor: string | null;
}

@Controller('signals')
export class SignalsController {
  constructor(
    @Inject(SignalStore) private readonly store: SignalStore,
    @Inject(SignalStream) private readonly stream: SignalStream,
    @Inject(NAMED) private readonly named: SignalView,
    @Inject(IncidentStore) private readonly incidents: IncidentStore,
    @Inject(SESSIONS) private readonly access: SessionAccess,
    @Inject(AnswerCache) private readonly answers: AnswerCache,
  ) {}

  @Get()
  @Header('cache-control', 'private, no-cache')
  list(@Query() query: unknown, @Res({ passthrough: true }) reply: HttpReply): Buffer {
    return this.answers.answer(reply, ['signals', query], () => this.page(query));
  }

  private page(query: unknown): Buffer {
    const { filter, folded, limit, after } = parseSignalsQuery(query);
    const except = folded ? this.incidents.isFolded : undefined;
    const { signals, next } = this.store.query({ ...filter, except }, limit, after);
    return answerJson<SignalsPage, 'signals'>(
      { signals: signals.map(this.named.json) },
      { nextCursor: signalCursors.after(next) },
    );
  }

  /** `event: signal` for each arrival; `event: reset` when signals were missed that `Last-Event-ID` cannot bring back. */
  @Get('stream')
  follow(@Query() query: unknown, @Req() request: GateRequest, @Res() reply: HttpReply): void {
    const filter = parseStreamQuery(query);
    if (this.stream.isFull)
      throw new ServiceUnavailableException({ detail: 'too many clients follow signals already' });
    const lastEventId = request.headers['last-event-id'];
    reply.hijack();
    reply.raw.writeHead(200, {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.stream.open(reply.raw, filter, {
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
      // Keys are taken back and tokens end while a stream goes on.
      mayStay: () => this.access.gate.mayStay(request),
    });
  }

  /** With its receipt: what it was made from. */
  @Get(':id')
  @Header('cache-control', 'private, no-cache')
  one(@Param('id') signalId: string): NamedSignal {
    const signal = this.store.signalOf(signalId);
    if (!signal) throw new NotFoundException({ detail: 'no signal of this id is kept' });
    return this.named(signal);
  }
}
