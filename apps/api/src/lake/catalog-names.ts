import type { Closure } from '@gondola/events';
import { ShelfPlaces } from './shelf-places.js';
import type { TableRow } from './table-tail.js';

export interface StoreName {
  readonly name: string;
  readonly city: string | null;
  readonly timeZone?: string | undefined;
  /** As schema.org writes them. */
  readonly openingHours?: string | undefined;
}

/** What items and stores are called, from the catalog's silver tables. Later rows replace earlier ones. */
export class CatalogNames {
  private readonly items = new Map<string, string>();
  private readonly storeNames = new Map<string, StoreName>();
  /** By their ids. */
  private readonly closures = new Map<string, Closure>();
  private changes = 0;
  /** Where items stand in stores. */
  readonly places: ShelfPlaces;

  /** At most `namesKept` items and as many stores; the ones longest unchanged go first. */
  constructor(
    private readonly namesKept: number,
    placesKept = namesKept,
  ) {
    this.places = new ShelfPlaces(placesKept);
  }

  addItems(rows: readonly TableRow[]): void {
    for (const { item_id: itemId, name } of rows)
      if (typeof itemId === 'string' && typeof name === 'string') this.keep(this.items, itemId, name);
  }

  addStores(rows: readonly TableRow[]): void {
    for (const { retail_store_id: storeId, name, city, time_zone: timeZone, opening_hours: hours } of rows)
      if (typeof storeId === 'string' && typeof name === 'string')
        this.keep(this.storeNames, storeId, {
          name,
          city: typeof city === 'string' ? city : null,
          timeZone: typeof timeZone === 'string' ? timeZone : undefined,
          openingHours: typeof hours === 'string' ? hours : undefined,
        });
  }

  /** The newest event of a closure stands. */
  addClosures(rows: readonly Closure[]): void {
    for (const closure of rows) {
      const known = this.closures.get(closure.closureId);
      if (!known || known.updatedMs <= closure.updatedMs)
        this.keep(this.closures, closure.closureId, closure);
    }
  }

  /** Times for which a store is closed on purpose. */
  closuresOf(storeId: string): readonly Closure[] {
    return [...this.closures.values()].filter((one) => one.storeId === storeId && !one.isCancelled);
  }

  /** null: the catalog does not say. */
  item(itemId: string): string | null {
    return this.items.get(itemId) ?? null;
  }

  store(storeId: string): StoreName | null {
    return this.storeNames.get(storeId) ?? null;
  }

  /** Every store of the catalog, also those that never had a signal. */
  get stores(): ReadonlyMap<string, StoreName> {
    return this.storeNames;
  }

  /** Grows with each change. */
  get version(): number {
    return this.changes + this.places.version;
  }

  private keep<T>(names: Map<string, T>, id: string, name: T): void {
    this.changes++;
    names.delete(id);
    names.set(id, name);
    if (names.size <= this.namesKept) return;
    for (const oldest of names.keys()) {
      names.delete(oldest);
      break;
    }
  }
}
