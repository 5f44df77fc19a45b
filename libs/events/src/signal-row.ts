import { GondolaError } from '@gondola/stream';
import type { Evidence, Signal, SignalKind } from './signal.js';

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
    probability: number(row, 'probability'),
    onHandRecord: isNull(row, 'on_hand_record') ? null : number(row, 'on_hand_record'),
    demandPerHour: number(row, 'demand_per_hour'),
    lostUnits: number(row, 'lost_units'),
    lostUnitsLow: number(row, 'lost_units_low'),
    lostUnitsHigh: number(row, 'lost_units_high'),
    lostSalesPerHour: isNull(row, 'lost_sales_per_hour') ? null : number(row, 'lost_sales_per_hour'),
    currency: isNull(row, 'currency') ? null : text(row, 'currency'),
    evidence: array<Evidence>(row, 'evidence'),
    soldLast24h: array<number>(row, 'sold_last24h'),
    expectedLast24h: array<number>(row, 'expected_last24h'),
    modelVersion: text(row, 'model_version'),
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

/** The table holds microseconds. */
const timeMs = (row: TableRow, column: string): number => number(row, column) / 1000;

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
