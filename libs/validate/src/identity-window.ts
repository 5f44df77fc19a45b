const HOUR_MS = 3_600_000;
const SLOTS_AT_FIRST = 1024;
/** Above this share of used slots the table is rebuilt without what fell out of the window ... */
const LOAD_MAX = 0.75;
/** ... to a size at which this share is used. */
const LOAD_AFTER = 0.5;
const FORMAT_VERSION = 1;
const HEADER_BYTES = 16;
/** In `hours`: a slot that was never used. */
const FREE = 0;
/** Hours that 16 bits can tell apart, but for a few. */
const HOURS_MAX = 65_000;

/**
 * The identities of one partition's events of the last `windowMs` of event time: what dedupe remembers.
 *
 * Event time is cut into hours. The window reaches from the hour of (newest event - windowMs) to now; an identity is
 * remembered while its event's hour is in it. What is remembered is therefore a function of the set of events that
 * passed, not of the order or the batches in which they came: rebuilt from silver it answers the same.
 *
 * An open-addressing table over typed arrays: 10 bytes a slot, so 13 to 20 bytes an identity.
 */
export class IdentityWindow {
  private low = new Int32Array(SLOTS_AT_FIRST);
  private high = new Int32Array(SLOTS_AT_FIRST);
  /** Hours since the one before `firstHour`. */
  private hours = new Uint16Array(SLOTS_AT_FIRST);
  private used = 0;
  private newestMs = -Infinity;
  private oldestHour = -Infinity;
  private firstHour = 0;

  constructor(readonly windowMs: number) {}

  /**
   * Whether an event is new: then it is remembered. An event older than the window cannot be known and is new.
   * `low` and `high` are the halves of the 64-bit identity.
   */
  pass(low: number, high: number, eventTimeMs: number): boolean {
    const hour = Math.floor(eventTimeMs / HOUR_MS);
    if (hour < this.oldestHour) return true;
    if (this.isLive(this.hours[this.find(low, high)])) return false;
    if (eventTimeMs > this.newestMs) this.move(eventTimeMs);
    this.put(low, high, hour);
    return true;
  }

  /** Remembers an event that passed before, in any order. */
  remember(identity: bigint, eventTimeMs: number): void {
    const hour = Math.floor(eventTimeMs / HOUR_MS);
    if (hour < this.oldestHour) return;
    const low = Number(BigInt.asIntN(32, identity));
    const high = Number(BigInt.asIntN(32, identity >> 32n));
    if (eventTimeMs > this.newestMs) this.move(eventTimeMs);
    // Two events of one identity can both have passed when the first had left the window: the later hour counts.
    const known = this.hours[this.find(low, high)];
    if (known === FREE || this.hourOf(known) < hour) this.put(low, high, hour);
  }

  private move(newestMs: number): void {
    this.newestMs = newestMs;
    this.oldestHour = Math.floor((newestMs - this.windowMs) / HOUR_MS);
    const newestHour = Math.floor(newestMs / HOUR_MS);
    if (newestHour - this.firstHour >= HOURS_MAX) this.rebuild();
  }

  /** The identity's slot, or the free one where it belongs. */
  private find(low: number, high: number): number {
    const slots = this.hours.length;
    let slot = Math.floor(((low ^ high) >>> 0) * (slots / 4_294_967_296));
    while (this.hours[slot] !== FREE && (this.low[slot] !== low || this.high[slot] !== high))
      if (++slot === slots) slot = 0;
    return slot;
  }

  private put(low: number, high: number, hour: number): void {
    const slot = this.find(low, high);
    const isNew = this.hours[slot] === FREE;
    this.low[slot] = low;
    this.high[slot] = high;
    this.hours[slot] = hour - this.firstHour + 1;
    if (isNew && ++this.used > LOAD_MAX * this.hours.length) this.rebuild();
  }

  private rebuild(): void {
    const { low, high, hours } = this;
    let live = 0;
    for (let slot = 0; slot < hours.length; slot++) if (this.isLive(hours[slot])) live++;
    const slots = Math.max(SLOTS_AT_FIRST, Math.ceil(live / LOAD_AFTER));
    const moved = this.oldestHour - this.firstHour;
    this.low = new Int32Array(slots);
    this.high = new Int32Array(slots);
    this.hours = new Uint16Array(slots);
    this.used = live;
    for (let old = 0; old < hours.length; old++) {
      if (hours[old] === FREE || hours[old] - 1 < moved) continue;
      const slot = this.find(low[old], high[old]);
      this.low[slot] = low[old];
      this.high[slot] = high[old];
      this.hours[slot] = hours[old] - moved;
    }
    this.firstHour = this.oldestHour;
  }

  private hourOf(stored: number): number {
    return this.firstHour + stored - 1;
  }

  private isLive(stored: number): boolean {
    return stored !== FREE && this.hourOf(stored) >= this.oldestHour;
  }

  /**
   * Everything remembered, in bytes that depend on nothing else. Little-endian: format version and 3 spare bytes,
   * number of identities (uint32), newest event time in ms (float64); then for each hour, ascending: hour (int32),
   * number (uint32), identities (int64 each, ascending).
   */
  toBytes(): Uint8Array {
    const byHour = new Map<number, bigint[]>();
    let count = 0;
    for (let slot = 0; slot < this.hours.length; slot++) {
      if (!this.isLive(this.hours[slot])) continue;
      const hour = this.hourOf(this.hours[slot]);
      count++;
      const identities = byHour.get(hour) ?? [];
      identities.push((BigInt(this.high[slot]) << 32n) | BigInt(this.low[slot] >>> 0));
      byHour.set(hour, identities);
    }
    const view = new DataView(new ArrayBuffer(HEADER_BYTES + 8 * byHour.size + 8 * count));
    view.setUint8(0, FORMAT_VERSION);
    view.setUint32(4, count, true);
    view.setFloat64(8, this.newestMs, true);
    let at = HEADER_BYTES;
    for (const [hour, identities] of [...byHour].sort(([left], [right]) => left - right)) {
      view.setInt32(at, hour, true);
      view.setUint32(at + 4, identities.length, true);
      at += 8;
      for (const identity of BigInt64Array.from(identities).sort()) {
        view.setBigInt64(at, identity, true);
        at += 8;
      }
    }
    return new Uint8Array(view.buffer);
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
