import type { Signal } from '@gondola/events';
import { ByShelf } from './by-shelf.js';

export interface ShelfState {
  readonly newest: Signal;
  /** Newest signal of the episode that is open, null when the shelf is well again. */
  readonly open: Signal | null;
}

/**
 * What is known of each shelf, and those that are open by themselves: a chain has a million shelves, of which some thousands are
 * open, and what is asked for most is asked of those, or of one store's.
 */
export class ShelfStates {
  private readonly states = new ByShelf<ShelfState>();
  private readonly openShelves = new ByShelf<Signal>();
  /** Items of a store in their order, until it has others: a thousand are not sorted for each who asks. */
  private readonly inOrder = new Map<string, readonly string[]>();

  of(storeId: string, itemId: string): ShelfState | null {
    return this.states.get(storeId, itemId) ?? null;
  }

  /** Of one store, by item. */
  *ofStore(storeId: string): Iterable<ShelfState> {
    const states = this.states.ofStore(storeId);
    if (!states) return;
    const items = this.inOrder.get(storeId) ?? [...states.keys()].sort();
    this.inOrder.set(storeId, items);
    for (const itemId of items) {
      const state = states.get(itemId);
      if (state) yield state;
    }
  }

  /** Newest signal of each open episode, of one store or of all, in no order. */
  open(storeId?: string): Iterable<Signal> {
    return storeId === undefined
      ? this.openShelves.values()
      : (this.openShelves.ofStore(storeId)?.values() ?? []);
  }

  set(storeId: string, itemId: string, state: ShelfState): void {
    if (!this.of(storeId, itemId)) this.inOrder.delete(storeId);
    this.states.set(storeId, itemId, state);
    if (state.open) this.openShelves.set(storeId, itemId, state.open);
    else this.openShelves.delete(storeId, itemId);
  }

  delete(storeId: string, itemId: string): void {
    this.inOrder.delete(storeId);
    this.states.delete(storeId, itemId);
    this.openShelves.delete(storeId, itemId);
  }
}
