import { TextNumbers } from '../text-numbers.js';

/** Store, item, place and when it was told, in seconds since 1970; each but the last counted from 1, so that 0 is a free slot. */
const SLOT = 4;
const SLOTS_MIN = 1_024;
const NOWHERE = 0;

/**
 * Where items stand in stores. A chain has a million shelves, of which each is asked for seldom: one array with
 * 32 to 64 bytes a shelf, beside each text once.
 */
export class ShelfPlaces {
  private readonly stores = new TextNumbers();
  private readonly items = new TextNumbers();
  private readonly bays = new TextNumbers();
  private slots = new Uint32Array(SLOTS_MIN * SLOT);
  private known = 0;
  private changes = 0;

  /**
   * Of more shelves than `placesKept`, or in more different words, nothing is kept: what is known stays, and is kept up to date.
   */
  constructor(private readonly placesKept: number) {}

  get size(): number {
    return this.known;
  }

  /** Grows with each change. */
  get version(): number {
    return this.changes;
  }

  /** `bay` null: the item has no place there any more. What was told last stands, in whatever order it is read. */
  set(storeId: string, itemId: string, bay: string | null, toldMs: number): void {
    const isFull = this.known >= this.placesKept;
    if (isFull && (!this.stores.has(storeId) || !this.items.has(itemId))) return;
    const [store, item] = [this.stores.of(storeId), this.items.of(itemId)];
    const at = slotOf(this.slots, store, item);
    const isNew = this.slots[at] === 0;
    const toldS = Math.floor(toldMs / 1_000);
    if (isNew ? isFull : this.slots[at + 3] > toldS) return;
    const isRoom = bay !== null && (this.bays.has(bay) || this.bays.size < this.placesKept);
    this.slots.set([store, item, isRoom ? this.bays.of(bay) : NOWHERE, toldS], at);
    this.changes++;
    if (!isNew) return;
    this.known++;
    if (2 * this.known * SLOT > this.slots.length) this.slots = grown(this.slots);
  }

  /** Null: nobody said where, or it has no place any more. */
  bayOf(storeId: string, itemId: string): string | null {
    const [store, item] = [this.stores.find(storeId), this.items.find(itemId)];
    if (store === 0 || item === 0) return null;
    return this.bays.textOf(this.slots[slotOf(this.slots, store, item) + 2]);
  }
}

/** Where a shelf is, or the free slot where it would be. At least half of the slots are free. */
function slotOf(slots: Uint32Array, store: number, item: number): number {
  const mask = slots.length / SLOT - 1;
  let hash = Math.imul(store, 0x9e3779b1) ^ Math.imul(item, 0x85ebca6b);
  hash ^= hash >>> 15;
  let slot = hash & mask;
  for (;;) {
    const at = slot * SLOT;
    if (slots[at] === 0 || (slots[at] === store && slots[at + 1] === item)) return at;
    slot = (slot + 1) & mask;
  }
}

function grown(slots: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(slots.length * 2);
  for (let at = 0; at < slots.length; at += SLOT)
    if (slots[at] !== 0) larger.set(slots.subarray(at, at + SLOT), slotOf(larger, slots[at], slots[at + 1]));
  return larger;
}
