import type { ShelfVerdict, Signal } from '@gondola/events';
import { inOrder } from './episodes.js';
import { wilson, type Estimate } from './intervals.js';
import { isOut } from './judgements.js';
import { massZeroings, zerosOf } from './mass-zeroing.js';
import { standingVerdicts } from './standing.js';

/** How far the answers of one person hold. For those who weigh answers, not to rate people: see the decision note. */
export interface Reliability {
  /** Token; null: those that nobody signed. */
  readonly actor: string | null;
  readonly storeId: string;
  /** Standing verdicts. */
  readonly verdicts: number;
  readonly undone: number;
  readonly cannotCheck: number;
  readonly massZeroed: number;
  /** Soon after them the shelf showed otherwise. */
  readonly contradicted: number;
  /** Not contradicted, of those that say something. Wilson's 95 % interval. */
  readonly estimate: Estimate | null;
}

export interface ReliabilityOptions {
  /** A sale or another look within this time contradicts. */
  readonly soonMs?: number;
}

/**
 * NONE_IN_STORE is contradicted by a sale soon after, IT_WAS_THERE by somebody else who soon finds the shelf empty.
 * FILLED is followed by sales either way and cannot be contradicted.
 */
export function reliabilityOf(
  signals: Iterable<Signal>,
  verdicts: Iterable<ShelfVerdict>,
  { soonMs = 2 * 3_600_000 }: ReliabilityOptions = {},
): readonly Reliability[] {
  const all = [...verdicts];
  const { standing } = standingVerdicts(all);
  const stands = new Set(standing.map(({ eventId }) => eventId));
  const zeroed = new Set(massZeroings(zerosOf(standing)).flatMap(({ ids }) => ids));
  const sales = Map.groupBy(inOrder(signals).filter(endedBySale), shelfOf);
  const looks = Map.groupBy(standing, shelfOf);
  const isContradicted = (one: ShelfVerdict): boolean => {
    const soon = ({ atMs }: { atMs: number }) => atMs > one.atMs && atMs <= one.atMs + soonMs;
    if (one.verdict === 'NONE_IN_STORE') return sales.get(shelfOf(one))?.some(soon) ?? false;
    if (one.verdict !== 'IT_WAS_THERE') return false;
    const others = looks.get(shelfOf(one)) ?? [];
    return others.some((other) => soon(other) && isOut(other) && other.actor !== one.actor);
  };
  const said = all.filter(({ verdict }) => verdict !== 'UNDO' && verdict !== 'TAKEN');
  const byPerson = Map.groupBy(said, ({ storeId, actor }) => JSON.stringify([storeId, actor]));
  return [...byPerson.values()].map((group) => {
    const kept = group.filter(({ eventId }) => stands.has(eventId));
    const telling = kept.filter(({ verdict }) => verdict !== 'CANNOT_CHECK');
    const contradicted = telling.filter(isContradicted).length;
    return {
      ...{ actor: group[0].actor, storeId: group[0].storeId },
      ...{ verdicts: kept.length, undone: group.length - kept.length },
      cannotCheck: kept.length - telling.length,
      massZeroed: kept.filter(({ eventId }) => zeroed.has(eventId)).length,
      contradicted,
      estimate: wilson(telling.length - contradicted, telling.length),
    };
  });
}

const endedBySale = ({ kind, evidence }: Signal): boolean =>
  kind === 'recovered' && evidence.some(({ name }) => name === 'sale');

const shelfOf = ({ storeId, itemId }: { storeId: string; itemId: string }) =>
  JSON.stringify([storeId, itemId]);
