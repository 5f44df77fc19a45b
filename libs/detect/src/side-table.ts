import type { ColumnLayout, Columns } from './columns.js';

type SideColumns = Columns & {
  /** Row of the shelf in its store's table. */
  readonly shelf: Int32Array;
};

/**
 * Columns that few of a store's shelves need: a shelf has a place here from the first time that it is asked for. Found
 * by the shelf's row, so that shelves without one cost nothing.
 */
export class SideTable<T extends SideColumns> {
  count = 0;
  columns: T;
  private capacity = 0;
  /** Open addressing: place + 1 of a shelf, 0 for a free slot. */
  private slots = new Int32Array(8);

  constructor(private readonly layout: ColumnLayout<T>) {
    this.columns = layout.make(0);
  }

  /** Place of the shelf, -1 when it has none. */
  placeOf(shelf: number): number {
    if (this.count === 0) return -1;
    const mask = this.slots.length - 1;
    for (let slot = hashOf(shelf) & mask; ; slot = (slot + 1) & mask) {
      const place = this.slots[slot] - 1;
      if (place < 0 || this.columns.shelf[place] === shelf) return place;
    }
  }

  /** The same; a shelf that has none gets one, all columns 0. */
  open(shelf: number): number {
    const known = this.placeOf(shelf);
    if (known >= 0) return known;
    if (this.count === this.capacity) this.grow(Math.ceil(this.capacity * 1.25) + 8);
    const place = this.count++;
    this.columns.shelf[place] = shelf;
    if (this.count * 4 > this.slots.length * 3) this.index(this.slots.length * 2);
    else this.file(place);
    return place;
  }

  /** Bytes held. */
  get heldBytes(): number {
    return this.layout.byteLength(this.count) + (this.count > 0 ? this.slots.byteLength : 0);
  }

  /** Bytes that `write` needs. */
  get byteLength(): number {
    return this.layout.byteLength(this.count);
  }

  write(target: Uint8Array, start: number): number {
    return this.layout.write(this.columns, this.count, target, start);
  }

  /** Fills an empty table with what `write` wrote of so many places; returns the end. */
  read(source: Uint8Array, start: number, count: number): number {
    this.grow(count);
    this.count = count;
    const end = this.layout.read(this.columns, count, source, start);
    let slots = 8;
    while (count * 4 > slots * 3) slots *= 2;
    this.index(slots);
    return end;
  }

  private grow(capacity: number): void {
    this.columns = this.layout.grown(this.columns, this.count, capacity);
    this.capacity = capacity;
  }

  private index(slots: number): void {
    this.slots = new Int32Array(slots);
    for (let place = 0; place < this.count; place++) this.file(place);
  }

  private file(place: number): void {
    const mask = this.slots.length - 1;
    let slot = hashOf(this.columns.shelf[place]) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = place + 1;
  }
}

function hashOf(shelf: number): number {
  const mixed = Math.imul(shelf + 1, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
