import type { Signal } from '@gondola/events';
import { ByShelf } from './by-shelf.js';

/** Signals of each shelf: a page of one shelf must not look through all that its store has. */
export class ShelfHistory {
  /** In no order; most shelves have one, which needs no list. */
  private readonly kept = new ByShelf<Signal | Signal[]>();

  of(storeId: string, itemId: string): readonly Signal[] {
    const kept = this.kept.get(storeId, itemId);
    return kept === undefined ? [] : Array.isArray(kept) ? kept : [kept];
  }

  add(signal: Signal): void {
    const { storeId, itemId } = signal;
    const kept = this.kept.get(storeId, itemId);
    if (Array.isArray(kept)) kept.push(signal);
    else this.kept.set(storeId, itemId, kept === undefined ? signal : [kept, signal]);
  }

  remove(signal: Signal): void {
    const { storeId, itemId } = signal;
    const left = this.of(storeId, itemId).filter((one) => one !== signal);
    if (left.length === 0) this.kept.delete(storeId, itemId);
    else this.kept.set(storeId, itemId, left.length === 1 ? left[0] : left);
  }
}
