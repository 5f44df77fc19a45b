import type { HttpReply } from '@gondola/nest';
import { Controller, Get, Header, Inject, NotFoundException, Param, Query, Res } from '@nestjs/common';
import { BOARD, type BoardOptions } from '../board.controller.js';
import { CatalogNames, type StoreName } from '../lake/catalog-names.js';
import { IncidentStore } from '../incidents/incident-store.js';
import { shelfHours, type ShelfHour } from './shelf-hours.js';
import { firstOf } from '../cursors.js';
import {
  parse,
  parseShelvesQuery,
  shelfCursors,
  storeCursors,
  storeShelfCursors,
  storeShelvesQuery,
  storesQuery,
} from '../request.js';
import { AnswerCache, answerJson } from '../signals/answer-cache.js';
import type { WellShelf } from '../signals/shelf-states.js';
import { SignalStore } from '../signals/signal-store.js';
import { OpenNow } from './open-now.js';
import { StoreSights } from './store-sights.js';
import {
  byOpenTotal,
  NAMED,
  storeSummaries,
  topShelves,
  type NamedSignal,
  type SignalView,
  type StoreSummary,
} from './views.js';

const HISTORY_SIGNALS_MAX = 200;

/** One shelf. `newest` carries units sold and expected of the 24 hours before it. */
export interface ShelfView {
  readonly storeId: string;
  readonly itemId: string;
  readonly storeName: string | null;
  readonly city: string | null;
  readonly itemName: string | null;
  /** Where the item stands in the store, as its people say it; null: nobody said. */
  readonly bay: string | null;
  /** Newest signal of the episode that is open, null when the shelf is well again. */
  readonly open: NamedSignal | null;
  readonly newest: NamedSignal;
  /** What is kept, newest first. */
  readonly history: readonly NamedSignal[];
  /** Sold, expected, on hand and probability, oldest first; hours of which no kept signal speaks are left out. */
  readonly hours: readonly ShelfHour[];
}

export interface StoresAnswer {
  /** Every store of the catalog or of a signal, those with most open shelves first. */
  readonly stores: readonly StoreSummary[];
  /** All of them, also those of other pages. */
  readonly total: number;
  /** For `cursor`, null on the last page. A store where shelves open or close meanwhile may come twice or be missed. */
  readonly nextCursor: string | null;
}

export interface ShelvesAnswer {
  /** Open shelves, those that lose most first. */
  readonly shelves: readonly NamedSignal[];
  /** All of them, also those of other pages. */
  readonly total: number;
  /** For `cursor`, null on the last page. A shelf whose loss changes meanwhile may come twice or be missed. */
  readonly nextCursor: string | null;
}

export interface StoreShelvesAnswer {
  readonly storeId: string;
  /** Those that lose most first. */
  readonly open: readonly NamedSignal[];
  /** Of which a signal was open, since when none is any more; after the open ones, by item. */
  readonly well: readonly WellShelf[];
  /** For `cursor`, null on the last page. A shelf that opens, closes or loses more meanwhile may come twice or be missed. */
  readonly nextCursor: string | null;
}

@Controller()
export class ShelvesController {
  constructor(
    @Inject(SignalStore) private readonly store: SignalStore,
    @Inject(CatalogNames) private readonly names: CatalogNames,
    @Inject(NAMED) private readonly named: SignalView,
    @Inject(IncidentStore) private readonly incidents: IncidentStore,
    @Inject(StoreSights) private readonly sights: StoreSights,
    @Inject(BOARD) private readonly board: BoardOptions,
    @Inject(AnswerCache) private readonly answers: AnswerCache,
    @Inject(OpenNow) private readonly openNow: OpenNow,
  ) {}

  @Get('stores')
  @Header('cache-control', 'private, no-cache')
  async stores(@Query() query: unknown): Promise<StoresAnswer> {
    const { limit, cursor: after } = parse(storesQuery, query);
    const nowMs = this.board.clock.nowMs();
    const tallyIn = await this.openNow.tallies();
    const sightOf = (id: string) => this.sights.of(id, nowMs);
    const all = storeSummaries(this.store, this.names, sightOf, tallyIn);
    const rest = after ? all.filter((one) => byOpenTotal(after, one) < 0) : all;
    const { page, last } = firstOf(rest, limit);
    return { stores: page, total: all.length, nextCursor: storeCursors.after(last) };
  }

  /** `folded=true`: without those of an item's line. */
  @Get('shelves')
  @Header('cache-control', 'private, no-cache')
  shelves(@Query() query: unknown, @Res({ passthrough: true }) reply: HttpReply): Buffer {
    return this.answers.answer(reply, ['shelves', query], () => this.openShelves(query));
  }

  private openShelves(query: unknown): Buffer {
    const { filter, folded, limit, after } = parseShelvesQuery(query);
    const except = folded ? this.incidents.isFolded : undefined;
    const { shelves, total } = topShelves(this.store, { ...filter, except }, limit + 1, after);
    const { page, last } = firstOf(shelves, limit);
    return answerJson<ShelvesAnswer, 'shelves'>(
      { shelves: page.map(this.named.json) },
      { total, nextCursor: shelfCursors.after(last) },
    );
  }

  /** Every shelf of a store that signals speak of: those that lose most first, then those that are well. */
  @Get('stores/:store/shelves')
  @Header('cache-control', 'private, no-cache')
  @Header('content-type', 'application/json; charset=utf-8')
  shelvesOfStore(@Param('store') storeId: string, @Query() query: unknown): Buffer {
    // Not among the answers that are kept: a chain has a thousand stores, and all boards ask for the same few pages.
    const { limit, cursor: after = null } = parse(storeShelvesQuery, query);
    // A place without an open shelf is one among those that are well.
    const isPastOpen = after !== null && after.open === null;
    const shelves = isPastOpen ? [] : topShelves(this.store, { storeId }, limit + 1, after?.open).shelves;
    const { page: open, last } = firstOf(shelves, limit);
    const wellAfter = isPastOpen ? after.well : '';
    const well = last ? [] : this.store.wellOf(storeId).filter(({ itemId }) => itemId > wellAfter);
    const page = well.slice(0, limit - open.length);
    const lastWell = page.length < well.length ? (page.at(-1)?.itemId ?? wellAfter) : null;
    const place = last ? { open: last, well: '' } : lastWell === null ? null : { open: null, well: lastWell };
    return answerJson<StoreShelvesAnswer, 'open'>(
      { open: open.map(this.named.json) },
      { storeId, well: page, nextCursor: storeShelfCursors.after(place) },
    );
  }

  @Get('shelves/:store/:item')
  @Header('cache-control', 'private, no-cache')
  shelf(@Param('store') storeId: string, @Param('item') itemId: string): ShelfView {
    const shelf = this.store.shelf(storeId, itemId);
    if (!shelf) throw new NotFoundException({ detail: 'no signal of this shelf is kept' });
    const { signals } = this.store.query({ storeId, itemId }, HISTORY_SIGNALS_MAX);
    const { name: storeName, city }: Partial<StoreName> = this.names.store(storeId) ?? {};
    return {
      storeId,
      itemId,
      storeName: storeName ?? null,
      city: city ?? null,
      itemName: this.names.item(itemId),
      bay: this.names.places.bayOf(storeId, itemId),
      open: shelf.open && this.named(shelf.open),
      newest: this.named(shelf.newest),
      history: signals.map(this.named),
      hours: shelfHours(signals),
    };
  }
}
