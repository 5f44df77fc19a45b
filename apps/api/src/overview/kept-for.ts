import { systemClock } from '@gondola/stream';

/**
 * What was made for a key, for so long of real time, also where a demo's clock runs through days in minutes. Null is not kept: what is
 * not known yet is asked for again.
 */
export class KeptFor<Key, T> {
  private readonly kept = new Map<Key, { readonly atMs: number; readonly value: T }>();

  constructor(private readonly keptMs: number) {}

  of(key: Key, make: () => T): T {
    const atMs = systemClock.nowMs();
    for (const [other, one] of this.kept) if (atMs - one.atMs >= this.keptMs) this.kept.delete(other);
    const known = this.kept.get(key);
    if (known) return known.value;
    const value = make();
    if (value !== null) this.kept.set(key, { atMs, value });
    return value;
  }

  forget(key: Key): void {
    this.kept.delete(key);
  }
}
