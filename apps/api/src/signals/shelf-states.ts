import { ByShelf } from './by-shelf.js';

/** Numbers of signals. */
export interface ShelfNumbers {
  readonly newest: number;
  /** Newest of the episode that is open, null when the shelf is well again. */
  readonly open: number | null;
}

/**
 * What is known of each shelf, and those that are open by themselves: a chain has a million shelves, of which some thousands are
 * open, and what is asked for most is asked of those, or of one store's.
 */
export class ShelfStates {
  private readonly newest = new ByShelf<number>();
  private readonly openShelves = new ByShelf<number>();
  /** Items of a store in their order, until it has others: a thousand are not sorted for each who asks. */
  private readonly inOrder = new Map<string, readonly string[]>();

  of(storeId: string, itemId: string): ShelfNumbers | null {
    const newest = this.newest.get(storeId, itemId);
    return newest === undefined ? null : { newest, open: this.openShelves.get(storeId, itemId) ?? null };
  }

  /** Of one store, by item. */
  *ofStore(storeId: string): Iterable<ShelfNumbers> {
    for (const itemId of this.itemsOf(storeId)) {
      const state = this.of(storeId, itemId);
      if (state) yield state;
    }
  }

  /** Newest of each shelf of a store of which none is open, by item. */
  wellOf(storeId: string): { itemId: string; newest: number }[] {
    const all = this.newest.ofStore(storeId);
    const open = this.openShelves.ofStore(storeId);
    const well: { itemId: string; newest: number }[] = [];
    for (const itemId of this.itemsOf(storeId)) {
      const newest = open?.has(itemId) ? undefined : all?.get(itemId);
      if (newest !== undefined) well.push({ itemId, newest });
    }
    return well;
  }

  /** Newest signal of each open episode, of one store or of all, in no order. */
  open(storeId?: string): Iterable<number> {
    return storeId === undefined
      ? this.openShelves.values()
      : (this.openShelves.ofStore(storeId)?.values() ?? []);
  }

  set(storeId: string, itemId: string, { newest, open }: ShelfNumbers): void {
    if (this.newest.get(storeId, itemId) === undefined) this.inOrder.delete(storeId);
    this.newest.set(storeId, itemId, newest);
    if (open === null) this.openShelves.delete(storeId, itemId);
    else this.openShelves.set(storeId, itemId, open);
  }

  delete(storeId: string, itemId: string): void {
    this.inOrder.delete(storeId);
    this.newest.delete(storeId, itemId);
    this.openShelves.delete(storeId, itemId);
  }

  private itemsOf(storeId: string): readonly string[] {
    const known = this.inOrder.get(storeId);
    if (known) return known;
    const items = [...(this.newest.ofStore(storeId)?.keys() ?? [])].sort();
    if (items.length > 0) this.inOrder.set(storeId, items);
    return items;
  }
}
