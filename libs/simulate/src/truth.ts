import type { CAUSE_NAMES } from '@gondola/events';
import { HOUR_MS } from './calendar.js';
import type { Shelf, Shop } from './shop.js';

/**
 * What was so at the end of an hour in which the store keeps open, closed by chance or not: detection never sees it, scores are made
 * of it.
 */
export interface TruthRow {
  readonly storeId: string;
  readonly itemId: string;
  readonly hourStartMs: number;
  /** Units a customer can find. */
  readonly onHandTrue: number;
  /** Units by the store's system, also where it sends no inventory events. */
  readonly onHandRecord: number;
  readonly outOfStock: boolean;
  /** Of the hour, 0 to 60: no customer could find a unit. */
  readonly emptyMinutes: number;
  /** Units asked for within the hour and not there. */
  readonly lostUnits: number;
  /** Why it is out of stock, null when it is not. */
  readonly cause: (typeof CAUSE_NAMES)[number] | null;
  /** Nobody was let in. */
  readonly closed: boolean;
  /** What the store sent in this hour came later or never. */
  readonly feedDead: boolean;
}

export function truthOf(
  shop: Shop,
  hourStartMs: number,
  facts: Pick<TruthRow, 'closed' | 'feedDead'>,
): TruthRow[] {
  const endMs = hourStartMs + HOUR_MS;
  return shop.shelves.map((shelf) => {
    const { item, onHand, record, emptyMs, emptySinceMs, lostUnits } = shelf;
    return {
      storeId: shop.store.storeId,
      itemId: item.itemId,
      hourStartMs,
      onHandTrue: onHand,
      onHandRecord: record,
      outOfStock: onHand === 0,
      emptyMinutes: Math.round((emptyMs + (emptySinceMs === null ? 0 : endMs - emptySinceMs)) / 60_000),
      lostUnits,
      cause: onHand === 0 ? causeOf(shelf) : null,
      ...facts,
    };
  });
}

/** Of several causes the one that a person in the store would name first. */
function causeOf({ misplaced, record, shortUnits, deliveries }: Shelf): NonNullable<TruthRow['cause']> {
  if (misplaced > 0) return 'in_backroom';
  if (record < 0) return 'negative_stock';
  if (record > 0) return shortUnits >= record ? 'partial_delivery' : 'phantom_record';
  return deliveries.some((delivery) => !delivery.isCancelled) ? 'ordered_not_delivered' : 'not_ordered';
}
