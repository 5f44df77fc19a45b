import type { KpiOptions } from '@gondola/kpi';
import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { once } from '../cursors.js';
import { CatalogNames } from '../lake/catalog-names.js';
import { LOOP, type LoopAccess } from '../loop/verdicts.controller.js';
import { badRequest, lakeIsStillRead } from '../refusals.js';
import { id, parse, since } from '../request.js';
import { DIVISIONS } from './grouping.js';
import { insightsOf, type InsightsQuestion } from './insights.js';
import type { InsightsAnswer } from './insights-answer.js';
import type { InsightsFeed } from './insights-feed.js';
import { isZone, knownZone } from './local-day.js';

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;
const HOURLY_DAYS_MAX = 31;
/** Answers that are kept until the books change: a board asks the same again and again. */
const ANSWERS_MAX = 32;

export interface InsightsAccess {
  readonly feed: Pick<InsightsFeed, 'books' | 'version' | 'historyFromMs'>;
  readonly options: KpiOptions;
}
export const INSIGHTS = Symbol('insights');

const zone = z
  .string(once)
  .refine(isZone, 'must be a time zone, like America/Santiago')
  .describe("by whose clocks hours, days and weeks begin; the store's own when one is named, else UTC");

export const insightsQuery = z.strictObject({
  store: id.optional(),
  category: id.optional(),
  city: id.optional(),
  since: since.optional(),
  until: since.optional(),
  by: z.enum(DIVISIONS, `must be one of ${DIVISIONS.join(', ')}`).optional(),
  zone: zone.optional(),
});

@Controller('insights')
export class InsightsController {
  private answers = new Map<string, InsightsAnswer>();
  private answersVersion = -1;

  constructor(
    @Inject(INSIGHTS) private readonly insights: InsightsAccess,
    @Inject(CatalogNames) private readonly names: CatalogNames,
    @Inject(LOOP) private readonly access: LoopAccess,
  ) {}

  /** Of the last seven days unless one says otherwise; in whole hours, of which the last may still go on. */
  @Get()
  @Header('cache-control', 'private, no-cache')
  list(@Query() query: unknown): InsightsAnswer {
    const question = this.questionOf(parse(insightsQuery, query));
    const { feed, options } = this.insights;
    const { books, version, historyFromMs } = feed;
    if (!books) throw lakeIsStillRead();
    if (this.answersVersion !== version) this.answers.clear();
    this.answersVersion = version;
    // Cities and names of stores come from the catalog.
    const key = JSON.stringify([question, this.names.stores.size]);
    const known = this.answers.get(key);
    if (known) return known;
    const answer = { ...insightsOf(books, question, { names: this.names, options }), historyFromMs };
    this.answers.set(key, answer);
    for (const oldest of [...this.answers.keys()].slice(0, -ANSWERS_MAX)) this.answers.delete(oldest);
    return answer;
  }

  private questionOf(asked: z.output<typeof insightsQuery>): InsightsQuestion {
    const { store: storeId, category, city, by = null } = asked;
    const untilHour = Math.ceil((asked.until ?? this.access.clock.nowMs()) / HOUR_MS);
    const fromHour = asked.since === undefined ? untilHour - WEEK_HOURS : Math.floor(asked.since / HOUR_MS);
    if (fromHour >= untilHour) throw badRequest('since', 'since: must be before until');
    const hoursMax = (by === 'hour' ? HOURLY_DAYS_MAX : 3_660) * 24;
    if (untilHour - fromHour > hoursMax)
      throw badRequest('since', `since: must be at most ${hoursMax / 24} days before until`);
    const ofStore = storeId === undefined ? undefined : this.names.store(storeId)?.timeZone;
    return { storeId, category, city, fromHour, untilHour, by, zone: asked.zone ?? knownZone(ofStore) };
  }
}
