import { HOUR_MS } from './local-time.js';
import type { Names } from './names.js';

/** An item that sells more than usual, or less, for a while, in all stores. */
export interface Promotion {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Times its usual demand. */
  readonly uplift: number;
}

/** Beyond that a catalog's figure is a mistake: a shelf that sells out is found without it. */
const UPLIFT_MIN = 0.1;
const UPLIFT_MAX = 50;

/** Number of the item -> times its usual demand, of those that differ from it. */
export type Uplifts = ReadonlyMap<number, number>;

/**
 * Promotions as the catalog tells them: while one runs, that much more is expected of the item, and what it sells teaches its usual
 * rate by as much less. A catalog that says too much makes its shelves look empty, one that says nothing leaves them as they were.
 */
export class Promotions {
  private byItem = new Map<number, Promotion>();
  private running: { readonly hourMs: number; readonly uplifts: Uplifts | null } | null = null;

  constructor(private readonly items: Names) {}

  /** By the item's number. */
  get state(): ReadonlyMap<number, Promotion> {
    return this.byItem;
  }

  set state(byItem: ReadonlyMap<number, Promotion>) {
    this.byItem = new Map(byItem);
    this.running = null;
  }

  /** The item's one promotion, in the place of the one before; null: none any more. Returns whether that is new. */
  set(itemId: string, promotion: Promotion | null): boolean {
    const before = this.byItem.get(this.items.find(itemId)) ?? null;
    if (isSame(before, promotion)) return false;
    this.running = null;
    if (promotion) this.byItem.set(this.items.idOf(itemId), promotion);
    else this.byItem.delete(this.items.find(itemId));
    return true;
  }

  /** Of the hour that begins then; null when nothing is promoted. */
  at(startMs: number): Uplifts | null {
    if (this.byItem.size === 0) return null;
    const hourMs = Math.floor(startMs / HOUR_MS) * HOUR_MS;
    if (this.running?.hourMs !== hourMs) this.running = { hourMs, uplifts: this.upliftsAt(hourMs) };
    return this.running.uplifts;
  }

  private upliftsAt(startMs: number): Uplifts | null {
    const uplifts = new Map<number, number>();
    for (const [item, { fromMs, untilMs, uplift }] of this.byItem)
      if (startMs >= fromMs && startMs < untilMs)
        uplifts.set(item, Math.min(UPLIFT_MAX, Math.max(UPLIFT_MIN, uplift)));
    return uplifts.size === 0 ? null : uplifts;
  }
}

function isSame(left: Promotion | null, right: Promotion | null): boolean {
  if (!left || !right) return left === right;
  return left.fromMs === right.fromMs && left.untilMs === right.untilMs && left.uplift === right.uplift;
}

export function upliftOf(uplifts: Uplifts | null | undefined, item: number): number {
  return uplifts?.get(item) ?? 1;
}
