import type { ShelfVerdict } from '@gondola/events';

/**
 * Verdicts that nobody took back, in the order of time; those of the same id once. An UNDO counts for the shelf it names
 * alone, and may itself be undone. TAKEN says nothing of a shelf, so it is not among `standing`.
 */
export function standingVerdicts(verdicts: Iterable<ShelfVerdict>): {
  readonly standing: readonly ShelfVerdict[];
  /** Each TAKEN that nobody took back, in the order of time. */
  readonly takings: readonly ShelfVerdict[];
  /** Of those that are no TAKEN. */
  readonly undone: number;
} {
  const byId = new Map<string, ShelfVerdict>();
  for (const verdict of verdicts) byId.set(verdict.eventId, verdict);
  const undos = Map.groupBy(
    [...byId.values()].filter(({ verdict }) => verdict === 'UNDO'),
    ({ undoes }) => undoes,
  );
  const known = new Map<string, boolean>();
  const stands = (verdict: ShelfVerdict): boolean => {
    const { eventId, storeId, itemId } = verdict;
    const before = known.get(eventId);
    if (before !== undefined) return before;
    // Undos in a circle take nothing back: whoever is asked for meanwhile does not stand.
    known.set(eventId, false);
    const isUndone = undos
      .get(eventId)
      ?.some((undo) => undo.storeId === storeId && undo.itemId === itemId && stands(undo));
    known.set(eventId, !isUndone);
    return !isUndone;
  };
  const said = [...byId.values()].filter(({ verdict }) => verdict !== 'UNDO');
  const inTime = (of: readonly ShelfVerdict[]) =>
    of.filter(stands).sort((a, b) => a.atMs - b.atMs || (a.eventId < b.eventId ? -1 : 1));
  const looks = said.filter(({ verdict }) => verdict !== 'TAKEN');
  const standing = inTime(looks);
  const takings = inTime(said.filter(({ verdict }) => verdict === 'TAKEN'));
  return { standing, takings, undone: looks.length - standing.length };
}
