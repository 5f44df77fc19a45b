import { release } from '@gondola/stream';

/** Words of a slot: the lower half of an identity; then what the table's number does not say of the upper half, over the hour. */
const SLOT_WORDS = 2;
const SLOTS_AT_FIRST = 16;
/** Above this share of used slots a table is rebuilt without what fell out of the window ... */
const LOAD_MAX = 0.88;
/** ... to a size at which this share is used. Tables differ in it, or all would grow at the same time. */
const LOAD_AFTER = [0.69, 0.705, 0.72, 0.735, 0.75] as const;
/** Below so many identities a table doubles: its room is worth less than moving each identity five times. */
const SMALL_MAX = 8_192;
const LOAD_AFTER_SMALL = LOAD_MAX / 2;

/**
 * One of the open-addressing tables of an identity window: identities that share the top bits of their upper half. Its
 * slots are 8 bytes because those bits are not stored: the hour has their place, 0 in a slot that was never used.
 */
export class IdentityTable {
  private cells = new Int32Array(SLOT_WORDS * SLOTS_AT_FIRST);
  private slots = SLOTS_AT_FIRST;
  private used = 0;

  constructor(
    private readonly number: number,
    private readonly hourBits: number,
  ) {}

  /** The identity's slot, or the free one where it belongs. */
  find(low: number, high: number): number {
    const { cells, hourBits } = this;
    const hourMask = (1 << hourBits) - 1;
    const wanted = high << hourBits;
    for (let at = SLOT_WORDS * homeIn(low, this.slots); ;) {
      const second = cells[at + 1];
      if ((second & hourMask) === 0 || (cells[at] === low && (second & ~hourMask) === wanted)) return at;
      if ((at += SLOT_WORDS) === cells.length) at = 0;
    }
  }

  /** What stands where the identity's search begins: looked up beforehand, it is in the processor's cache. */
  homeOf(low: number): number {
    return this.cells[SLOT_WORDS * homeIn(low, this.slots)];
  }

  /** As stored: hours since the one before the window's first, 0 for a free slot. */
  hourAt(slot: number): number {
    return this.cells[slot + 1] & ((1 << this.hourBits) - 1);
  }

  /** Fills the slot that `find` gave. */
  put(slot: number, low: number, high: number, hour: number, oldest: number): void {
    const isNew = this.hourAt(slot) === 0;
    this.cells[slot] = low;
    this.cells[slot + 1] = (high << this.hourBits) | hour;
    if (isNew && ++this.used > LOAD_MAX * this.slots) this.rebuild(oldest, 0);
  }

  /** Keeps what is of the hour `oldest` or later, and counts hours from so many later. */
  rebuild(oldest: number, moved: number): void {
    const { cells, hourBits } = this;
    const least = Math.max(oldest, 1);
    const hourMask = (1 << hourBits) - 1;
    let live = 0;
    for (let at = 1; at < cells.length; at += SLOT_WORDS) if ((cells[at] & hourMask) >= least) live++;
    const load = live < SMALL_MAX ? LOAD_AFTER_SMALL : LOAD_AFTER[this.number % LOAD_AFTER.length];
    const slots = Math.max(SLOTS_AT_FIRST, Math.ceil(live / load));
    const kept = new Int32Array(SLOT_WORDS * slots);
    for (let at = 0; at < cells.length; at += SLOT_WORDS) {
      const second = cells[at + 1];
      if ((second & hourMask) < least) continue;
      // Homes keep their order in a table of any size: this walks both tables from end to end.
      let to = SLOT_WORDS * homeIn(cells[at], slots);
      while (kept[to + 1] !== 0) if ((to += SLOT_WORDS) === kept.length) to = 0;
      kept[to] = cells[at];
      kept[to + 1] = second - moved;
    }
    release(cells);
    this.cells = kept;
    this.slots = slots;
    this.used = live;
  }

  /** Its memory as it is, not a copy, and back. */
  dump(): { slots: number; used: number; cells: Int32Array<ArrayBuffer> } {
    const { slots, used, cells } = this;
    return { slots, used, cells };
  }

  load({ slots, used, cells }: { slots: number; used: number; cells: Int32Array<ArrayBuffer> }): void {
    this.cells = cells;
    this.slots = slots;
    this.used = used;
  }

  /** Calls with the halves and the stored hour of everything of the hour `oldest` or later. */
  forEach(oldest: number, visit: (low: number, high: number, hour: number) => void): void {
    const { cells, hourBits } = this;
    const top = this.number << (32 - hourBits);
    for (let slot = 0; slot < cells.length; slot += SLOT_WORDS) {
      const hour = this.hourAt(slot);
      if (hour !== 0 && hour >= oldest) visit(cells[slot], top | (cells[slot + 1] >>> hourBits), hour);
    }
  }
}

/** Multiplied, because identities need not be hashes for all we know; scaled, so that a table may have any size. */
function homeIn(low: number, slots: number): number {
  return Math.floor((Math.imul(low, 0x9e3779b1) >>> 0) * (slots / 0x100000000));
}
