import type { NumberedIncident, ShelfEvents, SightEffect, Signal } from '@gondola/events';
import { detectConfigSchema, type DetectConfig } from './config.js';
import { applyEffect, ORDER_EFFECTS, UNITS_MAX } from './effects.js';
import { Incidents } from './incidents.js';
import { joinOthers, NO_SUMS, type ForeignSums } from './foreign-sums.js';
import type { SumsRecord } from './sums-record.js';
import { catchUp } from './late-sale.js';
import { EngineCopy } from './engine-copy.js';
import type { EngineCounts, EngineOptions } from './engine-options.js';
import { KnownStores, ROWS_AT_ONCE } from './known-stores.js';
import { HOUR_MS, hourStartMs, localHourAt, QUARTER_MS } from './local-time.js';
import { lookOf } from './look.js';
import type { Model } from './model.js';
import { SiblingSums } from './sibling-sums.js';
import { applySight, isSight, sightWeightsOf, type SightWeights } from './sights.js';
import { Signals } from './signals.js';
import { createNames, readSnapshot } from './snapshot.js';
import { NewestStores } from './newest-stores.js';
import { believedMs, moveTick, type StoreState } from './store-state.js';
import { watchEvent } from './store-watch.js';
import { tickViewOf } from './tick-view.js';
import { nextLookMs } from './within-hour.js';
import { StorePlaces } from './store-places.js';
import type { EngineStores } from './stockouts.js';
import { tickStore, TickWork, type TickContext } from './tick.js';

/** Hours worked through after a gap; what lies before is forgotten, as restocking would have done. */
const TICKS_AT_ONCE_MAX = 14 * 24;

export type { EngineCounts, EngineOptions, TickView } from './engine-options.js';

/**
 * Detection for the stores of one partition. The result depends on the order of the events alone, never on how
 * they were cut into batches; the clock matters only through `advance`.
 *
 * An event touches counters of one shelf. When a store's watermark (its newest event time less the allowed
 * lateness) passes the end of an hour, all its shelves are ticked: see tick.ts.
 */
export class Engine {
  readonly counts: EngineCounts = {
    rows: 0,
    lateRows: 0,
    aheadRows: 0,
    repeatedRows: 0,
    oddRows: 0,
    ticks: 0,
    blindTicks: 0,
    tickedShelves: 0,
    looks: 0,
  };
  private readonly config: DetectConfig;
  private readonly sightWeights: SightWeights;
  private readonly names = createNames();
  private readonly places: StorePlaces;
  private readonly known: KnownStores;
  private siblings: SiblingSums | null;
  private foreign: ForeignSums | null;
  private readonly profileRows: number[] = [];
  private readonly work = new TickWork();
  private signals: Signals | null;
  private readonly incidents: Incidents;
  private readonly newest = new NewestStores();
  /** When stores that lag behind are looked for again. */
  private nextSweepMs = -Infinity;
  /** Copy of the state that is being made: told of every store before it changes. */
  private copying: EngineCopy | null = null;
  private out: Signal[] = [];
  /** Row of the last `apply` for each signal that it returned. */
  causedBy: number[] = [];

  constructor(private options: EngineOptions) {
    this.config = detectConfigSchema.parse(options.config ?? {});
    this.sightWeights = sightWeightsOf(this.config);
    const { environment, model, signals } = options;
    this.places = new StorePlaces(options, this.names.cities, this.config.timeZone);
    this.known = new KnownStores(this.names, this.places, options.categoryOf, () => ({
      model: this.options.model,
      remembers: this.siblings !== null,
    }));
    this.siblings = model.trees ? new SiblingSums() : null;
    this.signals = this.signalsOf(options);
    this.foreign = joinOthers(this.siblings, this.names, this.config);
    this.incidents = new Incidents(environment, this.names, signals !== false);
  }

  get model(): Model {
    return this.options.model;
  }

  /**
   * Goes on with another model, exactly as an engine with it that is made from this one's `toBytes` would: what shelves
   * have seen stays, and the memory that trees read begins or ends with them.
   */
  useModel(model: Model): void {
    this.options = { ...this.options, model };
    this.signals = this.signalsOf(this.options);
    this.profileRows.length = 0;
    const remembers = model.trees !== null;
    this.siblings = remembers ? (this.siblings ?? new SiblingSums()) : null;
    const known = { sums: this.foreign?.state() ?? NO_SUMS, stores: [...this.known.byId.values()] };
    this.foreign = joinOthers(this.siblings, this.names, this.config, known);
    for (const store of this.known.byId.values()) {
      if ((store.shelves.memory !== null) === remembers) continue;
      this.copying?.touch(store);
      store.shelves.remember(remembers);
    }
  }

  /** Who is told of ticks and looks from here on; null: nobody. */
  watch(watcher: Required<Pick<EngineOptions, 'onTick' | 'onLook'>> | null): void {
    const { onTick: _, onLook: __, ...options } = this.options;
    this.options = { ...options, ...watcher };
  }

  /** Takes events in the order of their partition; returns the signals that they made known, in order. */
  apply(events: ShelfEvents): Signal[] {
    this.causedBy = [];
    for (let from = 0; from < events.rows; from += ROWS_AT_ONCE) {
      const end = Math.min(events.rows, from + ROWS_AT_ONCE);
      this.known.findRows(events, from, end);
      for (let row = from; row < end; row++) {
        this.applyRow(events, row, this.known.foundRow(row - from));
        while (this.causedBy.length < this.out.length) this.causedBy.push(row);
      }
    }
    this.counts.rows += events.rows;
    return this.takeOut();
  }

  /** What concerns whole stores and became known since the last call, in order. */
  takeIncidents(): NumberedIncident[] {
    return this.incidents.takeOut();
  }

  /** Sums of hours that every store has ended, for the other engines; each is given once: to nobody, when the sender is null. Nothing without `sumsStream`. */
  takeSums(sender: string | null): SumsRecord[] {
    return this.foreign?.takeEnded((this.checkedUntilMs() ?? -Infinity) / HOUR_MS, sender) ?? [];
  }

  /** Sums of another engine: read by the first tick after their hour, if they come before it. False: they are of no use now. */
  addSums(record: SumsRecord): boolean {
    return this.foreign?.take(record, Math.floor(this.newest.reachedMs / HOUR_MS)) ?? false;
  }

  /**
   * Moves silent stores by the clock: every hour that ended `idleMsMax` (and the allowed lateness) before `nowMs`
   * is ticked. For live streams only: a replay of the past must not see the clock. No store is begun once `shelvesMax`
   * shelves were ticked: what is left is due at the next call.
   */
  advance(nowMs: number, shelvesMax = Infinity): Signal[] {
    const { idleMsMax, allowedLatenessMs } = this.config;
    const untilMs = nowMs - Math.max(idleMsMax, allowedLatenessMs);
    const until = this.counts.tickedShelves + shelvesMax;
    for (const store of this.known.byId.values()) {
      if (this.counts.tickedShelves >= until) break;
      this.tickUntil(store, untilMs);
    }
    return this.takeOut();
  }

  /** Ticks every hour of one store that ends at or before `timeMs`; an unknown store is left alone. */
  advanceTo(storeId: string, timeMs: number): Signal[] {
    const store = this.known.byId.get(storeId);
    if (store) this.tickUntil(store, timeMs);
    return this.takeOut();
  }

  /** Says where a store is, before or after its first event. Throws `SetupError` for an unknown time zone. */
  setStore(storeId: string, { timeZone, city = null }: { timeZone: string; city?: string | null }): void {
    this.places.set(storeId, { timeZone, city });
    const store = this.known.byId.get(storeId);
    if (store) this.place(store);
  }

  /** What `timeZoneOf` and `cityOf` say of these stores, or of all, may have changed. Returns those that moved. */
  placeStores(storeIds: Iterable<string> = this.known.byId.keys()): string[] {
    return [...storeIds].filter((storeId) => {
      const store = this.known.byId.get(storeId);
      return store !== undefined && this.place(store);
    });
  }

  /** What the engine holds. */
  get size(): { stores: number; shelves: number } {
    return this.known.size;
  }

  /** What `StockoutReader` reads. */
  get stockouts(): EngineStores {
    const { names, config, known, model } = this;
    return { stores: known.byId.values(), names, config, openHours: model.file.open_hours };
  }

  /** Bytes of state that each shelf needs, and of the sums over stores. */
  get stateBytes(): { perShelf: number; siblings: number } {
    let bytes = 0;
    for (const { shelves, orders } of this.known.byId.values())
      bytes += shelves.bytesPerShelf * shelves.count + orders.heldBytes;
    return { perShelf: bytes / Math.max(1, this.size.shelves), siblings: this.siblings?.byteLength ?? 0 };
  }

  /** Makes a shelf known before its first event, e.g. from an assortment. */
  addShelf(storeId: string, itemId: string, category: string | null, atMs: number): void {
    const store = this.known.storeOf(storeId, atMs);
    this.copying?.touchHeader(store);
    this.known.meet(store, -1, { itemId, category, atMs, part: 'record' }, this.copying);
  }

  /** Event time below which every hour of every store is decided, null before the first event. */
  checkedUntilMs(): number | null {
    let least = Infinity;
    for (const store of this.known.byId.values()) least = Math.min(least, store.tickStartMs);
    return least === Infinity ? null : least;
  }

  /**
   * Begins a copy of the whole state as it is now; the engine goes on while it is made. `Engine.fromSections` of it goes on
   * exactly as this engine would. One copy at a time: a new one ends the one before.
   */
  copy(): EngineCopy {
    this.copying?.stop();
    const { newest, nextSweepMs, names, siblings } = this;
    const { timeZones, cities } = this.places;
    const stores = [...this.known.byId.values()];
    const [incidents, sums] = [this.incidents.total, this.foreign?.state() ?? NO_SUMS];
    const state = { newest: newest.state, nextSweepMs, incidents, timeZones, cities, stores, siblings, sums };
    const copy: EngineCopy = new EngineCopy(state, names, () => {
      if (this.copying === copy) this.copying = null;
    });
    this.copying = copy;
    return copy;
  }

  /** The whole state at once. */
  toBytes(): Uint8Array {
    const copy = this.copy();
    const sections: Uint8Array[] = [];
    for (let next = copy.next(); next; next = copy.next()) sections.push(next);
    return Buffer.concat(sections);
  }

  static fromBytes(bytes: Uint8Array, options: EngineOptions): Engine {
    return Engine.fromSections([bytes], options);
  }

  /** Throws `GondolaError` `lake_corrupt` when the sections are not a whole snapshot. */
  static fromSections(sections: readonly Uint8Array[], options: EngineOptions): Engine {
    const engine = new Engine(options);
    const snapshot = readSnapshot(sections, engine.names);
    engine.newest.state = snapshot.newest;
    engine.nextSweepMs = snapshot.nextSweepMs;
    engine.incidents.total = snapshot.incidents;
    for (const [storeId, timeZone] of snapshot.timeZones) engine.places.timeZones.set(storeId, timeZone);
    for (const [storeId, city] of snapshot.cities) engine.places.cities.set(storeId, city);
    // A state of a filter alone goes on with trees, whose memory begins now; and the other way round.
    const remembers = options.model.trees !== null;
    if (remembers && snapshot.siblings) engine.siblings = snapshot.siblings;
    for (const store of snapshot.stores) {
      store.shelves.remember(remembers);
      engine.known.byId.set(store.storeId, store);
    }
    engine.foreign = joinOthers(engine.siblings, engine.names, engine.config, snapshot);
    return engine;
  }

  /** `found` is the row of its shelf, -1 when it was not known when the batch came. */
  private applyRow(events: ShelfEvents, row: number, found: number): void {
    const effect = events.effect[row];
    // Detection thinks in whole milliseconds.
    const toldMs = Math.floor(events.eventTimeMs[row]);
    const quantity = events.quantity[row];
    if (effect === 'ignore' || !Number.isFinite(quantity) || !Number.isFinite(toldMs)) return;
    if (isSight(effect)) return this.see(events, row, effect, toldMs);
    if (Math.abs(quantity) > UNITS_MAX) return void this.counts.oddRows++;
    const store = this.known.storeOf(events.store[row], toldMs);
    this.copying?.touchHeader(store);
    const atMs = believedMs(store, toldMs);
    if (atMs !== toldMs) this.counts.aheadRows++;
    // The clocks of systems that order are not those of the store.
    if (!ORDER_EFFECTS.has(effect)) this.moveWatermarks(store, atMs);
    const late = atMs < store.tickStartMs;
    const [itemId, category] = [events.item[row], events.category[row]];
    // A sale of the running hour changes the record alone; others may move the belief too.
    const part = effect === 'sale' && !late ? 'record' : 'all';
    const shelf = this.known.meet(store, found, { itemId, category, atMs, part }, this.copying);
    const price = events.unitPrice[row];
    if (effect === 'sale' && price >= 0) {
      store.shelves.columns.unitPrice.set(shelf, price);
      store.shelves.columns.currency.set(shelf, this.names.currencies.idOf(events.currency[row]));
    }
    if (late) this.counts.lateRows++;
    watchEvent(store.watch, { effect, atMs, till: events.till?.[row] ?? null, late });
    if (effect === 'count') this.options.onLook?.(lookOf(events, row, shelf));
    const document = events.document?.[row] ?? null;
    const dueMs = events.dueMs?.[row] ?? NaN;
    const moved = applyEffect(
      store,
      shelf,
      { effect, quantity, atMs, late, document, dueMs },
      this.options.model,
    );
    if (moved === 'repeated') this.counts.repeatedRows++;
    else if (moved !== null) this.signals?.afterEvent(store, shelf, moved, atMs, this.out);
    else if (late && effect === 'sale' && quantity > 0) this.catchUp(store, shelf, atMs);
  }

  private catchUp(store: StoreState, shelf: number, atMs: number): void {
    if (atMs < store.watch.seenUntilMs) return;
    this.signals?.afterEvent(store, shelf, 'sold', atMs, this.out);
    catchUp(store, shelf, atMs, this.options.model);
  }

  /** A visit makes no store and no shelf known: people look at what a store never had. */
  private see(events: ShelfEvents, row: number, effect: SightEffect, atMs: number): void {
    const store = this.known.byId.get(events.store[row]);
    if (!store) return;
    this.copying?.touchHeader(store);
    this.moveWatermarks(store, atMs);
    const shelf = this.known.rowOf(store, events.item[row]);
    if (shelf < 0) return;
    this.copying?.touchRow(store, shelf, 'all');
    if (atMs < store.tickStartMs) {
      this.counts.lateRows++;
      return;
    }
    const sight = { effect, atMs, session: events.session?.[row] ?? null };
    const change = applySight(store, shelf, sight, this.sightWeights);
    if (change !== 0)
      this.signals?.afterEvent(store, shelf, change > 0 ? 'sight_up' : 'sight_down', atMs, this.out);
  }

  private moveWatermarks(store: StoreState, atMs: number): void {
    if (atMs > store.eventMsMax) {
      store.eventMsMax = atMs;
      const watermarkMs = atMs - this.config.allowedLatenessMs;
      if (watermarkMs >= store.lookMs) this.tickUntil(store, watermarkMs);
    }
    const agreedMs = this.newest.see(store.storeId, atMs);
    if (agreedMs === null) return;
    const lagMs = agreedMs - this.config.storeLagMsMax;
    if (lagMs < this.nextSweepMs) return;
    // Hours end on quarters of an hour in every time zone, so nothing can fall due before the next quarter.
    this.nextSweepMs = (Math.floor(lagMs / QUARTER_MS) + 1) * QUARTER_MS;
    for (const other of this.known.byId.values()) this.tickUntil(other, lagMs);
  }

  private tickUntil(store: StoreState, untilMs: number): void {
    if (Math.min(store.tickEndMs, store.lookMs) > untilMs) return;
    this.copying?.touch(store);
    const earliestMs = untilMs - TICKS_AT_ONCE_MAX * HOUR_MS;
    if (store.tickEndMs < earliestMs) moveTick(store, hourStartMs(store.clock, earliestMs));
    while (store.tickEndMs <= untilMs) this.tick(store);
    if (store.lookMs <= untilMs) this.look(store, untilMs);
  }

  /** Between the ends of hours. */
  private look(store: StoreState, untilMs: number): void {
    this.copying?.touch(store);
    this.counts.looks++;
    const lookedMs = Math.floor(untilMs / QUARTER_MS) * QUARTER_MS;
    store.lookMs = nextLookMs(store, untilMs);
    const at = localHourAt(store.clock, store.tickStartMs);
    const { model } = this.options;
    this.signals?.withinHour(store, { model, at, profileRows: this.rowsOfProfile() }, lookedMs, this.out);
  }

  private tick(store: StoreState): void {
    const at = localHourAt(store.clock, store.tickStartMs);
    const context: TickContext = {
      model: this.options.model,
      at,
      profileRows: this.rowsOfProfile(),
      work: this.work,
      siblings: this.siblings,
      statusOf: this.options.statusOf ?? null,
      foreign: this.foreign,
    };
    this.foreign?.addUpTo(Math.floor(store.tickStartMs / HOUR_MS) - 1);
    const silenceBefore = store.silence;
    const seeing = tickStore(store, context);
    const holds = this.incidents.afterTick(store, context, silenceBefore, seeing);
    this.counts.ticks++;
    this.counts.tickedShelves += store.shelves.count;
    if (!seeing) this.counts.blindTicks++;
    this.options.onTick?.(tickViewOf(store, context, this.names, seeing));
    this.signals?.afterTick(store, { ...context, holds }, seeing, this.out);
    moveTick(store, store.tickEndMs);
  }

  /** Returns whether the store is elsewhere now. */
  private place(store: StoreState): boolean {
    return this.places.place(store, () => this.copying?.touch(store));
  }

  private rowsOfProfile(): readonly number[] {
    const { categories } = this.names;
    for (let id = this.profileRows.length; id < categories.size; id++) {
      this.profileRows.push(this.options.model.profileRowOf(id === 0 ? null : categories.nameOf(id)));
    }
    return this.profileRows;
  }

  private signalsOf({ environment, model, signals, onCause }: EngineOptions): Signals | null {
    if (signals === false) return null;
    return new Signals({ environment, model, config: this.config, names: this.names, onCause });
  }

  private takeOut(): Signal[] {
    const out = this.out;
    this.out = [];
    return out;
  }
}
