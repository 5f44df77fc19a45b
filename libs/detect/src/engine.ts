import type { NumberedIncident, ShelfEvents, Signal } from '@gondola/events';
import { detectConfigSchema, type DetectConfig } from './config.js';
import { Incidents } from './incidents.js';
import { joinOthers, NO_SUMS, type ForeignSums } from './foreign-sums.js';
import type { SumsRecord } from './sums-record.js';
import { EngineCopy } from './engine-copy.js';
import { noCounts, type EngineOptions } from './engine-options.js';
import { EventPath, type Present } from './event-path.js';
import { KnownStores } from './known-stores.js';
import { HOUR_MS, hourStartMs, localHourAt, QUARTER_MS } from './local-time.js';
import type { Model } from './model.js';
import { SiblingSums } from './sibling-sums.js';
import type { Promotion } from './promotions.js';
import { Signals } from './signals.js';
import { createNames, readSnapshot } from './snapshot.js';
import { NewestStores } from './newest-stores.js';
import { moveTick, type StoreState } from './store-state.js';
import { tickViewOf } from './tick-view.js';
import { nextLookMs } from './within-hour.js';
import { StorePlaces, type StorePlace } from './store-places.js';
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
  readonly counts = noCounts();
  private readonly config: DetectConfig;
  private readonly names = createNames();
  private readonly places: StorePlaces;
  private readonly known: KnownStores;
  private siblings: SiblingSums | null;
  private foreign: ForeignSums | null;
  private readonly profileRows: number[] = [];
  private readonly work = new TickWork();
  private signals: Signals | null;
  private readonly incidents: Incidents;
  private readonly newest: NewestStores;
  private readonly path: EventPath;
  /** Copy of the state that is being made: told of every store before it changes. */
  private copying: EngineCopy | null = null;
  private out: Signal[] = [];
  /** Row of the last `apply` for each signal that it returned. */
  causedBy: number[] = [];

  constructor(private options: EngineOptions) {
    this.config = detectConfigSchema.parse(options.config ?? {});
    const { environment, model, signals } = options;
    this.places = new StorePlaces(options, this.names, this.config.timeZone);
    this.known = new KnownStores(this.names, this.places, options.categoryOf, () => ({
      model: this.options.model,
      remembers: this.siblings !== null,
    }));
    this.newest = new NewestStores(this.config.storeLagMsMax);
    this.siblings = model.trees ? new SiblingSums() : null;
    this.signals = this.signalsOf(options);
    this.foreign = joinOthers(this.siblings, this.names, this.config);
    this.incidents = new Incidents(environment, this.names, signals !== false);
    const { config, counts, names, known, newest } = this;
    const tickUntil = (store: StoreState, untilMs: number) => this.tickUntil(store, untilMs);
    this.path = new EventPath({ config, counts, names, known, newest, tickUntil }, this.present());
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
    this.path.applyFrom(events, 0, Infinity, this.present());
    return this.takeOut();
  }

  /**
   * The same in pieces, each of which ends about so many shelves: hours of many stores may end at once. Between two pieces others
   * may have their turn, but this engine is not to be told or asked anything.
   */
  *applyInPieces(events: ShelfEvents, shelvesMax: number): Generator<void, Signal[], void> {
    this.causedBy = [];
    for (let from = 0; ;) {
      from = this.path.applyFrom(events, from, shelvesMax, this.present());
      if (from === events.rows && !this.path.isSweeping) return this.takeOut();
      yield;
    }
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
  setStore(storeId: string, place: StorePlace): void {
    this.places.set(storeId, place);
    const store = this.known.byId.get(storeId);
    if (store) this.place(store);
  }

  /** Says what is expected of an item besides its usual demand; null: nothing any more. Returns whether that is new. */
  setPromotion(itemId: string, promotion: Promotion | null): boolean {
    return this.places.promotions.set(itemId, promotion);
  }

  /** What `timeZoneOf`, `cityOf` and `hoursOf` say of these stores, or of all, may have changed. Returns those that moved. */
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
    return { perShelf: this.known.bytesPerShelf, siblings: this.siblings?.byteLength ?? 0 };
  }

  /** Makes a shelf known before its first event, e.g. from an assortment. */
  addShelf(storeId: string, itemId: string, category: string | null, atMs: number): void {
    const store = this.known.storeOf(storeId, atMs);
    this.copying?.touchHeader(store);
    this.known.meet(store, -1, { itemId, item: 0, category, atMs, part: 'record' }, this.copying);
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
    const { newest, names, siblings } = this;
    const { nextSweepMs } = newest;
    const stores = [...this.known.byId.values()];
    const [incidents, sums] = [this.incidents.total, this.foreign?.state() ?? NO_SUMS];
    const places = this.places.state;
    const state = { newest: newest.state, nextSweepMs, incidents, places, stores, siblings, sums };
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
    const snapshot = readSnapshot(sections, engine.names, engine.known.home);
    engine.newest.state = snapshot.newest;
    engine.newest.nextSweepMs = snapshot.nextSweepMs;
    engine.incidents.total = snapshot.incidents;
    engine.places.state = snapshot.places;
    // A state of a filter alone goes on with trees, whose memory begins now; and the other way round.
    const remembers = options.model.trees !== null;
    if (remembers && snapshot.siblings) engine.siblings = snapshot.siblings;
    for (const store of snapshot.stores) {
      store.shelves.remember(remembers);
      engine.known.add(store);
    }
    engine.foreign = joinOthers(engine.siblings, engine.names, engine.config, snapshot);
    return engine;
  }

  private present(): Present {
    const { signals, copying, out, causedBy } = this;
    const { model, onLook } = this.options;
    return { signals, copying, out, causedBy, model, onLook };
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
    const uplifts = this.places.promotions.at(store.tickStartMs);
    const context = { model, at, profileRows: this.rowsOfProfile(), uplifts };
    this.signals?.withinHour(store, context, lookedMs, this.out);
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
      uplifts: this.places.promotions.at(store.tickStartMs),
    };
    this.foreign?.addUpTo(Math.floor(store.tickStartMs / HOUR_MS) - 1);
    store.tellSales();
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
