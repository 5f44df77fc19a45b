import type { Promotion } from '@gondola/detect';
import type { EventBatch } from '@gondola/events';
import { columnOf, plainValues, textsOf } from '@gondola/stream';

export const ITEM_SUBJECT = 'retail.catalog.item';
const COLUMNS = ['promotion_from', 'promotion_until', 'promotion_uplift'];

/** What the catalog says of an item's demand; null: nothing, or nothing any more. */
export interface PromotedItem {
  readonly itemId: string;
  readonly promotion: Promotion | null;
}

/** Row of an item's batch -> its promotion; null for other subjects, and a contract of before there were any. */
export function promotedItemsIn({ subject, table }: EventBatch): ((row: number) => PromotedItem) | null {
  const names = new Set(table.columns.map(({ spec }) => spec.name));
  if (subject !== ITEM_SUBJECT || !COLUMNS.every((name) => names.has(name))) return null;
  const itemIds = textsOf(columnOf(table, 'item_id'));
  const [from, until, uplifts] = COLUMNS.map((name) => plainValues(columnOf(table, name)));
  return (row) => {
    const itemId = String(itemIds[row]);
    // The contract's rules: all of them or none.
    if (uplifts[row] === null) return { itemId, promotion: null };
    const ms = (micros: unknown) => Math.floor(Number(micros) / 1000);
    return {
      itemId,
      promotion: { fromMs: ms(from[row]), untilMs: ms(until[row]), uplift: Number(uplifts[row]) },
    };
  };
}
