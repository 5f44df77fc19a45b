import { CAUSE_NAMES, type Cause, type SignalKind } from '@gondola/events';
import { CAUSE_TABLE } from './cause-table.js';
import { HOUR_MS } from './local-time.js';
import type { Supply } from './orders.js';

type CauseName = Cause['name'];

/** What is known of a shelf when it is asked why it is empty, or will be. */
export interface CauseFacts {
  readonly kind: SignalKind;
  readonly atMs: number;
  /** Last sale, or first sight. */
  readonly silentSinceMs: number;
  /** Units by the record, null when no record is known. */
  readonly record: number | null;
  /** Usual units a day. */
  readonly unitsPerDay: number;
  /** Null when no order and no receipt of the shelf was ever told. */
  readonly supply: Supply | null;
  readonly nilPicks: number;
}

/** What each fact may be; the table has a frequency for each. A fact that is not known is left out. */
export const CAUSE_FACTS = {
  record: ['negative', 'nothing', 'under_a_day', 'under_two_days', 'more'],
  order: ['none', 'running', 'overdue', 'cancelled'],
  delivery: ['short', 'unsold_long', 'unsold', 'sold_of', 'old'],
  pick: ['not_found'],
  demand: ['slow', 'middling', 'fast'],
} as const;
type FactName = keyof typeof CAUSE_FACTS;
export type CauseBins = { readonly [F in FactName]?: (typeof CAUSE_FACTS)[F][number] };

/** Frequencies, in the order of `CAUSE_NAMES`. */
export interface CauseTable {
  /** P(cause). */
  readonly base: readonly number[];
  /** P(what the fact is | cause). */
  readonly given: { readonly [F in FactName]: { readonly [bin: string]: readonly number[] } };
}

/** Causes that a shelf can have which does not stand empty yet. */
const AHEAD: readonly CauseName[] = ['not_ordered', 'ordered_not_delivered', 'partial_delivery', 'unknown'];
/** A delivery of less than this share of what was ordered was a short one. */
const SHORT_SHARE = 0.8;
/** Of the usual time from order to delivery: when an order without a promised time is overdue. */
const LEAD_FACTOR = 1.5;

/**
 * P(cause) by Bayes, each fact taken as independent of the others given the cause; sums to 1, the likeliest first. Where
 * neither a record nor a supply is known, nothing can be said: unknown. `recovered` has none.
 */
export function causesOf(facts: CauseFacts, table: CauseTable = CAUSE_TABLE): Cause[] {
  if (facts.kind === 'recovered') return [];
  if (facts.record === null && facts.supply === null) return [{ name: 'unknown', probability: 1 }];
  const bins = causeBinsOf(facts);
  const names = facts.kind === 'coming' ? AHEAD : CAUSE_NAMES;
  const weights = names.map((name) => {
    const index = CAUSE_NAMES.indexOf(name);
    const spoken = Object.entries(bins).map(([fact, bin]) => table.given[fact as FactName][bin][index]);
    return spoken.reduce((product, likelihood) => product * likelihood, table.base[index]);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return names
    .map((name, index) => ({ name, probability: weights[index] / total }))
    .sort((left, right) => right.probability - left.probability);
}

/** The facts as the table knows them. A shelf that will run out is not judged by a record that is still right. */
export function causeBinsOf(facts: CauseFacts): CauseBins {
  const { record, supply, unitsPerDay, kind, nilPicks } = facts;
  const order = supply && orderOf(supply, facts.atMs);
  const delivery = supply && deliveryOf(supply, facts);
  return {
    ...(record !== null && kind !== 'coming' && { record: recordOf(record, unitsPerDay) }),
    ...(order && { order }),
    ...(delivery && { delivery }),
    ...(nilPicks > 0 && { pick: 'not_found' as const }),
    demand: unitsPerDay < 5 ? 'slow' : unitsPerDay < 20 ? 'middling' : 'fast',
  };
}

function recordOf(record: number, unitsPerDay: number): NonNullable<CauseBins['record']> {
  if (record < 0) return 'negative';
  if (record === 0) return 'nothing';
  const days = record / Math.max(1, unitsPerDay);
  return days < 1 ? 'under_a_day' : days < 2 ? 'under_two_days' : 'more';
}

/** Null where no order was ever told: the store may tell none. */
function orderOf({ orders, leadMs }: Supply, atMs: number): CauseBins['order'] | null {
  if (orders.length === 0) return null;
  const open = orders.filter(({ status }) => status === 'ordered' || status === 'shipped');
  if (open.length === 0) return orders[0].status === 'cancelled' ? 'cancelled' : 'none';
  const isLate = open.some(({ dueMs, orderedMs }) => {
    const usualMs = orderedMs !== null && leadMs !== null ? orderedMs + LEAD_FACTOR * leadMs : Infinity;
    return atMs > (dueMs ?? usualMs);
  });
  return isLate ? 'overdue' : 'running';
}

function deliveryOf(
  { orders, receivedMs }: Supply,
  { atMs, silentSinceMs }: CauseFacts,
): CauseBins['delivery'] | null {
  if (receivedMs === null) return null;
  const last = orders.find(({ status }) => status === 'done');
  if (last && last.receivedUnits < SHORT_SHARE * last.orderedUnits) return 'short';
  const hours = (atMs - receivedMs) / HOUR_MS;
  if (silentSinceMs <= receivedMs) return hours > 8 ? 'unsold_long' : 'unsold';
  return hours < 24 ? 'sold_of' : 'old';
}
