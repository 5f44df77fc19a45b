import { RecordArena, type Block } from './record-arena.js';

/** Numbers of a store's line. */
export const LINE_DOUBLES = 8;
export const EVENT_MS_MAX = 0;
export const TICK_START_MS = 1;
export const TICK_END_MS = 2;
export const LOOK_MS = 3;
export const IS_AHEAD = 4;
/** Newest sale since the watch was told of sales. */
export const SALE_MS = 5;

/** Where a store's shelves are. */
export const PLACE_INTS = 8;
export const SLAB = 0;
export const FIRST = 1;
export const SLOTS_AT = 2;
export const SLOTS = 3;
export const ROOM = 4;

/**
 * What events meet of all stores and shelves of an engine, side by side: an event reads one line of its store, its place in the
 * store's index and one record, whatever else the store holds.
 */
export class EngineMemory {
  readonly arena = new RecordArena();
  /** [store][number of its line], and [store][where its shelves are]. */
  lines = new Float64Array(LINE_DOUBLES);
  places = new Int32Array(PLACE_INTS);
  /** Store 0 is none: what is looked for there is found nowhere. */
  private stores = 1;

  constructor() {
    this.setPlace(0, this.arena.take(0));
  }

  /** Room for another store; returns its number. */
  addStore(): number {
    const store = this.stores++;
    if (this.lines.length < this.stores * LINE_DOUBLES) {
      const [lines, places] = [this.lines, this.places];
      this.lines = new Float64Array(2 * lines.length);
      this.lines.set(lines);
      this.places = new Int32Array(2 * places.length);
      this.places.set(places);
    }
    return store;
  }

  /** Says where a store's shelves are from here on. */
  setPlace(store: number, { slab, at, first, slotsAt, slots }: Block): void {
    const place = store * PLACE_INTS;
    this.places[place + SLAB] = at;
    this.places[place + FIRST] = first;
    this.places[place + SLOTS_AT] = slotsAt;
    this.places[place + SLOTS] = slots;
    this.places[place + ROOM] = slab.room;
  }
}
