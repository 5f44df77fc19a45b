import type { ShelfEvents } from '@gondola/events';
import { SOLD_PARTS_MAX, UNITS_MAX } from './effects.js';
import type { EngineCopy } from './engine-copy.js';
import {
  EVENT_MS_MAX,
  FIRST,
  IS_AHEAD,
  LINE_DOUBLES,
  LOOK_MS,
  PLACE_INTS,
  SALE_MS,
  SLAB,
  TICK_END_MS,
  TICK_START_MS,
} from './engine-memory.js';
import type { KnownStores } from './known-stores.js';
import { HOUR_MS } from './local-time.js';
import type { Names } from './names.js';
import type { NewestStores } from './newest-stores.js';
import {
  CATEGORY,
  CURRENCY,
  FLAGS,
  NEXT_SOLD,
  NOTED,
  RECORD,
  RECORD_DOUBLES,
  RECORD_INTS,
  RECORD_SET_MS,
  RECORD_SHORTS,
  SILENT_SINCE_MS,
  TICK_SOLD,
  UNIT_PRICE,
} from './shelf-record.js';
import type { Slab } from './record-arena.js';
import { FLAG_COUNTED, NOTED_EPISODE, NOTED_SIGHTS, QUANTITY_PARTS } from './shelf-state.js';
import { forgetSights } from './sights.js';
import type { Signals } from './signals.js';
import { ringUp } from './store-watch.js';
import type { Signal } from '@gondola/events';

/** What is told of a sale besides its store and shelf. */
export interface SaleWitnesses {
  readonly signals: Signals | null;
  readonly copying: EngineCopy | null;
  readonly out: Signal[];
}

/**
 * The short way of nearly all events: a sale at a known shelf in the running hour, which ends no hour and asks for no look. It does
 * what the long way would (`applyRow` of the engine), and reads nothing but the store's line and the shelf's record.
 */
export class PlainSales {
  constructor(
    private readonly known: KnownStores,
    private readonly newest: NewestStores,
    private readonly currencies: Names,
    private readonly allowedLatenessMs: number,
  ) {}

  /** Applies the event if it is such a sale of this store and row; false: nothing was done. */
  take(events: ShelfEvents, at: number, store: number, row: number, witnesses: SaleWitnesses): boolean {
    const { home } = this.known;
    const { lines } = home;
    const line = store * LINE_DOUBLES;
    const atMs = Math.floor(events.eventTimeMs[at]);
    const parts = Math.round(events.quantity[at] * QUANTITY_PARTS);
    if (events.effect[at] !== 'sale' || !(parts > 0 && events.quantity[at] <= UNITS_MAX)) return false;
    const isNow = atMs >= lines[line + TICK_START_MS] && atMs < lines[line + TICK_END_MS] + HOUR_MS;
    if (!isNow || atMs >= lines[line + LOOK_MS] + this.allowedLatenessMs) return false;
    if (lines[line + IS_AHEAD] !== 0 || !this.newest.staysCalm(events.store[at], atMs)) return false;
    const place = store * PLACE_INTS;
    const slab = home.arena.slabs[home.places[place + SLAB]];
    const record = home.places[place + FIRST] + row;
    if (
      slab.shorts[record * RECORD_SHORTS + CATEGORY] === 0 &&
      !this.known.staysUnsorted(events.category[at])
    )
      return false;
    const { copying } = witnesses;
    if (copying) {
      copying.touchHeader(this.known.byNumber[store]);
      copying.touchRow(this.known.byNumber[store], row, 'record');
    }
    if (atMs > lines[line + EVENT_MS_MAX]) lines[line + EVENT_MS_MAX] = atMs;
    if (atMs > lines[line + SALE_MS]) lines[line + SALE_MS] = atMs;
    this.newest.see(events.store[at], atMs);
    const till = events.till?.[at] ?? null;
    if (till !== null) ringUp(this.known.byNumber[store].watch, till, atMs);
    const price = events.unitPrice[at];
    if (price >= 0) {
      slab.doubles[record * RECORD_DOUBLES + UNIT_PRICE] = price;
      slab.shorts[record * RECORD_SHORTS + CURRENCY] = this.currencies.idOf(events.currency[at]);
    }
    const isThisTick = atMs < lines[line + TICK_END_MS];
    this.sell(slab, record, { atMs, parts, isThisTick });
    const noted = slab.shorts[record * RECORD_SHORTS + NOTED];
    if (noted !== 0 || slab.doubles[record * RECORD_DOUBLES + RECORD] === 0)
      this.tell(store, row, noted, atMs, witnesses);
    return true;
  }

  private sell(
    { doubles, ints, shorts }: Slab,
    record: number,
    { atMs, parts, isThisTick }: { atMs: number; parts: number; isThisTick: boolean },
  ): void {
    const at = record * RECORD_DOUBLES;
    if (atMs > doubles[at + RECORD_SET_MS]) {
      doubles[at + RECORD] -= parts;
      shorts[record * RECORD_SHORTS + FLAGS] &= ~FLAG_COUNTED;
    }
    if (atMs > doubles[at + SILENT_SINCE_MS]) doubles[at + SILENT_SINCE_MS] = atMs;
    const sold = record * RECORD_INTS + (isThisTick ? TICK_SOLD : NEXT_SOLD);
    ints[sold] = Math.min(SOLD_PARTS_MAX, ints[sold] + parts);
  }

  private tell(
    store: number,
    row: number,
    noted: number,
    atMs: number,
    { signals, out }: SaleWitnesses,
  ): void {
    const state = this.known.byNumber[store];
    if ((noted & NOTED_SIGHTS) !== 0) forgetSights(state, row, atMs);
    const isEmptied = state.shelves.columns.record.at(row) === 0;
    if ((noted & NOTED_EPISODE) !== 0 || isEmptied) signals?.afterEvent(state, row, 'sold', atMs, out);
  }
}
