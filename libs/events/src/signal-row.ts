import { GondolaError } from '@gondola/stream';
import type { Cause, Evidence, Receipt, Signal, SignalKind } from './signal.js';

/** As our Parquet reader gives it: timestamps in microseconds, int64 as bigint. */
type TableRow = Readonly<Record<string, unknown>>;

/** A row of the `signals` table. Errors: `lake_corrupt`, naming the column, when it does not hold what it must. */
export function signalOfRow(row: TableRow): Signal {
  return {
    signalId: text(row, 'signal_id'),
    episodeId: text(row, 'episode_id'),
    environment: text(row, 'environment'),
    storeId: text(row, 'store_id'),
    itemId: text(row, 'item_id'),
    kind: text(row, 'kind') as SignalKind,
    atMs: timeMs(row, 'at'),
    sinceMs: timeMs(row, 'since'),
    expectedAtMs: isNull(row, 'expected_at') ? null : timeMs(row, 'expected_at'),
    actByMs: isNull(row, 'act_by') ? null : timeMs(row, 'act_by'),
    probability: number(row, 'probability'),
    onHandRecord: numberOrNull(row, 'on_hand_record'),
    onHandEstimate: numberOrNull(row, 'on_hand_estimate'),
    demandPerHour: number(row, 'demand_per_hour'),
    lostUnits: number(row, 'lost_units'),
    lostUnitsLow: number(row, 'lost_units_low'),
    lostUnitsHigh: number(row, 'lost_units_high'),
    lostSalesPerHour: numberOrNull(row, 'lost_sales_per_hour'),
    lostSales: numberOrNull(row, 'lost_sales'),
    lostSalesLow: numberOrNull(row, 'lost_sales_low'),
    lostSalesHigh: numberOrNull(row, 'lost_sales_high'),
    valuePerMinute: numberOrNull(row, 'value_per_minute'),
    currency: isNull(row, 'currency') ? null : text(row, 'currency'),
    evidence: array<Evidence>(row, 'evidence'),
    causes: isNull(row, 'causes') ? [] : array<Cause>(row, 'causes'),
    soldLast24h: array<number>(row, 'sold_last24h'),
    expectedLast24h: array<number>(row, 'expected_last24h'),
    modelVersion: text(row, 'model_version'),
    // Rows of an older version are of nobody's experiment.
    arm: row['arm'] === 'hold_out' ? 'hold_out' : 'treated',
    receipt: isNull(row, 'receipt') ? null : receipt(row),
  };
}

const isNull = (row: TableRow, column: string): boolean => row[column] == null;

function text(row: TableRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw corrupt(column, 'text');
  return value;
}

function number(row: TableRow, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw corrupt(column, 'a number');
  return value;
}

/** Rows of an older version lack columns that came later. */
const numberOrNull = (row: TableRow, column: string): number | null =>
  isNull(row, column) ? null : number(row, column);

/** The table holds microseconds. */
const timeMs = (row: TableRow, column: string): number => number(row, column) / 1000;

function receipt(row: TableRow): Receipt {
  try {
    const value: unknown = JSON.parse(text(row, 'receipt'));
    if (typeof value === 'object' && value !== null && 'position' in value) return value as Receipt;
  } catch {
    // told below
  }
  throw corrupt('receipt', 'a receipt');
}

function array<T>(row: TableRow, column: string): readonly T[] {
  try {
    const value: unknown = JSON.parse(text(row, column));
    if (Array.isArray(value)) return value as T[];
  } catch {
    // told below
  }
  throw corrupt(column, 'a JSON array');
}

function corrupt(column: string, wanted: string): GondolaError {
  return new GondolaError('lake_corrupt', `signals: column ${column} does not hold ${wanted}`, false);
}
