import { shelfEvents, type EventBatch, type ShelfEvents } from '@gondola/events';
import { columnOf, textsOf, type KnownTexts } from '@gondola/stream';
import { withoutRecords } from '@gondola/validate';
import { promotedItemsIn, type PromotedItem } from './promoted-items.js';

export const STORE_SUBJECT = 'retail.catalog.store';

/** Where a store is. */
export interface PlacedStore {
  readonly storeId: string;
  readonly timeZone: string;
  readonly city: string | null;
  readonly openingHours: string | null;
}

export type RecordPart =
  /** `records`: of each row the index of its record. */
  | { readonly kind: 'events'; readonly events: ShelfEvents; readonly records: ArrayLike<number> }
  | { readonly kind: 'store'; readonly store: PlacedStore }
  | { readonly kind: 'item'; readonly item: PromotedItem };

/**
 * What the batches of one RecordBatch say to detection, in the order of their records. Validation sorts events by
 * subject; a sale, the delivery after it and the count after that must not change places, or the answer would depend on
 * how the stream was cut into batches. `known`: texts of the batches before, where there are any.
 */
export function inRecordOrder(batches: readonly EventBatch[], known?: KnownTexts): RecordPart[] {
  const spoken = batches.flatMap((batch) => {
    const events = shelfEvents(batch, known);
    return events ? [{ batch, events }] : [];
  });
  const facts = batches.flatMap((batch) => {
    const partOf = factsIn(batch);
    return partOf ? [{ batch, partOf }] : [];
  });
  if (facts.length === 0 && spoken.length <= 1)
    return spoken.map(({ batch, events }) => ({ kind: 'events', events, records: batch.recordIndex }));

  const rows = [
    ...spoken.flatMap(({ batch, events }) => rowsOf(batch).map((at) => ({ ...at, events, partOf: null }))),
    ...facts.flatMap(({ batch, partOf }) => rowsOf(batch).map((at) => ({ ...at, events: null, partOf }))),
  ].sort((left, right) => left.record - right.record);
  const parts: RecordPart[] = [];
  let run: { events: ShelfEvents; row: number; record: number }[] = [];
  const endRun = () => {
    if (run.length > 0)
      parts.push({ kind: 'events', events: gather(run), records: run.map(({ record }) => record) });
    run = [];
  };
  for (const { row, record, events, partOf } of rows) {
    if (events) run.push({ events, row, record });
    else {
      endRun();
      parts.push(partOf(row));
    }
  }
  endRun();
  return parts;
}

/** Row of a store's batch -> its opening hours; a contract of before them has none. */
export function openingHoursIn({ table }: EventBatch): (row: number) => string | null {
  const column = table.columns.find(({ spec }) => spec.name === 'opening_hours');
  const texts = column && textsOf(column);
  return (row) => texts?.[row] ?? null;
}

/** Row of a catalog's batch -> what it says; null for a subject that says nothing of the catalog. */
function factsIn(batch: EventBatch): ((row: number) => RecordPart) | null {
  const itemOf = promotedItemsIn(batch);
  if (itemOf) return (row) => ({ kind: 'item', item: itemOf(row) });
  if (batch.subject !== STORE_SUBJECT) return null;
  const texts = (column: string) => textsOf(columnOf(batch.table, column));
  const [ids, timeZones, cities] = [texts('retail_store_id'), texts('time_zone'), texts('city')];
  const hoursOf = openingHoursIn(batch);
  return (row) => {
    const place = { timeZone: String(timeZones[row]), city: cities[row], openingHours: hoursOf(row) };
    return { kind: 'store', store: { storeId: String(ids[row]), ...place } };
  };
}

function rowsOf(batch: EventBatch): { row: number; record: number }[] {
  return Array.from(batch.recordIndex, (record, row) => ({ row, record }));
}

function gather(run: readonly { events: ShelfEvents; row: number }[]): ShelfEvents {
  return {
    rows: run.length,
    store: run.map(({ events, row }) => events.store[row]),
    item: run.map(({ events, row }) => events.item[row]),
    category: run.map(({ events, row }) => events.category[row]),
    quantity: Float64Array.from(run, ({ events, row }) => events.quantity[row]),
    unitPrice: Float64Array.from(run, ({ events, row }) => events.unitPrice[row]),
    currency: run.map(({ events, row }) => events.currency[row]),
    effect: run.map(({ events, row }) => events.effect[row]),
    session: run.map(({ events, row }) => events.session?.[row] ?? null),
    eventTimeMs: Float64Array.from(run, ({ events, row }) => events.eventTimeMs[row]),
    document: run.map(({ events, row }) => events.document?.[row] ?? null),
    dueMs: Float64Array.from(run, ({ events, row }) => events.dueMs?.[row] ?? NaN),
    till: run.map(({ events, row }) => events.till?.[row] ?? null),
  };
}

/** What records from `from` to before `end` became. */
export function rowsBetween(
  batches: readonly EventBatch[],
  count: number,
  from: number,
  end: number,
): readonly EventBatch[] {
  if (from === 0 && end === count) return batches;
  if (from >= end) return [];
  const others = new Set(Array.from({ length: count }, (_, index) => index));
  for (let index = from; index < end; index++) others.delete(index);
  return batches.flatMap((batch) => withoutRecords(batch, others));
}
