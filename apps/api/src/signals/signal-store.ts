import type { Signal } from '@gondola/events';
import { PackedSignals } from './packed-signals.js';
import { ShelfHistory } from './shelf-history.js';
import { ShelfStates, type ShelfNumbers, type WellShelf } from './shelf-states.js';
import type { SignalFilter } from './signal-filter.js';
import { SignalIds } from './signal-ids.js';
import { TimeOrder, type SignalCursor, type SignalPage } from './time-order.js';

/** A signal and its number in the order of arrival. */
export interface Arrival {
  readonly sequence: number;
  readonly signal: Signal;
}

export interface ShelfState {
  readonly newest: Signal;
  /** Newest signal of the episode that is open, null when the shelf is well again. */
  readonly open: Signal | null;
}

/**
 * The newest `signalsKept` signals in memory, and the state of each shelf that has an open episode (those are kept
 * whatever their age: a shelf that is still empty must not vanish because others were noisy).
 *
 * Two orders matter: time (queries, newest first) and arrival (streams, which resume after the last one seen).
 */
export class SignalStore {
  /** A signal's number there is its sequence; where a later arrival of the same id took its place it is forgotten. */
  private readonly signals = new PackedSignals();
  private readonly signalAt = (sequence: number): Signal => this.signals.at(sequence);
  private readonly sequences = new SignalIds((sequence) => this.signals.at(sequence).signalId);
  /** Of ids that came again: the sequence of their first arrival. */
  private readonly firstSequences = new Map<string, number>();
  private readonly byTime = new TimeOrder(this.signalAt);
  /** Of each store by itself: most questions are of one, and a chain has a million shelves. */
  private readonly byStore = new Map<string, TimeOrder>();
  private readonly ofShelves = new ShelfHistory();
  private readonly shelves = new ShelfStates();
  private readonly lastAtMs = new Map<string, number>();
  private readonly listeners = new Set<() => void>();
  private evictedUntil = 0;

  constructor(private readonly signalsKept: number) {}

  /** In the order in which they became known. A known id takes its new content and counts as arriving now. */
  add(signals: readonly Signal[]): void {
    for (const signal of signals) this.addOne(signal);
    if (signals.length > 0) for (const listener of this.listeners) listener();
  }

  /** Called after signals were added. Returns how to stop that. */
  onAdded(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Signals that ever arrived, also those no longer kept: 0 means that nothing is known yet. */
  get arrivedTotal(): number {
    return this.signals.last;
  }

  /** Sequence of the newest arrival, 0 before the first. */
  get lastSequence(): number {
    return this.signals.last;
  }

  /** What arrived from here on is kept, or came again since. */
  get oldestSequence(): number {
    return this.evictedUntil + 1;
  }

  sequenceOf(signalId: string): number | undefined {
    return this.sequences.get(signalId);
  }

  /**
   * After which arrival somebody goes on who saw this id last. Of one that came again it is not known which arrival that was: after
   * the first, so that nothing between them is missed. Undefined: not known, or no longer kept.
   */
  resumesAfter(signalId: string): number | undefined {
    return this.firstSequences.get(signalId) ?? this.sequences.get(signalId);
  }

  /** Undefined: not known, or no longer kept. */
  signalOf(signalId: string): Signal | undefined {
    const sequence = this.sequences.get(signalId);
    return sequence === undefined ? undefined : this.signals.at(sequence);
  }

  /** The first kept arrival after `sequence`, null when there is none. */
  arrivalAfter(sequence: number): Arrival | null {
    for (let next = Math.max(this.signals.oldest, sequence + 1); next <= this.signals.last; next++)
      if (this.signals.has(next)) return { sequence: next, signal: this.signals.at(next) };
    return null;
  }

  query(filter: SignalFilter, limit: number, after: SignalCursor | null = null): SignalPage {
    return this.orderOf(filter)?.page(filter, limit, after) ?? { signals: [], next: null };
  }

  /** Newest signal of each open episode, of one store or of all, in no order. */
  *open(storeId?: string): Iterable<Signal> {
    for (const sequence of this.shelves.open(storeId)) yield this.signals.at(sequence);
  }

  /** null: nothing is known of this shelf. */
  shelf(storeId: string, itemId: string): ShelfState | null {
    const numbers = this.shelves.of(storeId, itemId);
    return numbers && this.stateOf(numbers);
  }

  /** Every shelf of a store that a kept signal speaks of, by item. */
  *shelvesOf(storeId: string): Iterable<ShelfState> {
    for (const numbers of this.shelves.ofStore(storeId)) yield this.stateOf(numbers);
  }

  /** Shelves of a store of which none is open, by item, and since when: nearly all of a store's, so no signal is looked at. */
  wellOf(storeId: string): readonly WellShelf[] {
    return this.shelves.wellOf(storeId);
  }

  /** Event time of the newest signal of each store that ever sent one. */
  get lastAtMsByStore(): ReadonlyMap<string, number> {
    return this.lastAtMs;
  }

  /** Event time of the oldest signal that is kept, null when none is. */
  get oldestAtMs(): number | null {
    return this.byTime.oldest?.atMs ?? null;
  }

  /** The smallest that has all that passes. */
  private orderOf({ storeId, itemId }: SignalFilter): TimeOrder | undefined {
    if (storeId === undefined) return this.byTime;
    if (itemId === undefined) return this.byStore.get(storeId);
    const order = new TimeOrder(this.signalAt);
    for (const sequence of this.ofShelves.of(storeId, itemId)) order.add(sequence);
    return order;
  }

  private stateOf({ newest, open }: ShelfNumbers): ShelfState {
    const signal = this.signals.at(newest);
    if (open === newest) return { newest: signal, open: signal };
    return { newest: signal, open: open === null ? null : this.signals.at(open) };
  }

  private addOne(signal: Signal): void {
    const { signalId, storeId, itemId } = signal;
    const known = this.sequences.get(signalId);
    if (known !== undefined) {
      if (!this.firstSequences.has(signalId)) this.firstSequences.set(signalId, known);
      this.forget(known);
    }
    const sequence = this.signals.add(signal);
    this.sequences.set(signalId, sequence);
    this.byTime.add(sequence);
    let ofStore = this.byStore.get(storeId);
    if (!ofStore) this.byStore.set(storeId, (ofStore = new TimeOrder(this.signalAt)));
    ofStore.add(sequence);
    this.ofShelves.add(storeId, itemId, sequence);
    this.updateShelf(signal, sequence);
    this.lastAtMs.set(storeId, Math.max(signal.atMs, this.lastAtMs.get(storeId) ?? 0));
    this.evict();
  }

  /** A shelf is in one state at a time, so a new episode ends an earlier one even without its `recovered`. */
  private updateShelf(signal: Signal, sequence: number): void {
    // Nobody is shown it: for them nothing is open.
    if (signal.arm === 'hold_out') return;
    const { storeId, itemId } = signal;
    const before = this.shelves.of(storeId, itemId);
    // Late: it belongs to the history, the shelf is further on.
    if (before && signal.atMs < this.signals.at(before.newest).atMs) return;
    let open: number | null = sequence;
    if (signal.kind === 'recovered') {
      const other = before?.open ?? null;
      open = other !== null && this.signals.at(other).episodeId !== signal.episodeId ? other : null;
    }
    this.shelves.set(storeId, itemId, { newest: sequence, open }, signal.atMs);
    for (const left of [before?.newest, before?.open])
      if (typeof left === 'number' && left !== open) this.signals.release(left);
  }

  private evict(): void {
    while (this.signals.size > this.signalsKept) {
      const sequence = this.signals.oldest;
      const { signalId, storeId, itemId } = this.signals.at(sequence);
      const state = this.shelves.of(storeId, itemId);
      if (state?.newest === sequence && state.open === null) this.shelves.delete(storeId, itemId);
      this.forget(sequence);
      this.firstSequences.delete(signalId);
      this.evictedUntil = sequence;
    }
  }

  /** What its shelf still stands on is kept alone: a shelf that is still empty must not vanish. */
  private forget(sequence: number): void {
    const { signalId, storeId, itemId } = this.signals.at(sequence);
    this.sequences.delete(signalId, sequence);
    this.byTime.remove(sequence);
    const ofStore = this.byStore.get(storeId);
    ofStore?.remove(sequence);
    if (ofStore?.size === 0) this.byStore.delete(storeId);
    this.ofShelves.remove(storeId, itemId, sequence);
    const state = this.shelves.of(storeId, itemId);
    this.signals.forget(sequence, state?.newest === sequence || state?.open === sequence);
  }
}
