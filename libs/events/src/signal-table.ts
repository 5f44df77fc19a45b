import { columnSpec as column, type ColumnSpec, type ColumnTable, type ColumnValues } from '@gondola/stream';
import type { Signal } from './signal.js';

const DAY_MS = 86_400_000;

/** Every signal and its changes: the fields of `Signal`, nested ones as JSON. Partitioned by `event_date`. */
export const SIGNAL_COLUMNS: readonly ColumnSpec[] = [
  column('signal_id', 'string'),
  column('episode_id', 'string'),
  column('environment', 'string'),
  column('store_id', 'string'),
  column('item_id', 'string'),
  column('kind', 'string'),
  column('at', 'timestamp'),
  column('since', 'timestamp'),
  column('expected_at', 'timestamp', true),
  column('act_by', 'timestamp', true),
  column('probability', 'float64'),
  column('on_hand_record', 'float64', true),
  column('on_hand_estimate', 'float64', true),
  column('demand_per_hour', 'float64'),
  column('lost_units', 'float64'),
  column('lost_units_low', 'float64'),
  column('lost_units_high', 'float64'),
  column('lost_sales_per_hour', 'float64', true),
  column('lost_sales', 'float64', true),
  column('lost_sales_low', 'float64', true),
  column('lost_sales_high', 'float64', true),
  column('value_per_minute', 'float64', true),
  column('currency', 'string', true),
  column('evidence', 'string'),
  column('causes', 'string', true),
  column('sold_last24h', 'string'),
  column('expected_last24h', 'string'),
  column('model_version', 'string'),
  column('arm', 'string', true),
  column('receipt', 'string', true),
  column('source_stream', 'string'),
  column('source_partition', 'string'),
  column('ordinal', 'int64'),
  column('event_date', 'date'),
];

/** Where signals come from: their partition of the source stream, and how many came before the first of them. */
export interface SignalOrigin {
  readonly stream: string;
  readonly partition: string;
  readonly ordinal: bigint;
}

export function signalTable(
  signals: readonly Signal[],
  { stream, partition, ordinal }: SignalOrigin,
): ColumnTable {
  const micros = (of: (signal: Signal) => number) =>
    Float64Array.from(signals, (signal) => of(signal) * 1000);
  const numbers = (of: (signal: Signal) => number) => Float64Array.from(signals, of);
  const values: Record<string, ColumnValues> = {
    signal_id: signals.map((one) => one.signalId),
    episode_id: signals.map((one) => one.episodeId),
    environment: signals.map((one) => one.environment),
    store_id: signals.map((one) => one.storeId),
    item_id: signals.map((one) => one.itemId),
    kind: signals.map((one) => one.kind),
    at: micros((one) => one.atMs),
    since: micros((one) => one.sinceMs),
    expected_at: signals.map((one) => (one.expectedAtMs === null ? null : one.expectedAtMs * 1000)),
    act_by: signals.map((one) => (one.actByMs === null ? null : one.actByMs * 1000)),
    probability: numbers((one) => one.probability),
    on_hand_record: signals.map((one) => one.onHandRecord),
    on_hand_estimate: signals.map((one) => one.onHandEstimate),
    demand_per_hour: numbers((one) => one.demandPerHour),
    lost_units: numbers((one) => one.lostUnits),
    lost_units_low: numbers((one) => one.lostUnitsLow),
    lost_units_high: numbers((one) => one.lostUnitsHigh),
    lost_sales_per_hour: signals.map((one) => one.lostSalesPerHour),
    lost_sales: signals.map((one) => one.lostSales),
    lost_sales_low: signals.map((one) => one.lostSalesLow),
    lost_sales_high: signals.map((one) => one.lostSalesHigh),
    value_per_minute: signals.map((one) => one.valuePerMinute),
    currency: signals.map((one) => one.currency),
    evidence: signals.map((one) => JSON.stringify(one.evidence)),
    causes: signals.map((one) => JSON.stringify(one.causes)),
    sold_last24h: signals.map((one) => JSON.stringify(one.soldLast24h)),
    expected_last24h: signals.map((one) => JSON.stringify(one.expectedLast24h)),
    model_version: signals.map((one) => one.modelVersion),
    arm: signals.map((one) => one.arm),
    receipt: signals.map((one) => one.receipt && JSON.stringify(one.receipt)),
    source_stream: signals.map(() => stream),
    source_partition: signals.map(() => partition),
    ordinal: BigInt64Array.from(signals, (_, index) => ordinal + BigInt(index)),
    event_date: Int32Array.from(signals, (one) => Math.floor(one.atMs / DAY_MS)),
  };
  return {
    rows: signals.length,
    columns: SIGNAL_COLUMNS.map((spec) => ({ spec, values: values[spec.name] })),
  };
}
