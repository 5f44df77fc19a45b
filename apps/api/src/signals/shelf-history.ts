import { ByShelf } from './by-shelf.js';
import { allOf, withOne, withoutOne, type OneOrMore } from './one-or-more.js';

/** Numbers of the signals of each shelf: a page of one shelf must not look through all that its store has. */
export class ShelfHistory {
  private readonly kept = new ByShelf<OneOrMore>();

  /** In no order. */
  of(storeId: string, itemId: string): readonly number[] {
    return allOf(this.kept.get(storeId, itemId));
  }

  add(storeId: string, itemId: string, number: number): void {
    this.kept.set(storeId, itemId, withOne(this.kept.get(storeId, itemId), number));
  }

  remove(storeId: string, itemId: string, number: number): void {
    const left = withoutOne(this.kept.get(storeId, itemId), number);
    if (left === undefined) this.kept.delete(storeId, itemId);
    else this.kept.set(storeId, itemId, left);
  }
}
