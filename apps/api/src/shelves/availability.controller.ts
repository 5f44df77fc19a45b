import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { createAvailability, type ItemAvailability } from './availability.js';
import { BOARD, type BoardOptions } from '../board.controller.js';
import { CatalogNames } from '../lake/catalog-names.js';
import { IncidentStore } from '../incidents/incident-store.js';
import { badRequest } from '../refusals.js';
import { id, parse } from '../request.js';
import { SignalStore } from '../signals/signal-store.js';
import { isKnownStore } from './views.js';

const ITEMS_MAX = 200;
export const availabilityQuery = z.strictObject({
  store: id,
  item: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .describe(
      `up to ${ITEMS_MAX} of these; left out: all of which something else than "in stock" is to be said`,
    ),
});

export interface AvailabilityAnswer {
  readonly storeId: string;
  /** Of items that are not listed, where none were asked for; null: nothing can be said of this store now. */
  readonly otherwise: 'InStock' | null;
  readonly items: readonly ItemAvailability[];
}

/** For web pages and pickers: what they may say of items. */
@Controller('availability')
export class AvailabilityController {
  private readonly availability;
  private readonly isBlind: (storeId: string) => boolean;

  constructor(
    @Inject(SignalStore) store: SignalStore,
    @Inject(IncidentStore) incidents: IncidentStore,
    @Inject(CatalogNames) names: CatalogNames,
    @Inject(BOARD) { feed }: Pick<BoardOptions, 'feed'>,
  ) {
    // Silence of a store that nobody has heard of is no stock.
    const isKnown = (storeId: string) => isKnownStore(storeId, names, store);
    // Nor is that of a lake which this process has not read yet, or cannot read now.
    const isReading = () => feed.health().state === 'healthy';
    this.isBlind = (storeId) => !isReading() || !isKnown(storeId) || incidents.isBlind(storeId);
    this.availability = createAvailability(store, this.isBlind);
  }

  @Get()
  @Header('cache-control', 'private, max-age=5')
  list(@Query() query: unknown): AvailabilityAnswer {
    const { store: storeId, item } = parse(availabilityQuery, query);
    const itemIds = item === undefined ? null : [item].flat();
    if (itemIds && itemIds.length > ITEMS_MAX) throw badRequest('item', `item: must be at most ${ITEMS_MAX}`);
    const items = itemIds ? this.availability.of(storeId, itemIds) : this.availability.exceptionsOf(storeId);
    return { storeId, otherwise: this.isBlind(storeId) ? null : 'InStock', items };
  }
}
