import type { TokenBucket } from '@gondola/access';
import { languageOf, type HttpReply, type HttpRequest } from '@gondola/nest';
import type { Clock } from '@gondola/stream';
import { Controller, Get, Header, Inject, NotFoundException, Param, Post, Req, Res } from '@nestjs/common';
import { refuse } from '../refusals.js';
import type { DocumentIndex } from './document-index.js';
import { textOf, type Document } from './documents.js';
import { readAsked } from './explain-request.js';
import type { Explainer } from './explainer.js';

/** Injects an `ExplainAccess`. */
export const EXPLAIN = Symbol('explain');

export interface ExplainAccess {
  readonly explainer: Explainer;
  readonly index: DocumentIndex;
  readonly rate: TokenBucket;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Whether who asks may: that takes more than to read signals. */
  readonly mayReadQuarantine: (request: HttpRequest) => boolean;
  readonly questionCharactersMax: number;
}

/** What answers quote. */
export interface DocumentView {
  readonly id: string;
  readonly kind: Document['kind'];
  readonly name: string;
  /** One line for each thing that it says; commands and tables are left out. */
  readonly text: string;
}

/** Questions in Spanish or English, answered from rows, contracts and runbooks that each sentence cites. */
@Controller('rag')
export class ExplainController {
  constructor(@Inject(EXPLAIN) private readonly access: ExplainAccess) {}

  @Post('explain')
  async explain(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const { explainer, questionCharactersMax, mayReadQuarantine } = this.access;
    const language = languageOf(request.headers['accept-language']);
    const asked = await readAsked(request, { questionCharactersMax, language });
    this.takeOne();
    const answer = await explainer.explain(asked, { mayReadQuarantine: mayReadQuarantine(request) });
    reply
      .code(200)
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-language', answer.language)
      .send(JSON.stringify(answer));
  }

  /** Errors: 429. */
  private takeOne(): void {
    const { rate, clock } = this.access;
    const waitSeconds = rate.waitSeconds(clock.nowMs());
    if (waitSeconds === 0) return rate.take(1, clock.nowMs());
    throw refuse(429, 'too many questions: try again in a moment', { retryAfterSeconds: waitSeconds });
  }

  @Get('documents/:id')
  @Header('cache-control', 'private, no-cache')
  document(@Param('id') documentId: string): DocumentView {
    const document = this.access.index.documentOf(documentId);
    if (!document) throw new NotFoundException({ detail: 'there is no such contract or runbook' });
    const { id, kind, name } = document;
    return { id, kind, name, text: textOf(document) };
  }
}
