import type { HttpReply } from '@gondola/nest';
import { Controller, Get, Header, Inject, NotFoundException, Query, Res } from '@nestjs/common';
import { z } from 'zod';
import { once } from '../cursors.js';
import { CatalogNames } from '../lake/catalog-names.js';
import { LOOP, type LoopAccess } from '../loop/verdicts.controller.js';
import { badRequest } from '../refusals.js';
import { id, parse, since } from '../request.js';
import { isKnownStore } from '../shelves/views.js';
import { SignalStore } from '../signals/signal-store.js';
import { DIVISIONS } from './grouping.js';
import type { InsightsQuestion } from './insights.js';
import type { InsightsAnswers } from './insights-answers.js';
import { KeptAnswers } from './kept-answers.js';
import { isZone, knownZone } from './local-day.js';
import { isThere, orLater } from './or-later.js';

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;
const HOURLY_DAYS_MAX = 31;

/** Injects `InsightsAnswers`. */
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
  private readonly kept: KeptAnswers;

  constructor(
    @Inject(INSIGHTS) answers: InsightsAnswers,
    @Inject(CatalogNames) private readonly names: CatalogNames,
    @Inject(SignalStore) private readonly signals: SignalStore,
    @Inject(LOOP) private readonly access: LoopAccess,
  ) {
    this.kept = new KeptAnswers(answers);
  }

  /** Of the last seven days unless one says otherwise; in whole hours, of which the last may still go on. */
  @Get()
  @Header('cache-control', 'private, no-cache')
  @Header('content-type', 'application/json; charset=utf-8')
  async list(@Query() query: unknown, @Res({ passthrough: true }) reply: HttpReply): Promise<Buffer> {
    const question = this.questionOf(parse(insightsQuery, query));
    const { storeId, by, city } = question;
    // The catalog is on this thread.
    const ofCatalog = by === 'store' || by === 'city' || city !== undefined;
    const stores = ofCatalog ? this.names.stores : new Map();
    const key = JSON.stringify([question, ofCatalog && this.names.version]);
    const asking = this.kept.of(key, { kind: 'insights', question, stores }, isThere(reply));
    const { json, knowsStore } = await orLater(asking);
    // A mistyped store must not read as one that sells nothing.
    if (!knowsStore && storeId !== undefined && !isKnownStore(storeId, this.names, this.signals))
      throw new NotFoundException({ detail: 'no store of this id is known' });
    return Buffer.from(json.buffer, json.byteOffset, json.byteLength);
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
