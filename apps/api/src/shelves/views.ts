import type { Signal, SignalKind } from '@gondola/events';
import { SIGNAL_KINDS } from '@gondola/events';
import type { CatalogNames } from '../lake/catalog-names.js';
import type { TakenOf, TakingView } from '../loop/takings.js';
import type { VerdictStore, VerdictView } from '../loop/verdict-store.js';
import { matches, type SignalFilter } from '../signals/signal-filter.js';
import { LossSums } from './loss-sums.js';
import { plainSignal, signalJson } from '../signals/packed-signals.js';
import type { SignalCore } from '../signals/signal-chunk.js';
import type { SignalStore } from '../signals/signal-store.js';
import type { Sight } from './store-sights.js';

/** A signal as clients get it. Names are null where the catalog does not say. */
export interface NamedSignal extends Signal {
  readonly storeName: string | null;
  readonly itemName: string | null;
  /** Where the item stands in the store, as its people say it; null: nobody said. */
  readonly bay: string | null;
  /** The last one that was not taken back. */
  readonly lastVerdict: VerdictView | null;
  /** Somebody is on the way to look; null: nobody said so. */
  readonly taken: TakingView | null;
  /** Open incident that it is part of, or that keeps us from seeing its store. */
  readonly incidentId: string | null;
}

type OfOthers = Omit<NamedSignal, keyof Signal>;

export interface SignalView {
  (signal: Signal): NamedSignal;
  /** JSON of the same, for half of what the object and then its JSON take: a page has hundreds. */
  json(this: void, signal: Signal): string;
}
/** Injects a `SignalView`. */
export const NAMED = Symbol('signal view');

/** What open shelves lose in an hour, each times P(it is empty). Shelves that are only expected to run out lose nothing yet. */
export interface LossPerHour {
  /** Of shelves whose price is known, one entry per currency. */
  readonly sales: readonly { readonly currency: string | null; readonly perHour: number }[];
  /** Of the other shelves: units. */
  readonly unitsWithoutPrice: number;
}

export type CountByKind = Readonly<Record<SignalKind, number>>;

export interface StoreSummary {
  readonly storeId: string;
  readonly name: string | null;
  readonly city: string | null;
  readonly open: CountByKind;
  readonly openTotal: number;
  readonly lost: LossPerHour;
  /** Event time of its newest signal; null: the catalog knows the store, but no signal ever came. */
  readonly lastSignalAtMs: number | null;
  readonly sight: Sight;
}

export interface ViewParts {
  readonly names: CatalogNames;
  readonly verdicts: Pick<VerdictStore, 'lastOf'>;
  readonly takenOf: TakenOf;
  readonly incidentOf: (signal: Pick<Signal, 'storeId' | 'itemId'>) => string | null;
}

export function createSignalView({ names, verdicts, takenOf, incidentOf }: ViewParts): SignalView {
  const ofOthers = (signal: SignalCore): OfOthers => ({
    storeName: names.store(signal.storeId)?.name ?? null,
    itemName: names.item(signal.itemId),
    bay: names.places.bayOf(signal.storeId, signal.itemId),
    lastVerdict: verdicts.lastOf(signal.signalId),
    taken: takenOf(signal),
    incidentId: incidentOf(signal),
  });
  const named = (signal: Signal) => ({ ...plainSignal(signal), ...ofOthers(signal) });
  return Object.assign(named, { json: (signal: Signal) => signalJson(signal, ofOthers) });
}

/** Sums over open shelves. */
export class Tally {
  private readonly byKind = Object.fromEntries(SIGNAL_KINDS.map((kind) => [kind, 0])) as Record<
    SignalKind,
    number
  >;
  /** Of shelves whose price is known. */
  readonly losses = new LossSums();
  private unitsWithoutPrice = 0;

  add(signal: Signal): void {
    this.byKind[signal.kind]++;
    if (!isLosingNow(signal)) return;
    const { lostSalesPerHour, demandPerHour, probability } = signal;
    if (lostSalesPerHour === null) this.unitsWithoutPrice += probability * demandPerHour;
    else this.losses.add(signal);
  }

  addAll(other: Tally): void {
    for (const kind of SIGNAL_KINDS) this.byKind[kind] += other.byKind[kind];
    this.losses.addAll(other.losses);
    this.unitsWithoutPrice += other.unitsWithoutPrice;
  }

  get open(): CountByKind {
    return this.byKind;
  }

  get openTotal(): number {
    return Object.values(this.byKind).reduce((sum, count) => sum + count, 0);
  }

  get lost(): LossPerHour {
    const sales = [...this.losses].map(([currency, { mean }]) => ({ currency, perHour: mean }));
    return { sales: sales.sort((a, b) => b.perHour - a.perHour), unitsWithoutPrice: this.unitsWithoutPrice };
  }
}

export function tallyOf(signals: Iterable<Signal>): Tally {
  const tally = new Tally();
  for (const signal of signals) tally.add(signal);
  return tally;
}

/** In the catalog, or one that ever sent a signal. Of others nothing may be claimed. */
export const isKnownStore = (
  storeId: string,
  names: Pick<CatalogNames, 'store'>,
  store: Pick<SignalStore, 'lastAtMsByStore'>,
): boolean => names.store(storeId) !== null || store.lastAtMsByStore.has(storeId);

/** Every store of the catalog or of a signal, those with most open shelves first. */
export function storeSummaries(
  store: SignalStore,
  names: CatalogNames,
  sightOf: (storeId: string) => Sight,
  tallyIn: (storeId: string) => Tally,
): StoreSummary[] {
  const storeIds = new Set([...names.stores.keys(), ...store.lastAtMsByStore.keys()]);
  const summaries = [...storeIds].map((storeId) => {
    const { open, openTotal, lost } = tallyIn(storeId);
    return {
      storeId,
      name: names.store(storeId)?.name ?? null,
      city: names.store(storeId)?.city ?? null,
      open,
      openTotal,
      lost,
      lastSignalAtMs: store.lastAtMsByStore.get(storeId) ?? null,
      sight: sightOf(storeId),
    };
  });
  return summaries.sort(byOpenTotal);
}

export type StorePlace = Pick<StoreSummary, 'openTotal' | 'storeId'>;

export const byOpenTotal = (left: StorePlace, right: StorePlace): number =>
  right.openTotal - left.openTotal || (left.storeId < right.storeId ? -1 : 1);

/** What open shelves are ordered by. */
export type LossPlace = Pick<Signal, 'kind' | 'lostSalesPerHour' | 'demandPerHour' | 'sinceMs' | 'signalId'>;

/** Open shelves that pass `filter`, the ones that lose most first; `total` counts also those before and at `after`. */
export function topShelves(
  store: SignalStore,
  filter: SignalFilter,
  limit: number,
  after: LossPlace | null = null,
): { shelves: Signal[]; total: number } {
  const top: Signal[] = [];
  let total = 0;
  /** The last of the best so far: most of a chain's open shelves are behind it, and are not sorted. */
  let last: Signal | null = null;
  for (const signal of store.open(filter.storeId)) {
    if (!matches(filter, signal)) continue;
    total++;
    if (after && byLoss(after, signal) > 0) continue;
    if (last && byLoss(last, signal) < 0) continue;
    top.push(signal);
    if (top.length < 2 * limit + SORTED_MIN) continue;
    top.sort(byLoss).splice(limit);
    last = top[limit - 1];
  }
  return { shelves: top.sort(byLoss).slice(0, limit), total };
}

const SORTED_MIN = 100;

/** Losing now before running out later, priced before unpriced, then the amount; the rest makes the order stable. */
function byLoss(left: LossPlace, right: LossPlace): number {
  return (
    Number(isLosingNow(right)) - Number(isLosingNow(left)) ||
    (right.lostSalesPerHour ?? -1) - (left.lostSalesPerHour ?? -1) ||
    right.demandPerHour - left.demandPerHour ||
    left.sinceMs - right.sinceMs ||
    (left.signalId < right.signalId ? -1 : 1)
  );
}

const isLosingNow = ({ kind }: Pick<Signal, 'kind'>): boolean => kind !== 'coming';
