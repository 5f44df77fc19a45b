import type { LoopNumbers } from '@gondola/kpi';
import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { badRequest } from '../refusals.js';
import { id, parse, since } from '../request.js';
import { RunningNumbers } from './running-numbers.js';
import { LOOP, type LoopAccess } from './verdicts.controller.js';

const WEEK_MS = 7 * 86_400_000;
export const kpisQuery = z.strictObject({
  store: id.optional(),
  since: since.optional(),
  until: since.optional(),
});

@Controller('kpis')
export class KpisController {
  constructor(
    @Inject(RunningNumbers) private readonly numbers: RunningNumbers,
    @Inject(LOOP) private readonly access: LoopAccess,
  ) {}

  /** Of the last seven days unless one says otherwise, as far as their signals are kept. */
  @Get()
  @Header('cache-control', 'private, no-cache')
  async list(@Query() query: unknown): Promise<LoopNumbers> {
    const { store, since: from, until } = parse(kpisQuery, query);
    // The clock's own moment is still within.
    const untilMs = until ?? this.access.clock.nowMs() + 1;
    const fromMs = from ?? untilMs - WEEK_MS;
    if (fromMs >= untilMs) throw badRequest('since', 'since: must be before until');
    return this.numbers.of(store, { fromMs, untilMs });
  }
}
