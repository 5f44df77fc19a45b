import type { DetectConfig } from './config.js';
import { currencyOf } from './incidents.js';
import { isEmptyKind } from './kinds.js';
import { opensInMs } from './selling-hours.js';
import { Shown } from './shown.js';
import type { EngineNames } from './snapshot.js';
import { salesPerHourOf } from './store-levels.js';
import type { StoreState } from './store-state.js';
import type { Level } from './usual.js';

/** A store as of its newest judged hour; signals that were raised since then are in it. Money is per hour, in `currency`. */
export interface StoreStockouts {
  readonly storeId: string;
  /** Null where no price is known: nothing is known to be lost. */
  readonly currency: string | null;
  readonly shelves: number;
  /** Shares of its shelves. */
  readonly out: Level;
  readonly phantom: Level;
  readonly coming: Level;
  readonly lostPerHour: Level;
  readonly isOpen: boolean;
  /** Null: it never does. */
  readonly opensInMs: number | null;
  readonly isFeedDead: boolean;
  readonly isClosed: boolean;
}

/** Money an hour by currency, '' where none is known. */
type Money = ReadonlyMap<string, number>;

export interface Stockouts {
  readonly stores: readonly StoreStockouts[];
  /** Stores that are not among them for want of room. */
  readonly storesBeyond: number;
  /** `outStores`: stores with a signal that it is empty. */
  readonly items: readonly {
    readonly itemId: string;
    readonly outStores: number;
    readonly lostPerHour: Money;
  }[];
  readonly categories: readonly {
    readonly category: string;
    readonly outShare: number;
    readonly lostPerHour: Money;
  }[];
}

export interface StockoutLimits {
  readonly storesMax: number;
  readonly itemsMax: number;
  readonly categoriesMax: number;
}

/** What of an engine is read. */
export interface EngineStores {
  readonly stores: Iterable<StoreState>;
  readonly names: EngineNames;
  readonly openHours: readonly [number, number];
  readonly config: Pick<DetectConfig, 'raiseProbability'>;
}

interface ItemSums {
  outStores: number;
  rank: number;
  readonly lostPerHour: Map<string, number>;
}

interface CategorySums {
  shelves: number;
  outShelves: number;
  readonly lostPerHour: Map<string, number>;
}

/** Reads what the engines of a process say now, within limits; who was shown before stays where it can. */
export class StockoutReader {
  private readonly shown: { readonly stores: Shown; readonly items: Shown; readonly categories: Shown };

  constructor({ storesMax, itemsMax, categoriesMax }: StockoutLimits) {
    this.shown = {
      stores: new Shown(storesMax),
      items: new Shown(itemsMax),
      categories: new Shown(categoriesMax),
    };
  }

  read(engines: readonly EngineStores[]): Stockouts {
    const stores = new Map<string, StoreStockouts>();
    const items = new Map<string, ItemSums>();
    const categories = new Map<string, CategorySums>();
    for (const engine of engines) {
      const empty = new EmptyItems(engine);
      for (const store of engine.stores) {
        if (store.levels.shelves === 0) continue;
        const currency = engine.names.currencies.nameOf(currencyOf(store));
        const signals = empty.add(store, currency);
        stores.set(store.storeId, storeOf(store, engine, { currency, ...signals }));
        addCategories(categories, store, engine.names, currency);
      }
      empty.addTo(items);
      for (const itemId of this.shown.items)
        if (!items.has(itemId) && engine.names.items.find(itemId) > 0)
          items.set(itemId, { outStores: 0, rank: 0, lostPerHour: new Map() });
    }
    const shownStores = this.shown.stores.choose(ranksOf(stores, ({ shelves }) => shelves));
    const shownItems = this.shown.items.choose(ranksOf(items, ({ rank }) => rank));
    const shownCategories = this.shown.categories.choose(ranksOf(categories, ({ shelves }) => shelves));
    return {
      stores: [...stores.values()].filter(({ storeId }) => shownStores.has(storeId)),
      storesBeyond: stores.size - shownStores.size,
      items: entriesOf(items, shownItems).map(([itemId, { outStores, lostPerHour }]) => ({
        ...{ itemId, outStores, lostPerHour },
      })),
      categories: entriesOf(categories, shownCategories).map(([category, sums]) => ({
        ...{ category, outShare: sums.outShelves / sums.shelves, lostPerHour: sums.lostPerHour },
      })),
    };
  }
}

function ranksOf<T>(entries: ReadonlyMap<string, T>, rankOf: (entry: T) => number): Map<string, number> {
  return new Map([...entries].map(([name, entry]) => [name, rankOf(entry)]));
}

const entriesOf = <T>(entries: ReadonlyMap<string, T>, names: ReadonlySet<string>): [string, T][] =>
  [...names].flatMap((name): [string, T][] => {
    const entry = entries.get(name);
    return entry === undefined ? [] : [[name, entry]];
  });

/** Sums over the signals of one engine's stores, by number of the item: there may be many signals. */
class EmptyItems {
  private readonly outStores: Uint32Array;
  private readonly lost = new Map<string, Float64Array>();
  private readonly out: number[] = [];

  constructor(private readonly engine: EngineStores) {
    this.outStores = new Uint32Array(engine.names.items.size);
  }

  /** Returns what the store's signals say now. */
  add({ episodes, shelves: { columns } }: StoreState, currency: string): StoreSignals {
    let lost = this.lost.get(currency);
    if (!lost) this.lost.set(currency, (lost = new Float64Array(this.outStores.length)));
    const signals = { emptySignals: 0, phantoms: 0, emptySalesPerHour: 0 };
    for (const [row, { kind }] of episodes) {
      if (!isEmptyKind(kind)) continue;
      const item = columns.item.at(row);
      const sales = salesPerHourOf(columns, row);
      signals.emptySignals++;
      if (kind === 'phantom') signals.phantoms++;
      signals.emptySalesPerHour += sales;
      if (this.outStores[item]++ === 0) this.out.push(item);
      lost[item] += sales;
    }
    return signals;
  }

  addTo(items: Map<string, ItemSums>): void {
    for (const item of this.out) {
      const itemId = this.engine.names.items.nameOf(item);
      const sums = entryOf(items, itemId, () => ({ outStores: 0, rank: 0, lostPerHour: new Map() }));
      sums.outStores += this.outStores[item];
      for (const [currency, lost] of this.lost) {
        if (lost[item] === 0) continue;
        addMoney(sums.lostPerHour, currency, lost[item]);
        sums.rank += lost[item];
      }
    }
  }
}

interface StoreSignals {
  readonly emptySignals: number;
  readonly phantoms: number;
  readonly emptySalesPerHour: number;
}

function addCategories(
  categories: Map<string, CategorySums>,
  { levels }: StoreState,
  names: EngineNames,
  currency: string,
): void {
  for (const { category, shelves, outShelves, lostPerHour } of levels.byCategory()) {
    if (category === 0) continue;
    const name = names.categories.nameOf(category);
    const sums = entryOf(categories, name, () => ({ shelves: 0, outShelves: 0, lostPerHour: new Map() }));
    sums.shelves += shelves;
    sums.outShelves += outShelves;
    addMoney(sums.lostPerHour, currency, lostPerHour);
  }
}

function entryOf<T>(entries: Map<string, T>, name: string, make: () => T): T {
  let entry = entries.get(name);
  if (entry === undefined) entries.set(name, (entry = make()));
  return entry;
}

const addMoney = (money: Map<string, number>, currency: string, amount: number) =>
  money.set(currency, (money.get(currency) ?? 0) + amount);

/**
 * Between the ends of hours signals are raised and end: more of them than at the end of the last hour count at once, each for what a
 * signal is worth at least; fewer wait until the hour is judged, for nobody has looked at the others.
 */
function storeOf(
  store: StoreState,
  { openHours, config: { raiseProbability } }: EngineStores,
  now: StoreSignals & { currency: string },
): StoreStockouts {
  const { levels, watch } = store;
  const since = (after: number, before: number) => raiseProbability * Math.max(0, after - before);
  const [out, phantom, lost] = [levels.levelOf('out'), levels.levelOf('phantom'), levels.levelOf('lost')];
  const sales = levels.salesPerHour;
  const outSince = since(now.emptySignals, levels.emptySignals) / levels.shelves;
  const phantomSince = since(now.phantoms, levels.phantomSignals) / levels.shelves;
  const lostSince = since(now.emptySalesPerHour, levels.emptySalesPerHour);
  const opensMs = opensInMs(store, openHours);
  return {
    storeId: store.storeId,
    currency: sales > 0 ? now.currency : null,
    shelves: levels.shelves,
    out: { ...out, now: Math.min(1, out.now + outSince) },
    phantom: { ...phantom, now: Math.min(1, phantom.now + phantomSince) },
    coming: levels.levelOf('coming'),
    lostPerHour: {
      now: Math.min(sales, lost.now * sales + lostSince),
      usual: lost.usual * sales,
      stddev: lost.stddev * sales,
    },
    isOpen: opensMs === 0,
    opensInMs: opensMs,
    isFeedDead: watch.incident?.kind === 'feed_dead',
    isClosed: watch.incident?.kind === 'store_closed',
  };
}
