import type { Signal } from '@gondola/events';

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
  /** Store -> item -> state. */
  private readonly stores = new Map<string, Map<string, ShelfState>>();
  private readonly openShelves = new Map<string, Map<string, Signal>>();
  /** Items of a store in their order, until it has others: a thousand are not sorted for each who asks. */
  private readonly inOrder = new Map<string, readonly string[]>();

  of(storeId: string, itemId: string): ShelfState | null {
    return this.stores.get(storeId)?.get(itemId) ?? null;
  }

  /** Of one store, by item. */
  *ofStore(storeId: string): Iterable<ShelfState> {
    const shelves = this.stores.get(storeId);
    if (!shelves) return;
    const items = this.inOrder.get(storeId) ?? [...shelves.keys()].sort();
    this.inOrder.set(storeId, items);
    for (const itemId of items) {
      const state = shelves.get(itemId);
      if (state) yield state;
    }
  }

  /** Newest signal of each open episode, of one store or of all, in no order. */
  *open(storeId?: string): Iterable<Signal> {
    if (storeId !== undefined) yield* this.openShelves.get(storeId)?.values() ?? [];
    else for (const shelves of this.openShelves.values()) yield* shelves.values();
  }

  set(storeId: string, itemId: string, state: ShelfState): void {
    if (!this.of(storeId, itemId)) this.inOrder.delete(storeId);
    put(this.stores, storeId, itemId, state);
    if (state.open) put(this.openShelves, storeId, itemId, state.open);
    else remove(this.openShelves, storeId, itemId);
  }

  delete(storeId: string, itemId: string): void {
    this.inOrder.delete(storeId);
    remove(this.stores, storeId, itemId);
    remove(this.openShelves, storeId, itemId);
  }
}

function put<T>(all: Map<string, Map<string, T>>, storeId: string, itemId: string, value: T): void {
  const shelves = all.get(storeId);
  if (shelves) shelves.set(itemId, value);
  else all.set(storeId, new Map([[itemId, value]]));
}

function remove<T>(all: Map<string, Map<string, T>>, storeId: string, itemId: string): void {
  const shelves = all.get(storeId);
  if (shelves?.delete(itemId) && shelves.size === 0) all.delete(storeId);
}
