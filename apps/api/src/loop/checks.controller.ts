import type { Clock } from '@gondola/stream';
import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { once } from '../cursors.js';
import { CatalogNames } from '../lake/catalog-names.js';
import { OneAtATime } from '../one-at-a-time.js';
import { refuse } from '../refusals.js';
import { id, parse } from '../request.js';
import { localDay } from '../insights/local-day.js';
import { DrawnShelves } from './drawn-shelves.js';
import { LOOP, type LoopAccess } from './verdicts.controller.js';
import { VerdictStore } from './verdict-store.js';

const READERS_MAX = 64;
export const checksQuery = z.strictObject({
  store: id,
  day: z
    .string(once)
    .regex(/^\d{4}-\d\d-\d\d$/, 'must be a day, like 2026-05-01')
    .optional(),
});

interface CheckView {
  readonly checkId: string;
  readonly storeId: string;
  readonly itemId: string;
  readonly itemName: string | null;
  /** Somebody has answered it. */
  readonly done: boolean;
}

export interface ChecksAnswer {
  /** Of the store's own clock. */
  readonly day: string;
  readonly checks: readonly CheckView[];
}

/** Shelves drawn by lot, to be looked at like any other: nothing here says whether there is a signal. */
@Controller('checks')
export class ChecksController {
  private readonly reading = new OneAtATime(READERS_MAX);

  constructor(
    @Inject(DrawnShelves) private readonly drawn: DrawnShelves,
    @Inject(CatalogNames) private readonly names: CatalogNames,
    @Inject(VerdictStore) private readonly verdicts: VerdictStore,
    @Inject(LOOP) private readonly access: LoopAccess & { readonly clock: Pick<Clock, 'nowMs'> },
  ) {}

  /** Of one store on one day, its own today unless one is named. */
  @Get()
  @Header('cache-control', 'private, no-cache')
  async list(@Query() query: unknown): Promise<ChecksAnswer> {
    const { store: storeId, day: asked } = parse(checksQuery, query);
    const day = asked ?? localDay(this.access.clock.nowMs(), this.names.store(storeId)?.timeZone);
    if (this.reading.isFull) throw refuse(503, 'too many ask for checks: try again in a moment');
    const shelves = await this.reading.run(() => this.drawn.of(storeId, day));
    const checks = shelves.map(({ checkId, itemId }) => ({
      ...{ checkId, storeId, itemId, itemName: this.names.item(itemId) },
      done: this.verdicts
        .query({ checkId }, 100)
        .some(({ undone, verdict }) => !undone && verdict !== 'UNDO'),
    }));
    return { day, checks };
  }
}
