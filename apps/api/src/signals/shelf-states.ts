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

  of(storeId: string, itemId: string): ShelfState | null {
    return this.stores.get(storeId)?.get(itemId) ?? null;
  }

  /** Of one store, in no order. */
  *ofStore(storeId: string): Iterable<ShelfState> {
    yield* this.stores.get(storeId)?.values() ?? [];
  }

  /** Newest signal of each open episode, of one store or of all, in no order. */
  *open(storeId?: string): Iterable<Signal> {
    if (storeId !== undefined) yield* this.openShelves.get(storeId)?.values() ?? [];
    else for (const shelves of this.openShelves.values()) yield* shelves.values();
  }

  set(storeId: string, itemId: string, state: ShelfState): void {
    put(this.stores, storeId, itemId, state);
    if (state.open) put(this.openShelves, storeId, itemId, state.open);
    else remove(this.openShelves, storeId, itemId);
  }

  delete(storeId: string, itemId: string): void {
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
