import type { Incident } from '@gondola/events';
import { identityOf } from './identity.js';
import type { Region } from './item-fold.js';
import { HOUR_MS } from './local-time.js';

export interface FeedFoldOptions {
  /** Fewer stores, or a smaller share of the region's, are lines of their own. */
  readonly storesMin: number;
  readonly shareMin: number;
  /** How far apart stores may have spoken last: a store that sells seldom spoke last long before its feed died. */
  readonly windowMs: number;
}

export const FEED_FOLD: FeedFoldOptions = { storesMin: 4, shareMin: 0.5, windowMs: 2 * HOUR_MS };

/** Share of its height below which an open line ends. */
const END_SHARE = 0.3;

/** One line of many stores that fell silent at once, and the lines of single stores that it stands for. */
export interface ManySilent {
  readonly incident: Incident;
  readonly members: readonly Incident[];
}

type SilentKind = 'feed_dead' | 'store_closed';

interface OpenFold {
  readonly incidentId: string;
  readonly kind: SilentKind;
  readonly region: Region;
  readonly sinceMs: number;
  readonly storesMax: number;
  readonly members: readonly Incident[];
}

/**
 * Finds dead feeds and closed days that most stores of a region share: a broker, a line or a holiday is one cause. The region
 * with the most such stores takes them, so a chain's line comes before those of its cities. Fed with the changes of stores'
 * incidents in their order; the same changes give the same lines and ids.
 */
export class FeedFold {
  private readonly regionsOf = new Map<string, readonly Region[]>();
  private readonly sizes = new Map<Region, number>();
  /** Incident -> its newest change, of those that are open. */
  private readonly open = new Map<string, Incident>();
  /** Those of them that were part of a line. */
  private readonly told = new Set<string>();
  private folds: readonly OpenFold[] = [];
  private closed: Incident[] = [];

  constructor(private readonly options: FeedFoldOptions = FEED_FOLD) {}

  /** A store that is known, and its city and warehouses. Every store is counted, also those that never fell silent. */
  place(storeId: string, regions: readonly Exclude<Region, null>[]): void {
    for (const region of this.regionsOf.get(storeId) ?? []) this.count(region, -1);
    const all = [...new Set(regions), null];
    this.regionsOf.set(storeId, all);
    for (const region of all) this.count(region, 1);
  }

  /** A store that something was said of: it counts among all stores, wherever it stands. */
  know(storeId: string): void {
    if (!this.regionsOf.has(storeId)) this.place(storeId, []);
  }

  /**
   * A change of an incident; those that are not of a silent store are none of this. Returns whether it ended after it had been part of
   * a line: that tells of it.
   */
  add(change: Incident): boolean {
    const { incidentId, storeId, state } = change;
    if (storeId === null || !isSilent(change)) return false;
    this.know(storeId);
    if (state === 'open') this.open.set(incidentId, change);
    else if (!this.open.delete(incidentId)) return false;
    this.judge(change.atMs);
    return state === 'closed' && this.told.delete(incidentId);
  }

  /** Lines that are open. */
  lines(): ManySilent[] {
    return this.folds.map((fold) => ({ incident: lineOf(fold, 'open'), members: fold.members }));
  }

  /** The line that stands for this incident of a store. */
  lineOf(incidentId: string): string | null {
    const fold = this.folds.find(({ members }) => members.some((one) => one.incidentId === incidentId));
    return fold?.incidentId ?? null;
  }

  /** Lines that ended since the last call. */
  takeClosed(): Incident[] {
    const closed = this.closed;
    this.closed = [];
    return closed;
  }

  private count(region: Region, by: number): void {
    this.sizes.set(region, (this.sizes.get(region) ?? 0) + by);
  }

  private judge(atMs: number): void {
    const before = this.folds;
    const after: OpenFold[] = [];
    for (const kind of ['feed_dead', 'store_closed'] as const) {
      let rest = [...this.open.values()].filter((one) => one.kind === kind);
      for (let best = this.bestOf(kind, rest); best; best = this.bestOf(kind, rest)) {
        after.push(best);
        const inside = new Set(best.members);
        for (const { incidentId } of best.members) this.told.add(incidentId);
        rest = rest.filter((one) => !inside.has(one));
      }
    }
    const lives = new Set(after.map(({ incidentId }) => incidentId));
    for (const fold of before)
      if (!lives.has(fold.incidentId))
        this.closed.push({ ...lineOf(fold, 'closed'), atMs, stores: fold.storesMax });
    this.folds = after;
  }

  /** The region and time that most of these stores share, null when each has a cause of its own. */
  private bestOf(kind: SilentKind, silent: readonly Incident[]): OpenFold | null {
    let best: OpenFold | null = null;
    for (const [region, size] of this.sizes) {
      const list = silent.filter(({ storeId }) => this.regionsOf.get(storeId ?? '')?.includes(region));
      const known = this.folds.find((one) => one.kind === kind && one.region === region);
      const members = known ? list.filter((one) => this.isNear(one, known.sinceMs)) : this.together(list);
      const stays = known !== undefined && members.length >= Math.max(2, END_SHARE * known.storesMax);
      const { storesMin, shareMin } = this.options;
      if (!stays && members.length < Math.max(storesMin, shareMin * size)) continue;
      if (best && members.length <= best.members.length) continue;
      const sinceMs = known?.sinceMs ?? Math.max(...members.map((one) => one.sinceMs));
      const { environment } = members[0];
      const storesMax = Math.max(members.length, known?.storesMax ?? 0);
      const incidentId =
        known?.incidentId ?? identityOf('many_silent', environment, kind, region ?? '', sinceMs);
      best = { incidentId, kind, region, sinceMs, storesMax, members };
    }
    return best;
  }

  private isNear({ sinceMs }: Incident, atMs: number): boolean {
    return Math.abs(sinceMs - atMs) <= this.options.windowMs;
  }

  /** The most of them that spoke last within one window. */
  private together(list: readonly Incident[]): readonly Incident[] {
    const ordered = list.toSorted((left, right) => left.sinceMs - right.sinceMs);
    let best: readonly Incident[] = [];
    for (let from = 0, end = 0; end < ordered.length; end++) {
      while (ordered[end].sinceMs - ordered[from].sinceMs > this.options.windowMs) from++;
      if (end + 1 - from > best.length) best = ordered.slice(from, end + 1);
    }
    return best;
  }
}

const isSilent = ({ kind }: Incident): boolean => kind === 'feed_dead' || kind === 'store_closed';

/** Since when: the newest of the last sales, for the others had nothing to say in between. */
function lineOf(
  { incidentId, kind, region, sinceMs, members }: OpenFold,
  state: Incident['state'],
): Incident {
  const [{ environment }] = members;
  const currency = members.find((one) => one.lostSalesPerHour !== null)?.currency ?? null;
  const priced = members.filter((one) => one.lostSalesPerHour !== null && one.currency === currency);
  const sum = (of: readonly Incident[], value: (one: Incident) => number) =>
    of.reduce((total, one) => total + value(one), 0);
  return {
    ...{ incidentId, environment, kind, state, region, sinceMs },
    ...{ storeId: null, workstationId: null, itemId: null },
    atMs: Math.max(...members.map((one) => one.atMs)),
    probability: Math.max(...members.map((one) => one.probability)),
    stores: members.length,
    shelves: sum(members, (one) => one.shelves),
    lostSalesPerHour: priced.length > 0 ? sum(priced, (one) => one.lostSalesPerHour ?? 0) : null,
    currency: priced.length > 0 ? currency : null,
    facts: {},
  };
}
