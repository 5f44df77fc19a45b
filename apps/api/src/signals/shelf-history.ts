import type { Signal } from '@gondola/events';

/** Signals of each shelf: a page of one shelf must not look through all that its store has. */
export class ShelfHistory {
  /** Store -> item -> its signals, in no order; most shelves have one, which needs no list. */
  private readonly stores = new Map<string, Map<string, Signal | Signal[]>>();

  of(storeId: string, itemId: string): readonly Signal[] {
    const kept = this.stores.get(storeId)?.get(itemId);
    return kept === undefined ? [] : Array.isArray(kept) ? kept : [kept];
  }

  add(signal: Signal): void {
    const { storeId, itemId } = signal;
    let shelves = this.stores.get(storeId);
    if (!shelves) this.stores.set(storeId, (shelves = new Map()));
    const kept = shelves.get(itemId);
    if (Array.isArray(kept)) kept.push(signal);
    else shelves.set(itemId, kept === undefined ? signal : [kept, signal]);
  }

  remove(signal: Signal): void {
    const { storeId, itemId } = signal;
    const shelves = this.stores.get(storeId);
    if (!shelves) return;
    const left = this.of(storeId, itemId).filter((one) => one !== signal);
    if (left.length > 0) shelves.set(itemId, left.length === 1 ? left[0] : left);
    else if (shelves.delete(itemId) && shelves.size === 0) this.stores.delete(storeId);
  }
}
