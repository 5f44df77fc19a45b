/** Numbers of signals. */
export interface ShelfNumbers {
  readonly newest: number;
  /** Newest of the episode that is open, null when the shelf is well again. */
  readonly open: number | null;
}

export interface WellShelf {
  readonly itemId: string;
  /** Time of its newest signal. */
  readonly sinceMs: number;
}

/** Stands for null among numbers of signals, which begin with 1. */
const NONE = 0;

/** The shelves of one store, in columns: a thousand are read one after the other for each who asks for all of them. */
class StoreStates {
  private readonly rows = new Map<string, number>();
  private readonly items: string[] = [];
  private readonly newest: number[] = [];
  private readonly newestAtMs: number[] = [];
  private readonly openNumbers: number[] = [];
  /** Those of the column that are not `NONE`: of a chain's million shelves some thousands are open, and those are asked for most. */
  private readonly openNow = new Set<number>();
  /** Rows by item, but for those at the end that came since somebody asked. */
  private readonly order: number[] = [];
  private isInOrder = true;

  get size(): number {
    return this.items.length;
  }

  of(itemId: string): ShelfNumbers | null {
    const row = this.rows.get(itemId);
    return row === undefined ? null : this.at(row);
  }

  *all(): Iterable<ShelfNumbers> {
    for (const row of this.byItem()) yield this.at(row);
  }

  well(): WellShelf[] {
    const well: WellShelf[] = [];
    for (const row of this.byItem())
      if (this.openNumbers[row] === NONE)
        well.push({ itemId: this.items[row], sinceMs: this.newestAtMs[row] });
    return well;
  }

  open(): Iterable<number> {
    return this.openNow;
  }

  set(itemId: string, { newest, open }: ShelfNumbers, atMs: number): void {
    let row = this.rows.get(itemId);
    if (row === undefined) {
      row = this.items.push(itemId) - 1;
      this.rows.set(itemId, row);
      this.order.push(row);
      this.isInOrder = false;
    }
    this.openNow.delete(this.openNumbers[row]);
    if (open !== null) this.openNow.add(open);
    this.newest[row] = newest;
    this.newestAtMs[row] = atMs;
    this.openNumbers[row] = open ?? NONE;
  }

  /** The last row takes its place. */
  delete(itemId: string): void {
    const row = this.rows.get(itemId);
    if (row === undefined) return;
    this.rows.delete(itemId);
    this.openNow.delete(this.openNumbers[row]);
    this.order.splice(this.order.indexOf(row), 1);
    const last = this.items.length - 1;
    if (row !== last) {
      this.rows.set(this.items[last], row);
      this.order[this.order.indexOf(last)] = row;
    }
    for (const column of [this.items, this.newest, this.newestAtMs, this.openNumbers]) {
      column[row] = column[last];
      column.pop();
    }
  }

  private at(row: number): ShelfNumbers {
    return { newest: this.newest[row], open: this.openNumbers[row] || null };
  }

  private byItem(): readonly number[] {
    const { items, order } = this;
    if (!this.isInOrder) order.sort((left, right) => (items[left] < items[right] ? -1 : 1));
    this.isInOrder = true;
    return order;
  }
}

/** What is known of each shelf, by store. */
export class ShelfStates {
  private readonly stores = new Map<string, StoreStates>();

  of(storeId: string, itemId: string): ShelfNumbers | null {
    return this.stores.get(storeId)?.of(itemId) ?? null;
  }

  /** Of one store, by item. */
  ofStore(storeId: string): Iterable<ShelfNumbers> {
    return this.stores.get(storeId)?.all() ?? [];
  }

  /** Shelves of a store of which none is open, by item, and since when. */
  wellOf(storeId: string): readonly WellShelf[] {
    return this.stores.get(storeId)?.well() ?? [];
  }

  /** Newest signal of each open episode, of one store or of all, in no order. */
  *open(storeId?: string): Iterable<number> {
    if (storeId !== undefined) yield* this.stores.get(storeId)?.open() ?? [];
    else for (const store of this.stores.values()) yield* store.open();
  }

  /** `atMs`: of the newest. */
  set(storeId: string, itemId: string, numbers: ShelfNumbers, atMs: number): void {
    let store = this.stores.get(storeId);
    if (!store) this.stores.set(storeId, (store = new StoreStates()));
    store.set(itemId, numbers, atMs);
  }

  delete(storeId: string, itemId: string): void {
    const store = this.stores.get(storeId);
    store?.delete(itemId);
    if (store?.size === 0) this.stores.delete(storeId);
  }
}
