import type { ShelfVerdict, VerdictWord } from '@gondola/events';
import { standingVerdicts } from '@gondola/kpi';

/** A verdict as clients get it: who said it is nobody's business here. */
export interface VerdictView {
  readonly eventId: string;
  readonly signalId: string | null;
  readonly checkId: string | null;
  readonly storeId: string;
  readonly itemId: string;
  readonly verdict: VerdictWord;
  readonly undoes: string | null;
  readonly atMs: number;
  readonly channel: string | null;
  /** Somebody took it back. */
  readonly undone: boolean;
}

export interface VerdictFilter {
  readonly signalId?: string | undefined;
  readonly checkId?: string | undefined;
  readonly storeId?: string | undefined;
  readonly sinceMs?: number | undefined;
}

/** What verdicts are ordered by. */
export type VerdictPlace = Pick<ShelfVerdict, 'atMs' | 'eventId'>;

/** The newest verdicts in memory, those of one id once: what came last of it counts. */
export class VerdictStore {
  private readonly byId = new Map<string, ShelfVerdict>();
  /** Signal or check -> ids of what is said of it. */
  private readonly ofTarget = new Map<string, Set<string>>();
  /** Shelf -> ids of what is said of it. */
  private readonly ofShelf = new Map<string, Set<string>>();
  private changes = 0;

  constructor(private readonly verdictsKept: number) {}

  add(verdicts: readonly ShelfVerdict[]): void {
    for (const verdict of verdicts) this.addOne(verdict);
    if (verdicts.length > 0) this.changes++;
  }

  get(eventId: string): ShelfVerdict | undefined {
    return this.byId.get(eventId);
  }

  all(): Iterable<ShelfVerdict> {
    return this.byId.values();
  }

  /** Grows with each change. */
  get version(): number {
    return this.changes;
  }

  lastOf(signalId: string): VerdictView | null {
    const said = this.of(targetOf({ signalId, checkId: null }));
    // Nearly all of those that are asked for.
    if (said.length === 0) return null;
    const { standing } = standingVerdicts(said);
    const last = standing.at(-1);
    return last ? viewOf(last, false) : null;
  }

  /** The last TAKEN of a shelf, null where nobody is on the way: then it was taken back, or somebody has looked since. */
  takingOf(storeId: string, itemId: string): ShelfVerdict | null {
    const ids = this.ofShelf.get(shelfOf({ storeId, itemId }));
    if (!ids) return null;
    const { standing, takings } = standingVerdicts(this.known(ids));
    const last = takings.at(-1);
    return last && !standing.some(({ atMs }) => atMs >= last.atMs) ? last : null;
  }

  /** Newest first, from after a place on. */
  query(filter: VerdictFilter, limit: number, after: VerdictPlace | null = null): readonly VerdictView[] {
    const { signalId, checkId, storeId, sinceMs = -Infinity } = filter;
    const target =
      signalId !== undefined || checkId !== undefined
        ? targetOf({ signalId: signalId ?? null, checkId: checkId ?? null })
        : null;
    const candidates = target === null ? [...this.byId.values()] : this.of(target);
    const chosen = candidates
      .filter((one) => one.atMs >= sinceMs && (storeId === undefined || storeId === one.storeId))
      .filter((one) => after === null || byNewest(after, one) < 0)
      .sort(byNewest)
      .slice(0, limit);
    return chosen.map((one) => viewOf(one, this.isUndone(one)));
  }

  private isUndone(verdict: ShelfVerdict): boolean {
    if (verdict.verdict === 'UNDO') return false;
    const { standing, takings } = standingVerdicts(this.of(targetOf(verdict)));
    return ![...standing, ...takings].some(({ eventId }) => eventId === verdict.eventId);
  }

  private of(target: string): readonly ShelfVerdict[] {
    return this.known(this.ofTarget.get(target) ?? []);
  }

  private known(ids: Iterable<string>): readonly ShelfVerdict[] {
    return [...ids].flatMap((id) => this.byId.get(id) ?? []);
  }

  private addOne(verdict: ShelfVerdict): void {
    const { eventId } = verdict;
    this.forget(eventId);
    this.byId.set(eventId, verdict);
    put(this.ofTarget, targetOf(verdict), eventId);
    put(this.ofShelf, shelfOf(verdict), eventId);
    if (this.byId.size <= this.verdictsKept) return;
    for (const oldest of this.byId.keys()) return this.forget(oldest);
  }

  private forget(eventId: string): void {
    const known = this.byId.get(eventId);
    if (!known) return;
    this.byId.delete(eventId);
    remove(this.ofTarget, targetOf(known), eventId);
    remove(this.ofShelf, shelfOf(known), eventId);
  }
}

const byNewest = (left: VerdictPlace, right: VerdictPlace): number =>
  right.atMs - left.atMs || (left.eventId < right.eventId ? -1 : 1);

export function viewOf({ actor: _, ...verdict }: ShelfVerdict, undone: boolean): VerdictView {
  return { ...verdict, undone };
}

const targetOf = ({ signalId, checkId }: Pick<ShelfVerdict, 'signalId' | 'checkId'>): string =>
  signalId === null ? `check ${checkId}` : `signal ${signalId}`;

const shelfOf = ({ storeId, itemId }: Pick<ShelfVerdict, 'storeId' | 'itemId'>): string =>
  JSON.stringify([storeId, itemId]);

function put(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids) ids.add(id);
  else index.set(key, new Set([id]));
}

function remove(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids?.delete(id) && ids.size === 0) index.delete(key);
}
