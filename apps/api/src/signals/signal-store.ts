import type { Signal } from '@gondola/events';
import { packedAlone, SignalPacker } from './packed-signals.js';
import { ShelfHistory } from './shelf-history.js';
import { ShelfStates, type ShelfState } from './shelf-states.js';
import type { SignalFilter } from './signal-filter.js';
import { TimeOrder, type SignalCursor, type SignalPage } from './time-order.js';

/** A signal and its number in the order of arrival. */
export interface Arrival {
  readonly sequence: number;
  readonly signal: Signal;
}

/**
 * The newest `signalsKept` signals in memory, and the state of each shelf that has an open episode (those are kept
 * whatever their age: a shelf that is still empty must not vanish because others were noisy).
 *
 * Two orders matter: time (queries, newest first) and arrival (streams, which resume after the last one seen).
 */
export class SignalStore {
  /** Index 0 holds sequence `firstSequence`; null where a later arrival of the same id took its place. */
  private arrivals: (Signal | null)[] = [];
  private firstSequence = 1;
  private readonly sequences = new Map<string, number>();
  /** Of ids that came again: the sequence of their first arrival. */
  private readonly firstSequences = new Map<string, number>();
  private readonly byTime = new TimeOrder();
  /** Of each store by itself: most questions are of one, and a chain has a million shelves. */
  private readonly byStore = new Map<string, TimeOrder>();
  private readonly ofShelves = new ShelfHistory();
  private readonly shelves = new ShelfStates();
  private readonly lastAtMs = new Map<string, number>();
  private readonly listeners = new Set<() => void>();
  private arrived = 0;
  private readonly packer = new SignalPacker();

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
    return this.arrived;
  }

  /** Sequence of the newest arrival, 0 before the first. */
  get lastSequence(): number {
    return this.firstSequence + this.arrivals.length - 1;
  }

  /** Sequence of the oldest arrival that is kept. */
  get oldestSequence(): number {
    return this.firstSequence;
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
    return sequence === undefined ? undefined : (this.arrivals[sequence - this.firstSequence] ?? undefined);
  }

  /** The first kept arrival after `sequence`, null when there is none. */
  arrivalAfter(sequence: number): Arrival | null {
    for (let index = Math.max(0, sequence + 1 - this.firstSequence); index < this.arrivals.length; index++) {
      const signal = this.arrivals[index];
      if (signal) return { sequence: this.firstSequence + index, signal };
    }
    return null;
  }

  query(filter: SignalFilter, limit: number, after: SignalCursor | null = null): SignalPage {
    return this.orderOf(filter)?.page(filter, limit, after) ?? { signals: [], next: null };
  }

  /** Newest signal of each open episode, of one store or of all, in no order. */
  open(storeId?: string): Iterable<Signal> {
    return this.shelves.open(storeId);
  }

  /** null: nothing is known of this shelf. */
  shelf(storeId: string, itemId: string): ShelfState | null {
    return this.shelves.of(storeId, itemId);
  }

  /** Every shelf of a store that a kept signal speaks of, by item. */
  shelvesOf(storeId: string): Iterable<ShelfState> {
    return this.shelves.ofStore(storeId);
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
    const order = new TimeOrder();
    for (const signal of this.ofShelves.of(storeId, itemId)) order.add(signal);
    return order;
  }

  private addOne(arrived: Signal): void {
    const signal = this.packer.pack(arrived);
    const known = this.sequences.get(signal.signalId);
    if (known !== undefined) {
      if (!this.firstSequences.has(signal.signalId)) this.firstSequences.set(signal.signalId, known);
      this.forget(known);
    }
    this.arrivals.push(signal);
    this.sequences.set(signal.signalId, this.lastSequence);
    this.byTime.add(signal);
    let ofStore = this.byStore.get(signal.storeId);
    if (!ofStore) this.byStore.set(signal.storeId, (ofStore = new TimeOrder()));
    ofStore.add(signal);
    this.ofShelves.add(signal);
    this.arrived++;
    this.updateShelf(signal);
    this.lastAtMs.set(signal.storeId, Math.max(signal.atMs, this.lastAtMs.get(signal.storeId) ?? 0));
    this.evict();
  }

  /** A shelf is in one state at a time, so a new episode ends an earlier one even without its `recovered`. */
  private updateShelf(signal: Signal): void {
    // Nobody is shown it: for them nothing is open.
    if (signal.arm === 'hold_out') return;
    const { storeId, itemId } = signal;
    const state = this.shelves.of(storeId, itemId);
    // Late: it belongs to the history, the shelf is further on.
    if (state && signal.atMs < state.newest.atMs) return;
    let open: Signal | null = signal;
    if (signal.kind === 'recovered') {
      const other = state?.open && state.open.episodeId !== signal.episodeId;
      open = other ? state.open : null;
    }
    this.shelves.set(storeId, itemId, { newest: signal, open });
  }

  private evict(): void {
    while (this.sequences.size > this.signalsKept) {
      const [oldestId, sequence] = this.sequences.entries().next().value as [string, number];
      const signal = this.arrivals[sequence - this.firstSequence] as Signal;
      this.forget(sequence);
      this.sequences.delete(oldestId);
      this.firstSequences.delete(oldestId);
      const { storeId, itemId } = signal;
      const state = this.shelves.of(storeId, itemId);
      if (!state || (state.newest !== signal && state.open !== signal)) continue;
      if (state.open) this.shelves.set(storeId, itemId, outliving(state, signal));
      else this.shelves.delete(storeId, itemId);
    }
    // Slots are given back in one go, so that one arrival costs constant time on average.
    if (this.arrivals.length < 2 * this.signalsKept + 16) return;
    const [oldest] = this.sequences.values();
    this.arrivals = this.arrivals.slice(oldest - this.firstSequence);
    this.firstSequence = oldest;
  }

  private forget(sequence: number): void {
    const index = sequence - this.firstSequence;
    const signal = this.arrivals[index];
    if (!signal) return;
    this.arrivals[index] = null;
    this.sequences.delete(signal.signalId);
    this.byTime.remove(signal);
    const ofStore = this.byStore.get(signal.storeId);
    ofStore?.remove(signal);
    this.ofShelves.remove(signal);
    if (ofStore?.size === 0) this.byStore.delete(signal.storeId);
  }
}

/** The state of a shelf whose signal is no longer kept among the others. */
function outliving({ newest, open }: ShelfState, evicted: Signal): ShelfState {
  const alone = packedAlone(evicted);
  return { newest: newest === evicted ? alone : newest, open: open === evicted ? alone : open };
}
