import { DAY_MS } from './local-time.js';
import { QUANTITY_PARTS, type ShelfColumns } from './shelf-state.js';
import type { StoreState } from './store-state.js';

/** Before a store's first counts: units that leave unseen for each unit of a usual day's sales, and the days that say so. */
const LOSS_SHARE = 0.01;
const LOSS_DAYS = 30;
/** What a count leaves of those before it. */
const LOSS_MEMORY = 0.998;

/** Units that left a shelf unseen since somebody looked, as the store's counts let expect. 0 without a record. */
export function unseenLoss(store: StoreState, row: number, atMs: number): number {
  const { lookedSeconds, dayUsual } = store.shelves.columns;
  if (lookedSeconds[row] === 0 || dayUsual[row] <= 0) return 0;
  const days = Math.max(0, atMs - lookedSeconds[row] * 1000) / DAY_MS;
  return shareOf(store) * dayUsual[row] * days;
}

/** A count teaches how much this store loses: `before` and `counted` are thousandths of units. */
export function learnLoss(store: StoreState, row: number, { before, counted, atMs }: Look): void {
  const { lookedSeconds, dayUsual } = store.shelves.columns;
  const since = lookedSeconds[row];
  look(store.shelves.columns, row, atMs);
  if (since === 0 || dayUsual[row] <= 0 || Number.isNaN(before)) return;
  const units = dayUsual[row] * (Math.max(0, atMs - since * 1000) / DAY_MS);
  // More than a day's sales at once is a theft, a misplaced case or a missed delivery, not what leaks every day.
  const lost = Math.min(dayUsual[row], Math.max(0, before - counted) / QUANTITY_PARTS);
  store.lostUnits = LOSS_MEMORY * store.lostUnits + lost;
  store.lostOf = LOSS_MEMORY * store.lostOf + units;
}

/** Units that probably stand there, the shelf being empty with that probability; null without a record. */
export function onHandEstimate(store: StoreState, row: number, out: number, atMs: number): number | null {
  const units = store.shelves.columns.record.at(row) / QUANTITY_PARTS;
  if (Number.isNaN(units)) return null;
  // A shelf that is not empty has at least a unit, whatever the record says.
  return (1 - out) * Math.max(1, units - unseenLoss(store, row, atMs));
}

/** How many times four hours' expected units are left at the tick's end; above 0 while there is a record, whatever was lost unseen. */
export function coverOf(store: StoreState, row: number, expected: number): number {
  const units = store.shelves.columns.record.at(row) / QUANTITY_PARTS;
  const left = units === 0 ? 0 : Math.max(0.01, units - unseenLoss(store, row, store.tickEndMs));
  return left / Math.max(1e-9, 4 * expected);
}

export interface Look {
  readonly before: number;
  readonly counted: number;
  readonly atMs: number;
}

/** What stands there is known from now on. */
export function look(columns: ShelfColumns, row: number, atMs: number): void {
  columns.lookedSeconds[row] = Math.min(0xffff_ffff, Math.max(1, Math.round(atMs / 1000)));
}

function shareOf({ lostUnits, lostOf }: StoreState): number {
  return (lostUnits + LOSS_SHARE * LOSS_DAYS) / (lostOf + LOSS_DAYS);
}
