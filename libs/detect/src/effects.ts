import type { ShelfEffect, SightEffect } from '@gondola/events';
import { clampProbability, logit, PROBABILITY_MAX, PROBABILITY_MIN } from './equations.js';
import { moveLost } from './lost-units.js';
import type { Model } from './model.js';
import { learnLoss, look } from './on-hand.js';
import { FLAG_COUNTED, FLAG_LEFT, FLAG_RECEIPT, QUANTITY_PARTS, type ShelfColumns } from './shelf-state.js';
import { deliverToSights, forgetSights, shifted } from './sights.js';
import type { StoreState } from './store-state.js';

/** What systems that order say: their clocks are not those of the store. */
export const ORDER_EFFECTS: ReadonlySet<ShelfEffect> = new Set([
  'ordered',
  'shipped',
  'order_done',
  'order_cancelled',
]);

/** A row of more units is a barcode typed as a quantity, or the like: one would outweigh all that its store sold in years. */
export const UNITS_MAX = 1_000_000;
/** Thousandths that `tickSold` holds. */
export const SOLD_PARTS_MAX = 2 ** 31 - 1;

/** One row of events, once its store and shelf are found. */
export interface ShelfEvent {
  readonly effect: Exclude<ShelfEffect, SightEffect>;
  /** Units; negative takes back what the effect does. */
  readonly quantity: number;
  readonly atMs: number;
  /** Its hour was ticked before it came: it changes the ledger and the day's total, never the posterior. */
  readonly late: boolean;
  /** Order or delivery note, null when not known; when ordered goods are expected, NaN when not known. */
  readonly document: string | null;
  readonly dueMs: number;
}

/**
 * What an event did that a signal may have to follow: units sold, or P(out) moved without a tick, by what was seen or else.
 * `repeated`: a delivery that was booked before, which does nothing.
 */
export type Moved = 'sold' | 'prior' | 'sight_up' | 'sight_down' | 'repeated' | null;

/** Applies one event to the counters of one shelf. O(1). */
export function applyEffect(store: StoreState, row: number, event: ShelfEvent, model: Model): Moved {
  const parts = Math.round(event.quantity * QUANTITY_PARTS);
  const { columns } = store.shelves;
  switch (event.effect) {
    case 'sale':
      return parts >= 0 ? sell(store, row, parts, event) : book(columns, row, -parts, event);
    case 'return':
      // Booked back by the record, but the units need not be sellable: says nothing of the shelf.
      return book(columns, row, Math.abs(parts), event);
    case 'receipt':
      return receive(store, row, parts, event, model);
    case 'issue':
      if (!event.late) columns.flags.set(row, columns.flags.at(row) | FLAG_LEFT);
      return book(columns, row, -parts, event);
    case 'adjustment':
      if (parts < 0 && !event.late) columns.flags.set(row, columns.flags.at(row) | FLAG_LEFT);
      return book(columns, row, parts, event);
    case 'count':
      return count(store, row, parts, event);
    case 'record':
      setRecord(columns, row, parts, event.atMs);
      return null;
    case 'ordered':
    case 'shipped':
    case 'order_done':
    case 'order_cancelled':
      store.orders.apply(row, { ...event, effect: event.effect });
      return null;
    case 'seen_full':
    case 'seen_empty':
    case 'seen_filled':
      return see(store, row, event);
    case 'ignore':
      return null;
  }
}

function sell(store: StoreState, row: number, parts: number, { atMs, late }: ShelfEvent): Moved {
  if (parts === 0) return null;
  const { columns } = store.shelves;
  book(columns, row, -parts, { atMs });
  if (atMs > columns.silentSinceMs.at(row)) columns.silentSinceMs.set(row, atMs);
  if (late) {
    const offsetMs = store.clock.offsetMsAt(atMs);
    if (Math.floor((atMs + offsetMs) / 86_400_000) === store.day) columns.daySold[row] += parts;
    return null;
  }
  if (atMs > columns.recordSetMs.at(row)) columns.flags.set(row, columns.flags.at(row) & ~FLAG_COUNTED);
  // With at most a tick of lateness an event belongs to the running tick or to the one after it.
  const sold = atMs < store.tickEndMs ? columns.tickSold : columns.nextSold;
  sold.set(row, Math.min(SOLD_PARTS_MAX, sold.at(row) + parts));
  forgetSights(store, row, atMs);
  return 'sold';
}

/** Moves the record, unless it was set after this happened and so holds it already. */
function book(columns: ShelfColumns, row: number, parts: number, { atMs }: { atMs: number }): null {
  if (atMs > columns.recordSetMs.at(row)) columns.record.set(row, columns.record.at(row) + parts);
  return null;
}

/** A delivery speaks once a tick, however many lines it has. */
function receive(store: StoreState, row: number, parts: number, event: ShelfEvent, model: Model): Moved {
  const { columns } = store.shelves;
  if (parts > 0 && !store.orders.receive(row, event.quantity, event.atMs, event.document)) return 'repeated';
  book(columns, row, parts, event);
  if (parts <= 0 || event.late || (columns.flags.at(row) & FLAG_RECEIPT) !== 0) return null;
  columns.flags.set(row, columns.flags.at(row) | FLAG_RECEIPT);
  const before = columns.prior.at(row);
  const left = model.file.ledger.receipt_factor;
  setPrior(store, row, clampProbability(before * left));
  deliverToSights(store, row, before, left);
  moveLost(columns, row, { before, after: columns.prior.at(row), filled: 1 - left });
  return 'prior';
}

function count(store: StoreState, row: number, parts: number, { atMs, late }: ShelfEvent): Moved {
  const { columns } = store.shelves;
  const before = columns.record.at(row);
  if (!setRecord(columns, row, parts, atMs)) return null;
  learnLoss(store, row, { before, counted: parts, atMs });
  if (late) return null;
  const empty = parts <= 0;
  if (atMs < store.tickEndMs) columns.flags.set(row, columns.flags.at(row) | FLAG_COUNTED);
  setPrior(store, row, empty ? PROBABILITY_MAX : PROBABILITY_MIN);
  forgetSights(store, row, atMs);
  return 'prior';
}

/** Somebody looked: the shelf is certain, its record is not. A record of nothing beside a full shelf is wrong. */
function see(store: StoreState, row: number, { effect, atMs, late }: ShelfEvent): Moved {
  const { record, flags, lostIfOut, lostIfIn } = store.shelves.columns;
  if (late) return null;
  if (atMs < store.tickEndMs) flags.set(row, flags.at(row) | FLAG_COUNTED);
  if (effect !== 'seen_empty' && record.at(row) <= 0) record.set(row, NaN);
  // It was empty until now: what was lost if it was is lost.
  if (effect === 'seen_filled') lostIfIn[row] = lostIfOut[row];
  setPrior(store, row, effect === 'seen_empty' ? PROBABILITY_MAX : PROBABILITY_MIN);
  forgetSights(store, row, atMs);
  return 'prior';
}

function setRecord(columns: ShelfColumns, row: number, parts: number, atMs: number): boolean {
  if (atMs < columns.recordSetMs.at(row)) return false;
  columns.record.set(row, parts);
  columns.recordSetMs.set(row, atMs);
  if (columns.lookedSeconds[row] === 0) look(columns, row, atMs);
  return true;
}

function setPrior({ shelves: { columns, memory } }: StoreState, row: number, next: number): void {
  const weight = logit(next) - logit(columns.prior.at(row));
  columns.ledgerEvidence.set(row, columns.ledgerEvidence.at(row) + weight);
  columns.prior.set(row, next);
  if (!memory) return;
  memory.plainPrior[row] = shifted(memory.plainPrior[row], weight);
  memory.scorePrior[row] = shifted(memory.scorePrior[row], weight);
}
