import type { ShelfEvents, SightEffect } from '@gondola/events';
import type { DetectConfig } from './config.js';
import { applyEffect, ORDER_EFFECTS, UNITS_MAX, type ShelfEvent } from './effects.js';
import type { EngineCounts, EngineOptions } from './engine-options.js';
import { FoundRows, ROWS_AT_ONCE } from './found-rows.js';
import type { KnownStores } from './known-stores.js';
import { catchUp } from './late-sale.js';
import { lookOf } from './look.js';
import type { Model } from './model.js';
import type { NewestStores } from './newest-stores.js';
import { PlainSales, type SaleWitnesses } from './plain-sales.js';
import { applySight, isSight, sightWeightsOf, type SightWeights } from './sights.js';
import type { EngineNames } from './snapshot.js';
import { believedMs, type StoreState } from './store-state.js';
import { watchEvent } from './store-watch.js';

/** The engine that events are applied to. */
export interface EventHost {
  readonly config: DetectConfig;
  readonly counts: EngineCounts;
  readonly names: EngineNames;
  readonly known: KnownStores;
  readonly newest: NewestStores;
  /** Ends every hour of the store that ends at or before that, and looks at it if a look is due. */
  tickUntil(store: StoreState, untilMs: number): void;
}

/** What may be another with every call. */
export interface Present extends SaleWitnesses {
  readonly model: Model;
  readonly onLook: EngineOptions['onLook'];
  /** Row for each signal of `out`. */
  readonly causedBy: number[];
}

/** An event whose store has been moved to its time. */
interface Arrived {
  readonly effect: ShelfEvent['effect'];
  readonly store: StoreState;
  readonly atMs: number;
  /** Row of its shelf, -1 when it was not known when the batch came; number of its item, 0 when that was not. */
  readonly found: number;
  readonly item: number;
}

interface Sweep {
  readonly untilMs: number;
  readonly stores: IterableIterator<StoreState>;
  /** Applies the event. */
  readonly goOn: () => void;
}

/** What one event after another does, in the order of their partition. */
export class EventPath {
  private readonly sightWeights: SightWeights;
  private readonly found: FoundRows;
  private readonly plain: PlainSales;
  /** Stores that lag behind and are being moved on, before the event that showed it is applied. */
  private sweep: Sweep | null = null;

  constructor(
    private readonly host: EventHost,
    private now: Present,
  ) {
    const { config, known, newest, names } = host;
    this.sightWeights = sightWeightsOf(config);
    this.found = new FoundRows(known, names.items);
    this.plain = new PlainSales(known, newest, names.currencies, config.allowedLatenessMs);
  }

  /** Whether the last event is not applied yet, for stores that are moved before it. */
  get isSweeping(): boolean {
    return this.sweep !== null;
  }

  /** Goes on at a row until so many shelves were ticked; returns the next row. What is left of a sweep comes before it. */
  applyFrom(events: ShelfEvents, start: number, shelvesMax: number, now: Present): number {
    this.now = now;
    const { counts } = this.host;
    const until = counts.tickedShelves + shelvesMax;
    if (this.sweep && !this.goOnSweeping(until)) return start;
    this.blame(start - 1);
    let at = start;
    while (at < events.rows && counts.tickedShelves < until)
      at = this.applyFound(events, at, Math.min(events.rows, at + ROWS_AT_ONCE), until);
    counts.rows += at - start;
    return at;
  }

  /** Rows before `end`. A function of its own, as V8 compiles one that is called anew, not each time one that loops for long. */
  private applyFound(events: ShelfEvents, from: number, end: number, until: number): number {
    const { found, plain, now } = this;
    const { counts } = this.host;
    found.find(events, from, end);
    let at = from;
    for (; at < end && counts.tickedShelves < until; at++) {
      const shelf = found.rows[at - from];
      if (shelf < 0 || !plain.take(events, at, found.stores[at - from], shelf, now))
        this.applyRow(events, at, shelf, found.items[at - from]);
      if (this.sweep && !this.goOnSweeping(until)) continue;
      this.blame(at);
    }
    return at;
  }

  private applyRow(events: ShelfEvents, row: number, found: number, item: number): void {
    const effect = events.effect[row];
    // Detection thinks in whole milliseconds.
    const toldMs = Math.floor(events.eventTimeMs[row]);
    const quantity = events.quantity[row];
    if (effect === 'ignore' || !Number.isFinite(quantity) || !Number.isFinite(toldMs)) return;
    if (isSight(effect)) return this.see(events, row, effect, toldMs);
    if (Math.abs(quantity) > UNITS_MAX) return void this.host.counts.oddRows++;
    const store = this.host.known.storeOf(events.store[row], toldMs);
    this.now.copying?.touchHeader(store);
    const atMs = believedMs(store, toldMs);
    if (atMs !== toldMs) this.host.counts.aheadRows++;
    // The clocks of systems that order are not those of the store.
    const goOn = () => this.applyAt(events, row, { effect, store, atMs, found, item });
    if (ORDER_EFFECTS.has(effect)) goOn();
    else this.moveWatermarks(store, atMs, goOn);
  }

  private applyAt(events: ShelfEvents, row: number, { effect, store, atMs, found, item }: Arrived): void {
    const quantity = events.quantity[row];
    const late = atMs < store.tickStartMs;
    const [itemId, category] = [events.item[row], events.category[row]];
    // A sale of the running hour changes the record alone; others may move the belief too.
    const part = effect === 'sale' && !late ? 'record' : 'all';
    const shelf = this.host.known.meet(
      store,
      found,
      { itemId, item, category, atMs, part },
      this.now.copying,
    );
    const price = events.unitPrice[row];
    if (effect === 'sale' && price >= 0) {
      store.shelves.columns.unitPrice.set(shelf, price);
      store.shelves.columns.currency.set(shelf, this.host.names.currencies.idOf(events.currency[row]));
    }
    if (late) this.host.counts.lateRows++;
    watchEvent(store.watch, { effect, atMs, till: events.till?.[row] ?? null, late });
    if (effect === 'count') this.now.onLook?.(lookOf(events, row, shelf));
    const document = events.document?.[row] ?? null;
    const dueMs = events.dueMs?.[row] ?? NaN;
    const moved = applyEffect(
      store,
      shelf,
      { effect, quantity, atMs, late, document, dueMs },
      this.now.model,
    );
    if (moved === 'repeated') this.host.counts.repeatedRows++;
    else if (moved !== null) this.now.signals?.afterEvent(store, shelf, moved, atMs, this.now.out);
    else if (late && effect === 'sale' && quantity > 0) this.catchUp(store, shelf, atMs);
  }

  private catchUp(store: StoreState, shelf: number, atMs: number): void {
    if (atMs < store.watch.seenUntilMs) return;
    this.now.signals?.afterEvent(store, shelf, 'sold', atMs, this.now.out);
    catchUp(store, shelf, atMs, this.now.model);
  }

  /** A visit makes no store and no shelf known: people look at what a store never had. */
  private see(events: ShelfEvents, row: number, effect: SightEffect, atMs: number): void {
    const store = this.host.known.byId.get(events.store[row]);
    if (!store) return;
    this.now.copying?.touchHeader(store);
    this.moveWatermarks(store, atMs, () => this.seeAt(events, row, { effect, store, atMs }));
  }

  private seeAt(
    events: ShelfEvents,
    row: number,
    { effect, store, atMs }: { effect: SightEffect; store: StoreState; atMs: number },
  ): void {
    const shelf = this.host.known.rowOf(store, events.item[row]);
    if (shelf < 0) return;
    this.now.copying?.touchRow(store, shelf, 'all');
    if (atMs < store.tickStartMs) {
      this.host.counts.lateRows++;
      return;
    }
    const sight = { effect, atMs, session: events.session?.[row] ?? null };
    const change = applySight(store, shelf, sight, this.sightWeights);
    if (change !== 0)
      this.now.signals?.afterEvent(store, shelf, change > 0 ? 'sight_up' : 'sight_down', atMs, this.now.out);
  }

  /** Ends what hours are over since this event, and then goes on with it. */
  private moveWatermarks(store: StoreState, atMs: number, goOn: () => void): void {
    if (atMs > store.eventMsMax) {
      store.eventMsMax = atMs;
      const watermarkMs = atMs - this.host.config.allowedLatenessMs;
      if (watermarkMs >= store.lookMs) this.host.tickUntil(store, watermarkMs);
    }
    const untilMs = this.host.newest.see(store.storeId, atMs);
    if (untilMs === null) goOn();
    else this.sweep = { untilMs, stores: this.host.known.byId.values(), goOn };
  }

  /** Moves stores that lag behind, until so many shelves were ticked in all; true when it is done and its event was applied. */
  private goOnSweeping(until: number): boolean {
    const { sweep } = this;
    if (!sweep) return true;
    for (const store of sweep.stores) {
      this.host.tickUntil(store, sweep.untilMs);
      if (this.host.counts.tickedShelves >= until) return false;
    }
    this.sweep = null;
    sweep.goOn();
    return true;
  }

  /** The row made known what is new. */
  private blame(row: number): void {
    const { causedBy, out } = this.now;
    while (causedBy.length < out.length) causedBy.push(row);
  }
}
