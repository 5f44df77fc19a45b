import type { Cause, ShelfVerdict, SignalKind } from '@gondola/events';
import type { ParquetRows, ReadColumn } from '@gondola/lake-parquet';
import type { KeptSignal } from './episode-book.js';
import type { SalesLines } from './sales-sums.js';

/** Silver keeps quantities as whole thousandths and prices as whole ten-thousandths. */
const QUANTITY_SCALE = 1_000;
const PRICE_SCALE = 10_000;
const MICROS = 1_000;

/** Lines of tills as `gondola kpis` counts them. Who bought and who served is not read. */
export async function salesLinesOf(part: ParquetRows): Promise<SalesLines> {
  const of = await columnsOf(part, [
    ...(['retail_store_id', 'item_id', 'merchandise_group', 'currency_code', 'begin_date_time'] as const),
    ...(['transaction_type', 'line_type', 'quantity', 'unit_price'] as const),
  ]);
  const { rows } = part;
  const [signs, atMs, amounts] = [new Int8Array(rows), new Float64Array(rows), new Float64Array(rows)];
  for (let row = 0; row < rows; row++) {
    const type = of.transaction_type[row];
    const line = of.line_type[row];
    if (type === 'SALE' || type === 'RETURN') signs[row] = line === 'SALE' ? 1 : line === 'RETURN' ? -1 : 0;
    atMs[row] = Number(of.begin_date_time[row]) / MICROS;
    const price = of.unit_price[row];
    const units = Math.abs(Number(of.quantity[row])) / QUANTITY_SCALE;
    amounts[row] = price == null ? NaN : units * (Number(price) / PRICE_SCALE);
  }
  return {
    ...{ rows, storeIds: of.retail_store_id, itemIds: of.item_id },
    ...{ categories: of.merchandise_group, currencies: of.currency_code, signs, atMs, amounts },
  };
}

export async function signalsOf(part: ParquetRows): Promise<KeptSignal[]> {
  const of = await columnsOf(part, [
    ...(['signal_id', 'episode_id', 'store_id', 'item_id', 'kind', 'at', 'since', 'probability'] as const),
    ...(['lost_sales', 'lost_sales_low', 'lost_sales_high', 'lost_sales_per_hour', 'currency'] as const),
    ...(['causes', 'model_version', 'arm'] as const),
  ]);
  return Array.from({ length: part.rows }, (_, row) => ({
    signalId: String(of.signal_id[row]),
    episodeId: String(of.episode_id[row]),
    storeId: String(of.store_id[row]),
    itemId: String(of.item_id[row]),
    kind: of.kind[row] as SignalKind,
    atMs: Number(of.at[row]) / MICROS,
    sinceMs: Number(of.since[row]) / MICROS,
    probability: Number(of.probability[row]),
    arm: of.arm[row] === 'hold_out' ? 'hold_out' : 'treated',
    lostSales: numberOrNull(of.lost_sales[row]),
    lostSalesLow: numberOrNull(of.lost_sales_low[row]),
    lostSalesHigh: numberOrNull(of.lost_sales_high[row]),
    lostSalesPerHour: numberOrNull(of.lost_sales_per_hour[row]),
    currency: textOrNull(of.currency[row]),
    causes: typeof of.causes[row] === 'string' ? (JSON.parse(of.causes[row]) as Cause[]) : [],
    modelVersion: String(of.model_version[row]),
  }));
}

export async function verdictsOf(part: ParquetRows): Promise<ShelfVerdict[]> {
  const of = await columnsOf(part, [
    ...(['event_id', 'signal_id', 'check_id', 'store_id', 'item_id', 'verdict', 'undoes'] as const),
    ...(['at', 'actor', 'channel'] as const),
  ]);
  return Array.from({ length: part.rows }, (_, row) => ({
    eventId: String(of.event_id[row]),
    signalId: textOrNull(of.signal_id[row]),
    checkId: textOrNull(of.check_id[row]),
    storeId: String(of.store_id[row]),
    itemId: String(of.item_id[row]),
    verdict: of.verdict[row] as ShelfVerdict['verdict'],
    undoes: textOrNull(of.undoes[row]),
    atMs: Number(of.at[row]) / MICROS,
    actor: textOrNull(of.actor[row]),
    channel: textOrNull(of.channel[row]),
  }));
}

/** A column that the file lacks is one of nulls: an older version wrote it. */
async function columnsOf<Name extends string>(part: ParquetRows, names: readonly Name[]) {
  const columns: Partial<Record<Name, ReadColumn>> = {};
  for (const name of names)
    columns[name] = (await part.read(name)) ?? new Array<unknown>(part.rows).fill(null);
  return columns as Record<Name, ReadColumn>;
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
