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
    const { standing } = standingVerdicts(this.of(targetOf({ signalId, checkId: null })));
    const last = standing.at(-1);
    return last ? viewOf(last, false) : null;
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
    const { standing } = standingVerdicts(this.of(targetOf(verdict)));
    return !standing.some(({ eventId }) => eventId === verdict.eventId);
  }

  private of(target: string): readonly ShelfVerdict[] {
    return [...(this.ofTarget.get(target) ?? [])].flatMap((id) => this.byId.get(id) ?? []);
  }

  private addOne(verdict: ShelfVerdict): void {
    const { eventId } = verdict;
    this.forget(eventId);
    this.byId.set(eventId, verdict);
    const target = targetOf(verdict);
    const ids = this.ofTarget.get(target) ?? new Set();
    this.ofTarget.set(target, ids.add(eventId));
    if (this.byId.size <= this.verdictsKept) return;
    for (const oldest of this.byId.keys()) return this.forget(oldest);
  }

  private forget(eventId: string): void {
    const known = this.byId.get(eventId);
    if (!known) return;
    this.byId.delete(eventId);
    const ids = this.ofTarget.get(targetOf(known));
    ids?.delete(eventId);
    if (ids?.size === 0) this.ofTarget.delete(targetOf(known));
  }
}

const byNewest = (left: VerdictPlace, right: VerdictPlace): number =>
  right.atMs - left.atMs || (left.eventId < right.eventId ? -1 : 1);

export function viewOf({ actor: _, ...verdict }: ShelfVerdict, undone: boolean): VerdictView {
  return { ...verdict, undone };
}

const targetOf = ({ signalId, checkId }: Pick<ShelfVerdict, 'signalId' | 'checkId'>): string =>
  signalId === null ? `check ${checkId}` : `signal ${signalId}`;
