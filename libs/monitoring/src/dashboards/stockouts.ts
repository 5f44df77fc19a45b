import { ANY, NONE_AT_ALL, notAbove, notBelow, type Dashboard, type Panel, type Row } from './dashboard.js';
import { byStore, of, sumRate } from './promql.js';
import { ENVIRONMENT, STORES } from './variables.js';

const OUT = byStore('gondola_store_out_ratio');
const SHELVES = byStore('gondola_store_shelves');
const LOST = `max by (store, currency) (${of('gondola_store_lost_sales_per_hour', 'store=~"$store"')})`;
const LOST_USUAL = `max by (store, currency) (${of('gondola_store_lost_sales_usual_per_hour', 'store=~"$store"')})`;
/** How many of its usual deviations a store is above what is usual in that hour of the week. */
const aboveUsual = (metric: string, unit: string): string =>
  `(${byStore(`${metric}_${unit}`)} - ${byStore(`${metric}_usual_${unit}`)}) / ${byStore(`${metric}_usual_stddev_${unit}`)}`;

const now: Row = {
  title: 'Now',
  panels: [
    {
      ...{
        kind: 'stat',
        title: 'Shelves out',
        unit: 'percentunit',
        width: 4,
        runbook: 'StoreOutOfStockUnusual',
      },
      description:
        'Share of the watched shelves of the chosen stores that are empty, as detection estimates it. What is usual differs by store and hour: compare below.',
      thresholds: notAbove(0.15, 0.3),
      queries: [{ expr: `sum(${OUT} * ${SHELVES}) / sum(${SHELVES})` }],
    },
    {
      ...{
        kind: 'stat',
        title: 'Lost sales',
        unit: 'suffix: per hour',
        width: 4,
        runbook: 'StoreLostSalesHigh',
      },
      description: 'Money that empty shelves lose in an hour, by currency, of the chosen stores.',
      thresholds: ANY,
      queries: [{ expr: `sum by (currency) (${LOST})`, legend: '{{currency}}' }],
    },
    {
      ...{ kind: 'stat', title: 'Shelves watched', unit: 'short', width: 4 },
      description:
        'Shelves that sell and that detection judges. A sudden fall is a catalog or a feed that went missing.',
      thresholds: ANY,
      queries: [{ expr: `sum(${SHELVES})` }],
    },
    {
      ...{ kind: 'stat', title: 'Stores without feed', unit: 'short', width: 4, runbook: 'StoreFeedDead' },
      description:
        'Stores that send nothing although they should be selling. Nothing is said of their shelves meanwhile.',
      thresholds: NONE_AT_ALL,
      queries: [{ expr: `sum(${byStore('gondola_store_feed_dead')})` }],
    },
    {
      ...{ kind: 'stat', title: 'Stores closed out of hours', unit: 'short', width: 4 },
      description:
        'Stores that are found closed, or that the catalog says are, at an hour in which they usually sell.',
      ...{ thresholds: notAbove(1, 5), runbook: 'StoreClosedUnexpectedly' },
      queries: [{ expr: `sum(${byStore('gondola_store_closed')})` }],
    },
    {
      ...{ kind: 'stat', title: 'Judged up to', unit: 's', width: 4, runbook: 'DetectorSilent' },
      description:
        'How long ago the event time is up to which every store was judged. Up to an hour and some minutes is usual: hours are judged when they are over.',
      thresholds: notAbove(7_200, 14_400),
      queries: [{ expr: `time() - min(${of('gondola_detect_judged_timestamp_seconds')})` }],
    },
  ],
};

/** What a store shows beside what is usual there. */
function besideUsual(
  panel: Pick<Panel & { kind: 'timeseries' }, 'title' | 'description' | 'runbook'>,
  metric: string,
): Panel {
  return {
    ...{ kind: 'timeseries', unit: 'percentunit', width: 12, thresholds: ANY },
    ...panel,
    queries: [
      { expr: byStore(`${metric}_ratio`), legend: '{{store}}' },
      { expr: byStore(`${metric}_usual_ratio`), legend: '{{store}} usual' },
    ],
  };
}

const stores: Row = {
  title: 'Stores',
  panels: [
    {
      kind: 'table',
      ...{
        title: 'Stores',
        unit: 'short',
        width: 24,
        thresholds: ANY,
        rowUrl: '${board}/#store/${__data.fields.Store:percentencode}',
      },
      description:
        'Each store as of its newest judged hour. "Above usual" counts usual deviations: 4 and more is far off. A row leads to the store on the board.',
      rows: { store: 'Store' },
      columns: [
        { title: 'Shelves', expr: SHELVES, unit: 'short' },
        { title: 'Out', expr: OUT, unit: 'percentunit' },
        {
          ...{ title: 'Out above usual', unit: 'short', thresholds: notAbove(3, 4) },
          expr: aboveUsual('gondola_store_out', 'ratio'),
        },
        {
          ...{ title: 'Phantom above usual', unit: 'short', thresholds: notAbove(3, 4) },
          expr: aboveUsual('gondola_store_phantom', 'ratio'),
        },
        {
          ...{ title: 'Coming above usual', unit: 'short', thresholds: notAbove(3, 4) },
          expr: aboveUsual('gondola_store_coming', 'ratio'),
        },
        { title: 'Lost per hour', expr: `sum by (store) (${LOST})`, unit: 'short' },
        { title: 'Open', expr: byStore('gondola_store_open'), unit: 'bool' },
        { title: 'Opens in', expr: byStore('gondola_store_opens_in_seconds'), unit: 's' },
        {
          title: 'Feed dead',
          expr: byStore('gondola_store_feed_dead'),
          unit: 'bool',
          thresholds: NONE_AT_ALL,
        },
      ],
    },
    besideUsual(
      {
        title: 'Shelves out beside what is usual',
        description:
          'Share of empty shelves of each chosen store, and what is usual there in that hour of the week. Choose few stores.',
        runbook: 'StoreOutOfStockUnusual',
      },
      'gondola_store_out',
    ),
    {
      ...{ kind: 'timeseries', title: 'Out above usual', unit: 'short', width: 12 },
      description:
        'How many usual deviations each store is above its usual share of empty shelves: the alert asks for 4 in production.',
      ...{ thresholds: notAbove(3, 4), runbook: 'StoreOutOfStockUnusual' },
      queries: [{ expr: aboveUsual('gondola_store_out', 'ratio'), legend: '{{store}}' }],
    },
    besideUsual(
      {
        title: 'Phantom stock beside what is usual',
        description:
          'Share of shelves with stock on record and none to sell, and what is usual: a surge is a delivery that was booked and never came, or a wrong count.',
        runbook: 'StorePhantomSurge',
      },
      'gondola_store_phantom',
    ),
    besideUsual(
      {
        title: 'Running out soon beside what is usual',
        description:
          'Share of shelves that are expected to run out within the hours ahead, and what is usual: before opening there is still time to fill them.',
        runbook: 'StoreComingWave',
      },
      'gondola_store_coming',
    ),
    {
      ...{
        kind: 'timeseries',
        title: 'Lost sales by store',
        unit: 'suffix: per hour',
        width: 12,
        thresholds: ANY,
      },
      description:
        'Money that empty shelves lose in an hour in the ten stores where it is most, and in the ten where that is usually so.',
      runbook: 'StoreLostSalesHigh',
      queries: [
        { expr: `topk(10, ${LOST})`, legend: '{{store}} {{currency}}' },
        { expr: `topk(10, ${LOST_USUAL})`, legend: '{{store}} {{currency}} usual' },
      ],
    },
    {
      ...{ kind: 'stat', title: 'Stores without series of their own', unit: 'short', width: 12 },
      description:
        'Above metrics.storesMax only the stores with most lost sales have series: so many have none, and no alert of their own.',
      ...{ thresholds: notAbove(1, 1_000), runbook: 'StoresBeyondLimit' },
      queries: [{ expr: `sum(${of('gondola_stores_beyond_limit')})` }],
    },
  ],
};

const items: Row = {
  title: 'Items and categories',
  panels: [
    {
      ...{
        kind: 'bargauge',
        title: 'Items that lose most',
        unit: 'suffix: per hour',
        width: 12,
        thresholds: ANY,
      },
      description:
        'The items with the largest lost sales over all stores of a process, and only those: 20 unless set otherwise.',
      runbook: 'ItemOutInManyStores',
      queries: [
        {
          expr: `topk(20, sum by (item, currency) (${of('gondola_item_lost_sales_per_hour')}))`,
          legend: '{{item}} {{currency}}',
        },
      ],
    },
    {
      ...{ kind: 'bargauge', title: 'Stores without these items', unit: 'short', width: 12 },
      description: 'In how many stores each of those items is out: many at once is a warehouse, not a shelf.',
      ...{ thresholds: notAbove(5, 20), runbook: 'ItemOutInManyStores' },
      queries: [{ expr: `topk(20, sum by (item) (${of('gondola_item_out_stores')}))`, legend: '{{item}}' }],
    },
    {
      ...{
        kind: 'timeseries',
        title: 'Shelves out by category',
        unit: 'percentunit',
        width: 12,
        thresholds: ANY,
      },
      description: 'Share of empty shelves of the ten categories where it is largest.',
      queries: [
        { expr: `topk(10, max by (category) (${of('gondola_category_out_ratio')}))`, legend: '{{category}}' },
      ],
    },
    {
      ...{
        kind: 'timeseries',
        title: 'Lost sales by category',
        unit: 'suffix: per hour',
        width: 12,
        thresholds: ANY,
      },
      description: 'Money that empty shelves lose in an hour in the ten categories where it is most.',
      queries: [
        {
          expr: `topk(10, sum by (category, currency) (${of('gondola_category_lost_sales_per_hour')}))`,
          legend: '{{category}} {{currency}}',
        },
      ],
    },
  ],
};

const signals: Row = {
  title: 'Signals and incidents',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Signals', unit: 'suffix: per second', width: 8, thresholds: ANY },
      description:
        'Signals that arrived at the board, by kind. None for hours while stores sell: look whether detection runs.',
      runbook: 'DetectorSilent',
      queries: [{ expr: sumRate('kind', 'gondola_signals_total'), legend: '{{kind}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Open signals', unit: 'short', width: 8, thresholds: ANY },
      description: 'Shelves with an open signal now, by kind.',
      queries: [{ expr: `max by (kind) (${of('gondola_signals_open')})`, legend: '{{kind}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Open incidents', unit: 'short', width: 8 },
      description:
        'What has one cause and many shelves: dead feeds, closed stores, tills that are offline, items that many stores are out of.',
      thresholds: notAbove(1, 10),
      queries: [{ expr: `max by (kind) (${of('gondola_incidents_open')})`, legend: '{{kind}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Precision of signals', unit: 'percentunit', width: 24 },
      description:
        'Of the shelves that people looked at because of a signal, the share that was as it said, with its 95 % interval. Empty until verdicts come.',
      ...{ thresholds: notBelow(0.5, 0.7), runbook: 'VerdictPrecisionLow' },
      queries: [
        {
          expr: `max by (kind, bound) (${of('gondola_signals_precision_ratio')})`,
          legend: '{{kind}} {{bound}}',
        },
      ],
    },
  ],
};

export const STOCKOUTS: Dashboard = {
  uid: 'gondola-stockouts',
  title: 'Góndola: stockouts',
  description: 'Which stores have more empty shelves than usual, what that costs, and what is running out.',
  variables: [ENVIRONMENT, STORES],
  rows: [now, stores, items, signals],
};
