import { IdentityTable } from './identity-table.js';
import { readTable, WindowCopy, type WindowHead } from './window-copy.js';

const HOUR_MS = 3_600_000;
const FORMAT_VERSION = 1;
const HEADER_BYTES = 16;
/** Hours that a window tells apart, for each hour that it is long: numbers are moved when they have run out. */
const HOURS_FACTOR = 2;

/**
 * The identities of one partition's events of the last `windowMs` of event time: what dedupe remembers.
 *
 * Event time is cut into hours. The window reaches from the hour of (newest event - windowMs) to now; an identity is
 * remembered while its event's hour is in it. What is remembered is therefore a function of the set of events that
 * passed, not of the order or the batches in which they came: rebuilt from silver it answers the same.
 *
 * Identities are spread over as many tables as there are hours to tell apart, by their top bits: a slot then takes 8
 * bytes (9 to 10.5 an identity), and the tables grow one by one, never all of the memory at once.
 */
export class IdentityWindow {
  /** Of no use to anybody, but without a reader `lookAhead` would be compiled to nothing. */
  seen = 0;
  private readonly hourBits: number;
  private readonly tables: readonly IdentityTable[];
  private newestMs = -Infinity;
  private oldestHour = -Infinity;
  /** The hour that is stored as 1. */
  private firstHour = -Infinity;
  private copying: WindowCopy | null = null;

  constructor(readonly windowMs: number) {
    // An hour before the window and the newest one belong to it too; 0 is no hour.
    this.hourBits = Math.ceil(Math.log2(HOURS_FACTOR * (windowMs / HOUR_MS + 3)));
    this.tables = Array.from({ length: 2 ** this.hourBits }, (_, at) => new IdentityTable(at, this.hourBits));
  }

  /**
   * Whether an event is new: then it is remembered. An event older than the window cannot be known and is new.
   * `low` and `high` are the halves of the 64-bit identity.
   */
  pass(low: number, high: number, eventTimeMs: number): boolean {
    const hour = Math.floor(eventTimeMs / HOUR_MS);
    if (hour < this.oldestHour) return true;
    const table = this.tableOf(high);
    let slot = table.find(low, high);
    if (this.isLive(table.hourAt(slot))) return false;
    if (eventTimeMs > this.newestMs && this.move(eventTimeMs)) slot = table.find(low, high);
    this.put(table, slot, low, high, hour);
    return true;
  }

  /**
   * Looks where `pass` will look for the identities of rows from `from` to before `end`, given as halves. Tables are larger
   * than the processor's cache: it waits for all of these at once, but for those of `pass` one after the other.
   */
  lookAhead(halves: Int32Array, from: number, end: number): void {
    let seen = 0;
    for (let row = from; row < end; row++) seen ^= this.tableOf(halves[2 * row + 1]).homeOf(halves[2 * row]);
    this.seen = seen;
  }

  /** Remembers an event that passed before, in any order. */
  remember(identity: bigint, eventTimeMs: number): void {
    const hour = Math.floor(eventTimeMs / HOUR_MS);
    if (hour < this.oldestHour) return;
    const low = Number(BigInt.asIntN(32, identity));
    const high = Number(BigInt.asIntN(32, identity >> 32n));
    if (eventTimeMs > this.newestMs) this.move(eventTimeMs);
    const table = this.tableOf(high);
    const slot = table.find(low, high);
    const known = table.hourAt(slot);
    // Two events of one identity can both have passed when the first had left the window: the later hour counts.
    if (known === 0 || this.hourOf(known) < hour) this.put(table, slot, low, high, hour);
  }

  /** Returns true when slots are no longer where they were. */
  private move(newestMs: number): boolean {
    this.newestMs = newestMs;
    this.oldestHour = Math.floor((newestMs - this.windowMs) / HOUR_MS);
    if (this.storedOf(Math.floor(newestMs / HOUR_MS)) < this.tables.length) return false;
    const oldest = this.oldestStored();
    for (const table of this.tables) {
      this.copying?.touch(table);
      table.rebuild(oldest, oldest - 1);
    }
    this.firstHour = this.oldestHour;
    return true;
  }

  private tableOf(high: number): IdentityTable {
    return this.tables[high >>> (32 - this.hourBits)];
  }

  private put(table: IdentityTable, slot: number, low: number, high: number, hour: number): void {
    this.copying?.touch(table);
    table.put(slot, low, high, this.storedOf(hour), this.oldestStored());
  }

  private storedOf(hour: number): number {
    return hour - this.firstHour + 1;
  }

  private oldestStored(): number {
    return this.storedOf(this.oldestHour);
  }

  private hourOf(stored: number): number {
    return this.firstHour + stored - 1;
  }

  private isLive(stored: number): boolean {
    return stored !== 0 && this.hourOf(stored) >= this.oldestHour;
  }

  /**
   * Everything remembered, in bytes that depend on nothing else. Little-endian: format version and 3 spare bytes,
   * number of identities (uint32), newest event time in ms (float64); then for each hour, ascending: hour (int32),
   * number (uint32), identities (int64 each, ascending).
   */
  toBytes(): Uint8Array {
    const counts = new Uint32Array(this.tables.length);
    this.forEach((_low, _high, stored) => void counts[stored]++);
    const hours = Array.from(counts, (count, stored) => ({
      stored,
      identities: new BigInt64Array(count),
      at: 0,
    }));
    this.forEach((low, high, stored) => {
      const hour = hours[stored];
      hour.identities[hour.at++] = (BigInt(high) << 32n) | BigInt(low >>> 0);
    });
    const used = hours.filter(({ identities }) => identities.length > 0);
    const count = used.reduce((sum, { identities }) => sum + identities.length, 0);
    const view = new DataView(new ArrayBuffer(HEADER_BYTES + 8 * used.length + 8 * count));
    view.setUint8(0, FORMAT_VERSION);
    view.setUint32(4, count, true);
    view.setFloat64(8, this.newestMs, true);
    let at = HEADER_BYTES;
    for (const { stored, identities } of used) {
      view.setInt32(at, this.hourOf(stored), true);
      view.setUint32(at + 4, identities.length, true);
      at += 8;
      for (const identity of identities.sort()) {
        view.setBigInt64(at, identity, true);
        at += 8;
      }
    }
    return new Uint8Array(view.buffer);
  }

  private forEach(visit: (low: number, high: number, stored: number) => void): void {
    const oldest = this.oldestStored();
    for (const table of this.tables) table.forEach(oldest, visit);
  }

  /** Begins a copy of what is remembered now; the window goes on while it is made. A new copy ends the one before. */
  copy(): WindowCopy {
    const { windowMs, newestMs, firstHour, tables } = this;
    this.copying?.stop();
    const copy: WindowCopy = new WindowCopy({ windowMs, newestMs, firstHour }, tables, () => {
      if (this.copying === copy) this.copying = null;
    });
    this.copying = copy;
    return copy;
  }

  /** From the sections of a copy; one of another length takes over what fits. Throws `RangeError` for anything else. */
  static fromSections(sections: readonly Uint8Array[], windowMs: number): IdentityWindow {
    const read = sections.map(readTable);
    const head: WindowHead | undefined = read[0]?.head;
    const window = new IdentityWindow(head?.windowMs ?? windowMs);
    if (!head) return window;
    if (read.length !== window.tables.length) throw new RangeError('an identity window that was cut off');
    window.newestMs = head.newestMs ?? -Infinity;
    window.firstHour = head.firstHour ?? -Infinity;
    if (head.newestMs !== null) window.oldestHour = Math.floor((head.newestMs - window.windowMs) / HOUR_MS);
    for (const { number, table } of read) window.tables[number].load(table);
    if (window.windowMs === windowMs) return window;
    return IdentityWindow.fromBytes(window.toBytes(), windowMs);
  }

  /** What `toBytes` gave. Throws `RangeError` when it is anything else. */
  static fromBytes(bytes: Uint8Array, windowMs: number): IdentityWindow {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length < HEADER_BYTES || view.getUint8(0) !== FORMAT_VERSION)
      throw new RangeError(`not an identity window of format ${FORMAT_VERSION}`);
    const window = new IdentityWindow(windowMs);
    const newestMs = view.getFloat64(8, true);
    if (newestMs !== -Infinity) window.move(newestMs);
    let left = view.getUint32(4, true);
    for (let at = HEADER_BYTES; at < bytes.length;) {
      const hour = view.getInt32(at, true);
      const count = view.getUint32(at + 4, true);
      at += 8;
      for (let index = 0; index < count; index++, at += 8)
        window.remember(view.getBigInt64(at, true), hour * HOUR_MS);
      left -= count;
    }
    if (left !== 0) throw new RangeError('an identity window that was cut off');
    return window;
  }
}
