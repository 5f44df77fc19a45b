import { IdentityTable } from './identity-table.js';

/** The only hour of a set: nothing falls out of it. */
const EVER = 1;

/** Hashes of keys that are known, about 10 bytes each, by 63 bits of them. */
export class KeySet {
  private readonly table = new IdentityTable(0, 1);
  size = 0;

  has(low: number, high: number): boolean {
    return this.table.hourAt(this.table.find(low, high)) === EVER;
  }

  add(low: number, high: number): void {
    const slot = this.table.find(low, high);
    if (this.table.hourAt(slot) === EVER) return;
    this.table.put(slot, low, high, EVER, EVER);
    this.size++;
  }
}
