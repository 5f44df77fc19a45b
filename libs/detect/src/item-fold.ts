import type { Incident, Signal } from '@gondola/events';
import { binomialTail } from './binomial.js';
import { identityOf } from './identity.js';
import { DAY_MS, HOUR_MS } from './local-time.js';

/** Stores that get their goods from one place, or stand in one city. Null is every store there is. */
export type Region = string | null;

export interface ItemFoldOptions {
  /** Least number of stores, and least share of a region's, that are one line. */
  readonly storesMin: number;
  readonly shareMin: number;
  /** Chance at which as many stores would be out by coincidence. */
  readonly tailMax: number;
  /** Stores run out one after the other: how far their onsets may lie apart. */
  readonly windowMs: number;
}

export const ITEM_FOLD: ItemFoldOptions = {
  ...{ storesMin: 4, shareMin: 0.3, tailMax: 1e-6, windowMs: 72 * HOUR_MS },
};

/** What a line is made of. */
export type FoldSignal = Pick<
  Signal,
  | ('signalId' | 'environment' | 'storeId' | 'itemId' | 'kind' | 'atMs' | 'sinceMs')
  | ('demandPerHour' | 'lostSalesPerHour' | 'currency')
>;

/** An incident of kind `item_short` and the signals that it stands for. */
export interface ItemShort {
  readonly incident: Incident;
  readonly members: readonly FoldSignal[];
}

interface OpenFold {
  readonly incidentId: string;
  readonly region: Region;
  readonly sinceMs: number;
  /** Stores at its height: it ends when few of them are left. */
  readonly storesMax: number;
  readonly tail: number;
  readonly members: readonly FoldSignal[];
  /** Of the members: whether a shelf belongs to the line is asked for each row of each list. */
  readonly storeIds: ReadonlySet<string>;
}

interface ItemState {
  /** Store -> its open signal. */
  readonly out: Map<string, FoldSignal>;
  /** Day since 1970 -> largest share of stores that were out of it, left out where it was next to none. */
  readonly shareMax: Map<number, number>;
  atMs: number;
  folds: readonly OpenFold[];
}

/** Days that say what is usual; the newest are left out, since a shortage grows over days. */
const USUAL_DAYS = 28;
/** Share of its height below which an open line ends. */
const END_SHARE = 0.3;
/** A line that is open stays with its region unless another fits this much better (in log). */
const STAY_LOG = 3;
const PROBABILITY_MAX = 0.99;
/** What was short everywhere once may be short everywhere again. */
const CHANCE_MAX = 0.6;

/**
 * Finds items that many stores of one region are out of. What counts is how unlikely that is: against how often each of these stores
 * is out of anything and how often the item is out anywhere, so that what always sells out on Saturdays is no cause.
 * A store belongs to one line of an item; the region that explains most takes it. Fed with signals in the order of time;
 * the same signals give the same lines and ids.
 */
export class ItemFold {
  private readonly items = new Map<string, ItemState>();
  private readonly regionsOf = new Map<string, readonly Region[]>();
  private readonly sizes = new Map<Region, number>();
  /** Store -> open signals of it, and their sum over the stores of each region. */
  private readonly outOf = new Map<string, number>();
  private readonly outIn = new Map<Region, number>();
  private closed: Incident[] = [];

  constructor(private readonly options: ItemFoldOptions = ITEM_FOLD) {}

  /** Where a store gets its goods and where it stands. The regions that come first win where they are the same stores. */
  place(storeId: string, regions: readonly Exclude<Region, null>[]): void {
    const out = this.outOf.get(storeId) ?? 0;
    for (const region of this.regionsOf.get(storeId) ?? []) {
      addTo(this.sizes, region, -1);
      addTo(this.outIn, region, -out);
    }
    const all = [...new Set(regions), null];
    this.regionsOf.set(storeId, all);
    for (const region of all) {
      addTo(this.sizes, region, 1);
      addTo(this.outIn, region, out);
    }
  }

  /** A signal, and the open one of its shelf now that it is known (null: the shelf is well). */
  add(signal: FoldSignal, open: FoldSignal | null): void {
    const { storeId, itemId, atMs } = signal;
    if (!this.regionsOf.has(storeId)) this.place(storeId, []);
    let item = this.items.get(itemId);
    if (!item) this.items.set(itemId, (item = { out: new Map(), shareMax: new Map(), atMs, folds: [] }));
    item.atMs = Math.max(item.atMs, atMs);
    const before = item.out.size;
    if (open && open.kind !== 'coming') item.out.set(storeId, open);
    else item.out.delete(storeId);
    const change = item.out.size - before;
    addTo(this.outOf, storeId, change);
    for (const region of this.regionsOf.get(storeId) ?? []) addTo(this.outIn, region, change);
    this.judge(item, signal);
    this.learn(item);
  }

  /** Lines that are open, those that lose most first. */
  open(): ItemShort[] {
    const all = [...this.items.values()].flatMap(({ folds }) => folds.map((fold) => shortOf(fold, 'open')));
    return all.sort(
      (left, right) => lossOf(right) - lossOf(left) || right.members.length - left.members.length,
    );
  }

  /** Lines that ended since the last call. */
  takeClosed(): Incident[] {
    const closed = this.closed;
    this.closed = [];
    return closed;
  }

  /** The line that a signal's shelf is part of. */
  incidentOf({ storeId, itemId }: Pick<FoldSignal, 'storeId' | 'itemId'>): string | null {
    const folds = this.items.get(itemId)?.folds ?? [];
    return folds.find(({ storeIds }) => storeIds.has(storeId))?.incidentId ?? null;
  }

  private learn({ out, shareMax, atMs }: ItemState): void {
    if (out.size < 2) return;
    const day = Math.floor(atMs / DAY_MS);
    if (!shareMax.has(day))
      for (const known of shareMax.keys()) if (known < day - USUAL_DAYS) shareMax.delete(known);
    shareMax.set(day, Math.max(shareMax.get(day) ?? 0, out.size / this.regionsOf.size));
  }

  /** Share of stores that were out of it on the worst of its days before this window. */
  private usualShare({ shareMax, atMs }: ItemState): number {
    const before = Math.floor((atMs - this.options.windowMs) / DAY_MS);
    let usual = 0;
    for (const [day, share] of shareMax) if (day < before && share > usual) usual = share;
    return usual;
  }

  private judge(item: ItemState, { environment, itemId, atMs }: FoldSignal): void {
    const { folds: before } = item;
    if (before.length === 0 && item.out.size < this.options.storesMin) return;
    let rest = [...item.out.values()];
    let byRegion = this.byRegion(rest);
    const chances = this.chancesOf(item, byRegion);
    const after: OpenFold[] = [];
    const taken = new Set<OpenFold>();
    for (let best = this.bestOf(item, byRegion, chances); best; best = this.bestOf(item, byRegion, chances)) {
      const { region, members, tail } = best;
      const known =
        before.find((fold) => fold.region === region && !taken.has(fold)) ?? likest(before, taken, members);
      if (known) taken.add(known);
      const sinceMs = known?.sinceMs ?? Math.min(...members.map((member) => member.sinceMs));
      const incidentId =
        known?.incidentId ?? identityOf('item_short', environment, itemId, region ?? '', sinceMs);
      const storesMax = Math.max(members.length, known?.storesMax ?? 0);
      const storeIds = new Set(members.map((member) => member.storeId));
      after.push({ incidentId, region, sinceMs, storesMax, tail, members, storeIds });
      rest = rest.filter((signal) => !storeIds.has(signal.storeId));
      byRegion = this.byRegion(rest);
    }
    for (const fold of before)
      if (!taken.has(fold)) this.closed.push({ ...shortOf(fold, 'closed').incident, atMs });
    item.folds = after;
  }

  private byRegion(signals: readonly FoldSignal[]): Map<Region, FoldSignal[]> {
    const byRegion = new Map<Region, FoldSignal[]>();
    for (const signal of signals)
      for (const region of this.regionsOf.get(signal.storeId) ?? []) {
        const list = byRegion.get(region);
        if (list) list.push(signal);
        else byRegion.set(region, [signal]);
      }
    return byRegion;
  }

  /** The region that explains most of these signals, null when coincidence does. */
  private bestOf(
    item: ItemState,
    byRegion: ReadonlyMap<Region, readonly FoldSignal[]>,
    chances: ReadonlyMap<Region, number>,
  ): Pick<OpenFold, 'region' | 'members' | 'tail'> | null {
    const { storesMin, shareMin, tailMax } = this.options;
    let best: ReturnType<ItemFold['bestOf']> = null;
    let bestLog = Infinity;
    for (const [region, list] of byRegion) {
      const fold = item.folds.find((one) => one.region === region);
      const members = list.filter((one) => this.mayJoin(fold?.sinceMs ?? item.atMs, one));
      const size = this.sizes.get(region) ?? members.length;
      const tail = binomialTail(members.length, size, chances.get(region) ?? 1);
      const isOpen = fold !== undefined && members.length >= Math.max(2, END_SHARE * fold.storesMax);
      const isFound = members.length >= Math.max(storesMin, shareMin * size) && tail <= tailMax;
      const log = Math.log(Math.max(tail, 1e-300)) - (isOpen ? STAY_LOG : 0);
      if ((!isOpen && !isFound) || log >= bestLog) continue;
      best = { region, members, tail };
      bestLog = log;
    }
    return best;
  }

  /** Who was out long before has a reason of its own. */
  private mayJoin(sinceMs: number, signal: FoldSignal): boolean {
    return signal.sinceMs >= sinceMs - this.options.windowMs;
  }

  /** P(a store of the region is out of the item), were there no common cause: by how often its stores are out of other items. */
  private chancesOf(item: ItemState, out: ReadonlyMap<Region, readonly FoldSignal[]>): Map<Region, number> {
    const usual = this.usualShare(item);
    const chanceOf = (region: Region, outOfIt: number): number => {
      const stores = this.sizes.get(region) ?? 1;
      const others = (this.outIn.get(region) ?? 0) - outOfIt;
      // Items of which nothing was ever said are not known: this errs towards coincidence.
      const share = (others / stores + 0.5) / (this.items.size + 10);
      return Math.min(CHANCE_MAX, Math.max(share, usual));
    };
    return new Map([...out].map(([region, signals]) => [region, chanceOf(region, signals.length)]));
  }
}

function addTo<K>(sums: Map<K, number>, key: K, change: number): void {
  sums.set(key, (sums.get(key) ?? 0) + change);
}

/** The line before that has most of these stores. */
function likest(
  before: readonly OpenFold[],
  taken: ReadonlySet<OpenFold>,
  members: readonly FoldSignal[],
): OpenFold | undefined {
  const stores = new Set(members.map(({ storeId }) => storeId));
  const common = (fold: OpenFold) => fold.members.filter(({ storeId }) => stores.has(storeId)).length;
  const [most] = before
    .filter((fold) => !taken.has(fold) && common(fold) > 0)
    .sort((left, right) => common(right) - common(left));
  return most;
}

function shortOf(
  { incidentId, region, sinceMs, tail, members }: OpenFold,
  state: Incident['state'],
): ItemShort {
  const [first] = members;
  const newest = members.reduce((atMs, member) => Math.max(atMs, member.atMs), first.atMs);
  const currency = members.find((member) => member.lostSalesPerHour !== null)?.currency ?? null;
  const priced = members.filter((member) => member.lostSalesPerHour !== null && member.currency === currency);
  const lost = priced.reduce((sum, member) => sum + (member.lostSalesPerHour ?? 0), 0);
  const units = members.reduce((sum, member) => sum + member.demandPerHour, 0);
  return {
    members,
    incident: {
      ...{ incidentId, environment: first.environment, kind: 'item_short', state },
      ...{ storeId: null, workstationId: null, itemId: first.itemId, region, atMs: newest, sinceMs },
      ...{
        probability: Math.min(PROBABILITY_MAX, 1 - tail),
        stores: members.length,
        shelves: members.length,
      },
      ...{ lostSalesPerHour: priced.length > 0 ? lost : null, currency },
      facts: { coincidenceLog10: Math.log10(Math.max(tail, 1e-300)), unitsPerHour: units },
    },
  };
}

const lossOf = ({ incident }: ItemShort): number => incident.lostSalesPerHour ?? -1;
