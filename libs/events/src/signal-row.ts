import type { Cause, Evidence, Receipt, Signal, SignalKind } from './signal.js';
import { RowReader, type TableRow } from './table-row.js';

/** A row of the `signals` table. Errors: `lake_corrupt`, naming the column, when it does not hold what it must. */
export function signalOfRow(row: TableRow): Signal {
  const of = new RowReader('signals', row);
  return {
    signalId: of.text('signal_id'),
    episodeId: of.text('episode_id'),
    environment: of.text('environment'),
    storeId: of.text('store_id'),
    itemId: of.text('item_id'),
    kind: of.text('kind') as SignalKind,
    atMs: of.timeMs('at'),
    sinceMs: of.timeMs('since'),
    expectedAtMs: of.timeMsOrNull('expected_at'),
    actByMs: of.timeMsOrNull('act_by'),
    probability: of.number('probability'),
    onHandRecord: of.numberOrNull('on_hand_record'),
    onHandEstimate: of.numberOrNull('on_hand_estimate'),
    demandPerHour: of.number('demand_per_hour'),
    lostUnits: of.number('lost_units'),
    lostUnitsLow: of.number('lost_units_low'),
    lostUnitsHigh: of.number('lost_units_high'),
    lostSalesPerHour: of.numberOrNull('lost_sales_per_hour'),
    lostSales: of.numberOrNull('lost_sales'),
    lostSalesLow: of.numberOrNull('lost_sales_low'),
    lostSalesHigh: of.numberOrNull('lost_sales_high'),
    valuePerMinute: of.numberOrNull('value_per_minute'),
    currency: of.textOrNull('currency'),
    evidence: of.json('evidence', isArray<Evidence>, 'a JSON array'),
    causes: of.isNull('causes') ? [] : of.json('causes', isArray<Cause>, 'a JSON array'),
    soldLast24h: of.json('sold_last24h', isArray<number>, 'a JSON array'),
    expectedLast24h: of.json('expected_last24h', isArray<number>, 'a JSON array'),
    modelVersion: of.text('model_version'),
    // Rows of an older version are of nobody's experiment.
    arm: row['arm'] === 'hold_out' ? 'hold_out' : 'treated',
    receipt: of.isNull('receipt') ? null : of.json('receipt', isReceipt, 'a receipt'),
  };
}

const isArray = <T>(value: unknown): value is readonly T[] => Array.isArray(value);

const isReceipt = (value: unknown): value is Receipt =>
  typeof value === 'object' && value !== null && 'position' in value;
