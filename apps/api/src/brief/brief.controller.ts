import { addVary, languageOf, type HttpReply, type HttpRequest } from '@gondola/nest';
import { Controller, Get, Header, Inject, NotFoundException, Query, Req, Res } from '@nestjs/common';
import { z } from 'zod';
import { BOARD, type BoardOptions } from '../board.controller.js';
import { once } from '../cursors.js';
import { CatalogNames } from '../lake/catalog-names.js';
import type { InsightsAnswers } from '../insights/insights-answers.js';
import { INSIGHTS } from '../insights/insights.controller.js';
import { isDay, knownZone, localDay } from '../insights/local-day.js';
import { isThere, orLater, refusalForNow } from '../insights/or-later.js';
import { id, parse } from '../request.js';
import { SignalStore } from '../signals/signal-store.js';
import { isKnownStore } from '../shelves/views.js';
import { briefOf } from './brief.js';
import type { BriefAnswer } from './brief-answer.js';
import { linesOf } from './brief-words.js';
import { prefersText } from './prefers-text.js';

export const briefQuery = z.strictObject({
  store: id,
  day: z
    .string(once)
    .refine(isDay, 'must be a day, like 2026-05-01')
    .optional()
    .describe("whose morning; the store's own today when left out"),
  format: z
    .enum(['json', 'text'], 'must be one of json, text')
    .optional()
    .describe('text: the ten lines alone, as `text/plain`; what `accept` prefers when left out'),
});

/** What a manager reads before the doors open. */
@Controller('brief')
export class BriefController {
  constructor(
    @Inject(INSIGHTS) private readonly insights: InsightsAnswers,
    @Inject(SignalStore) private readonly signals: SignalStore,
    @Inject(CatalogNames) private readonly names: CatalogNames,
    @Inject(BOARD) private readonly options: Pick<BoardOptions, 'clock'>,
  ) {}

  /** In the language that is asked for, Spanish or English. */
  @Get()
  @Header('cache-control', 'private, no-cache')
  async get(
    @Query() query: unknown,
    @Req() { headers }: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<BriefAnswer | string> {
    const { store: storeId, day: asked, format: wanted } = parse(briefQuery, query);
    // Until the lake was read, no store is known.
    if (this.insights.later) throw refusalForNow(this.insights.later);
    // A mistyped store must not read as a perfect day.
    if (!isKnownStore(storeId, this.names, this.signals))
      throw new NotFoundException({ detail: 'no store of this id is known' });
    const nowMs = this.options.clock.nowMs();
    const zone = knownZone(this.names.store(storeId)?.timeZone);
    const day = asked ?? localDay(nowMs, zone);
    const language = languageOf(headers['accept-language']);
    const { names } = this;
    const asking = this.insights.answer({ kind: 'brief', question: { storeId, day, zone } }, isThere(reply));
    const sums = await orLater(asking);
    const brief = briefOf({ storeId, day, zone, nowMs }, { sums, names, open: this.signals.open(storeId) });
    const lines = linesOf(brief, language);
    addVary(reply, 'accept-language');
    addVary(reply, 'accept');
    reply.header('content-language', language);
    const isText = wanted === undefined ? prefersText(headers.accept) : wanted === 'text';
    if (!isText) return { ...brief, lines };
    reply.header('content-type', 'text/plain; charset=utf-8');
    return `${lines.join('\n')}\n`;
  }
}
