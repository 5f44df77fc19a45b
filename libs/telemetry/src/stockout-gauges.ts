import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricSpec } from './metric-spec.js';
import { STOCKOUT_METRICS as SPECS } from './specs/stockouts.js';

/** A share of shelves, or money an hour: now, usually, and how far from that it usually is. */
interface Level {
  readonly now: number;
  readonly usual: number;
  readonly stddev: number;
}

interface Store {
  readonly storeId: string;
  readonly currency: string | null;
  readonly shelves: number;
  readonly out: Level;
  readonly phantom: Level;
  readonly coming: Level;
  readonly lostPerHour: Level;
  readonly isOpen: boolean;
  readonly opensInMs: number | null;
  readonly isFeedDead: boolean;
  readonly isClosed: boolean;
}

/** Money an hour by currency. */
type Money = ReadonlyMap<string, number>;

/** What is asked at each scrape. */
export interface StockoutNumbers {
  readonly stream: string;
  readonly ticks: number;
  /** Null before the first event. */
  readonly judgedUntilMs: number | null;
  readonly stores: readonly Store[];
  readonly storesBeyond: number;
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

interface Row {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** prom-client keeps the text of shared labels by object, and would make one for each value that has none: half of a scrape. */
const NO_LABELS = {};

/** Its series are those of the moment: what is not told any more is gone, and nothing is kept in between. */
class AskedGauge extends Gauge {
  constructor(
    registry: Registry,
    { name, help, labels }: MetricSpec,
    private readonly rows: () => Row[],
  ) {
    super({ name, help, labelNames: [...labels], registers: [registry] });
  }

  override async get(): ReturnType<Gauge['get']> {
    const values = this.rows().map((row) => ({ ...row, sharedLabels: NO_LABELS }));
    return { ...(await super.get()), values };
  }
}

/** `read` is asked once a scrape. */
export function createStockoutMetrics(
  registry: Registry,
  pipeline: string,
  read: () => StockoutNumbers,
): void {
  let numbers = read();
  const gauge = (spec: MetricSpec, rows: () => Row[]) => new AskedGauge(registry, spec, rows);
  const ofStores = (spec: MetricSpec, valueOf: (store: Store) => number | null) =>
    gauge(spec, () =>
      numbers.stores.flatMap((store) => {
        const value = valueOf(store);
        return value === null ? [] : [{ value, labels: { store: store.storeId } }];
      }),
    );
  const moneyOfStores = (spec: MetricSpec, valueOf: (lost: Level) => number) =>
    gauge(spec, () =>
      numbers.stores.flatMap(({ storeId, currency, lostPerHour }) =>
        currency === null
          ? []
          : [{ value: cents(valueOf(lostPerHour)), labels: { store: storeId, currency } }],
      ),
    );

  // The first of all: registries ask in the order in which metrics were made.
  gauge(SPECS.storesBeyondLimit, () => {
    numbers = read();
    return [{ value: numbers.storesBeyond, labels: {} }];
  });
  ofStores(SPECS.storeShelves, ({ shelves }) => shelves);
  ofStores(SPECS.storeOut, ({ out }) => share(out.now));
  ofStores(SPECS.storeOutUsual, ({ out }) => share(out.usual));
  ofStores(SPECS.storeOutDeviation, ({ out }) => share(out.stddev));
  ofStores(SPECS.storePhantom, ({ phantom }) => share(phantom.now));
  ofStores(SPECS.storePhantomUsual, ({ phantom }) => share(phantom.usual));
  ofStores(SPECS.storePhantomDeviation, ({ phantom }) => share(phantom.stddev));
  ofStores(SPECS.storeComing, ({ coming }) => share(coming.now));
  ofStores(SPECS.storeComingUsual, ({ coming }) => share(coming.usual));
  ofStores(SPECS.storeComingDeviation, ({ coming }) => share(coming.stddev));
  moneyOfStores(SPECS.storeLost, ({ now }) => now);
  moneyOfStores(SPECS.storeLostUsual, ({ usual }) => usual);
  moneyOfStores(SPECS.storeLostDeviation, ({ stddev }) => stddev);
  ofStores(SPECS.storeOpen, ({ isOpen }) => Number(isOpen));
  ofStores(SPECS.storeOpensIn, ({ opensInMs }) => (opensInMs === null ? null : opensInMs / 1000));
  ofStores(SPECS.storeFeedDead, ({ isFeedDead }) => Number(isFeedDead));
  ofStores(SPECS.storeClosed, ({ isClosed }) => Number(isClosed));
  gauge(SPECS.itemLost, () =>
    numbers.items.flatMap(({ itemId: item, lostPerHour }) => moneyOf({ item }, lostPerHour)),
  );
  gauge(SPECS.itemOutStores, () =>
    numbers.items.map(({ itemId: item, outStores: value }) => ({ value, labels: { item } })),
  );
  gauge(SPECS.categoryOut, () =>
    numbers.categories.map(({ category, outShare }) => ({ value: share(outShare), labels: { category } })),
  );
  gauge(SPECS.categoryLost, () =>
    numbers.categories.flatMap(({ category, lostPerHour }) => moneyOf({ category }, lostPerHour)),
  );
  gauge(SPECS.judgedTime, () => {
    const { stream, judgedUntilMs } = numbers;
    return judgedUntilMs === null ? [] : [{ value: judgedUntilMs / 1000, labels: { pipeline, stream } }];
  });
  const { name, help, labels } = SPECS.storeHoursJudged;
  const ticks: Counter = new Counter({
    ...{ name, help, labelNames: [...labels], registers: [registry] },
    collect() {
      ticks.reset();
      ticks.inc({ pipeline, stream: numbers.stream }, numbers.ticks);
    },
  });
}

const moneyOf = (labels: Record<string, string>, money: Money): Row[] =>
  [...money].map(([currency, amount]) => ({ value: cents(amount), labels: { ...labels, currency } }));

// What more digits say is noise, and a scrape is read whole.
const share = (value: number): number => Math.round(value * 1e5) / 1e5;
const cents = (amount: number): number => Math.round(amount * 100) / 100;
