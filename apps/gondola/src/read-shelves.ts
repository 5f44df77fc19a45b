import type { Zero } from '@gondola/kpi';
import { readDataFile, readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquetColumns } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';

const DAY_MS = 86_400_000;
/** Silver keeps quantities as whole thousandths and prices as whole ten-thousandths. */
const QUANTITY_SCALE = 1_000;
const PRICE_SCALE = 10_000;

export interface Period {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Null: all stores. */
  readonly storeId: string | null;
}

export interface Sales {
  /** Pairs of store and item that sold. */
  readonly shelves: number;
  /** Currency -> money taken less what was given back. */
  readonly sold: ReadonlyMap<string, number>;
}

/** What the tills of a period say of all shelves. */
export async function readSales(store: ObjectStore, environment: string, period: Period): Promise<Sales> {
  const shelves = new Set<string>();
  const sold = new Map<string, number>();
  const names = [
    ...(['retail_store_id', 'item_id', 'transaction_type', 'line_type'] as const),
    ...(['begin_date_time', 'quantity', 'unit_price', 'currency_code'] as const),
  ];
  const table = `${environment}/silver/retail.pos.transaction`;
  for await (const columns of columnsOf(store, table, names, period)) {
    columns.retail_store_id.forEach((storeId: unknown, row: number) => {
      const line = columns.line_type[row];
      const isCounted =
        columns.transaction_type[row] === 'SALE' || columns.transaction_type[row] === 'RETURN';
      if (!isCounted || !isWithin(period, String(storeId), columns.begin_date_time[row])) return;
      if (line === 'SALE') shelves.add(JSON.stringify([storeId, columns.item_id[row]]));
      const sign = line === 'SALE' ? 1 : line === 'RETURN' ? -1 : 0;
      const price = columns.unit_price[row];
      if (sign === 0 || price == null) return;
      const units = Math.abs(Number(columns.quantity[row])) / QUANTITY_SCALE;
      const currency = String(columns.currency_code[row]);
      sold.set(currency, (sold.get(currency) ?? 0) + sign * units * (Number(price) / PRICE_SCALE));
    });
  }
  return { shelves: shelves.size, sold };
}

export interface Picks {
  readonly asked: number;
  readonly found: number;
}

export interface Counts {
  /** What the last record of the day before a count said, beside it. */
  readonly counts: readonly { readonly recorded: number; readonly counted: number }[];
  /** Shelves that were counted one by one and found empty. */
  readonly zeroCounts: readonly Zero[];
}

interface Stated {
  readonly storeId: string;
  readonly itemId: string;
  readonly atMs: number;
  readonly method: string;
  readonly units: number;
}

export async function readCounts(store: ObjectStore, environment: string, period: Period): Promise<Counts> {
  const names = ['location_id', 'item_id', 'counted_at', 'on_hand', 'method'] as const;
  const table = `${environment}/silver/retail.inventory.snapshot`;
  const stated: Stated[] = [];
  // A record that a count is held against may be of the day before.
  const wider = { ...period, fromMs: period.fromMs - DAY_MS };
  for await (const columns of columnsOf(store, table, names, wider)) {
    columns.location_id.forEach((storeId: unknown, row: number) => {
      const at = columns.counted_at[row];
      if (!isWithin(wider, String(storeId), at)) return;
      stated.push({
        ...{ storeId: String(storeId), itemId: String(columns.item_id[row]), atMs: Number(at) / 1_000 },
        ...{ method: String(columns.method[row]), units: Number(columns.on_hand[row]) / QUANTITY_SCALE },
      });
    });
  }
  const counts: { recorded: number; counted: number }[] = [];
  const records = new Map<string, Stated>();
  for (const one of stated.sort((a, b) => a.atMs - b.atMs)) {
    const shelf = JSON.stringify([one.storeId, one.itemId]);
    const record = records.get(shelf);
    if (one.method === 'SYSTEM') records.set(shelf, one);
    else if (record && one.atMs >= period.fromMs && one.atMs - record.atMs <= DAY_MS)
      counts.push({ recorded: record.units, counted: one.units });
  }
  const zeroCounts = stated
    .filter(({ method, units, atMs }) => method === 'CYCLE' && units === 0 && atMs >= period.fromMs)
    .map(({ storeId, itemId, atMs }) => ({ id: `count ${itemId} ${atMs}`, storeId, actor: null, atMs }));
  return { counts, zeroCounts };
}

/** Order lines that somebody went to the shelf for, and those of them that were found. */
export async function readPicks(store: ObjectStore, environment: string, period: Period): Promise<Picks> {
  const names = ['location_id', 'event_time', 'outcome'] as const;
  const table = `${environment}/silver/retail.fulfilment.pick`;
  let asked = 0;
  let found = 0;
  for await (const columns of columnsOf(store, table, names, period)) {
    columns.location_id.forEach((storeId: unknown, row: number) => {
      const outcome = columns.outcome[row];
      if (outcome === 'CANCELLED' || !isWithin(period, String(storeId), columns.event_time[row])) return;
      asked++;
      if (outcome === 'PICKED') found++;
    });
  }
  return { asked, found };
}

/** Columns hold microseconds. */
const isWithin = ({ fromMs, untilMs, storeId }: Period, ofStore: string, at: unknown): boolean =>
  (storeId === null || storeId === ofStore) && Number(at) / 1_000 >= fromMs && Number(at) / 1_000 < untilMs;

/** Files of days outside the period are not read. */
async function* columnsOf<Name extends string>(
  store: ObjectStore,
  table: string,
  names: readonly Name[],
  { fromMs, untilMs }: Period,
) {
  const snapshot = await readSnapshot(store, table, readCheckpoint);
  for (const file of snapshot?.files ?? []) {
    const dayMs = Date.parse(file.partitionValues['event_date'] ?? '');
    if (dayMs + DAY_MS > fromMs && dayMs < untilMs)
      yield await readParquetColumns(await readDataFile(store, table, file), names);
  }
}
