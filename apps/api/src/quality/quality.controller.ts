import type { ExpectationResult } from '@gondola/events';
import type { Clock } from '@gondola/stream';
import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { QualityStore, type QualityHour } from './quality-store.js';
import { parseQualityQuery, qualityCursors } from '../request.js';

export const QUALITY_CLOCK = Symbol('quality clock');

export interface QualityPage {
  /** Newest first. */
  readonly hours: readonly QualityHourView[];
  /** For `cursor`, null on the last page. */
  readonly nextCursor: string | null;
}

interface QualityHourView extends Omit<QualityHour, 'expectations'> {
  readonly expectations: readonly ExpectationView[];
}

type ExpectationView = Pick<ExpectationResult, 'checked' | 'failed' | 'share' | 'met'> &
  Pick<ExpectationResult['expectation'], 'name' | 'kind' | 'action' | 'atLeast'>;

/** How good the events of each source were, by hour of event time. */
@Controller('quality')
export class QualityController {
  constructor(
    @Inject(QualityStore) private readonly store: QualityStore,
    @Inject(QUALITY_CLOCK) private readonly clock: Pick<Clock, 'nowMs'>,
  ) {}

  @Get()
  @Header('cache-control', 'private, no-cache')
  list(@Query() query: unknown): QualityPage {
    const { filter, limit, after } = parseQualityQuery(query);
    const { hours, next } = this.store.query(filter, { limit, after, nowMs: this.clock.nowMs() });
    return {
      hours: hours.map(viewOf),
      nextCursor: qualityCursors.after(next === null ? null : { key: next }),
    };
  }
}

function viewOf({ expectations, ...hour }: QualityHour): QualityHourView {
  const views = expectations.map(({ expectation, checked, failed, share, met }) => {
    const { name, kind, action, atLeast } = expectation;
    return { name, kind, action, atLeast, checked, failed, share, met };
  });
  return { ...hour, expectations: views };
}
