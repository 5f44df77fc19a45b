/** Something of each shelf, by store and item: no text is made of both. */
export class ByShelf<T> {
  private readonly stores = new Map<string, Map<string, T>>();

  get(storeId: string, itemId: string): T | undefined {
    return this.stores.get(storeId)?.get(itemId);
  }

  set(storeId: string, itemId: string, value: T): void {
    const items = this.stores.get(storeId);
    if (items) items.set(itemId, value);
    else this.stores.set(storeId, new Map([[itemId, value]]));
  }

  delete(storeId: string, itemId: string): void {
    const items = this.stores.get(storeId);
    if (items?.delete(itemId) && items.size === 0) this.stores.delete(storeId);
  }
}
