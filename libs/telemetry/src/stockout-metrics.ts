/**
 * What detection says of shelves, as of each store's newest judged hour. Served by the process that has the store's partition, so that
 * for a moment two may serve it: queries take `max by (store)`. Money is in the currency of the store.
 */
export const STOCKOUT_METRICS = {
  storeShelves: {
    name: 'gondola_store_shelves',
    kind: 'gauge',
    help: 'Shelves of a store that are watched: sold there, and not given up',
    labels: ['store'],
  },
  storeOut: {
    name: 'gondola_store_out_ratio',
    kind: 'gauge',
    help: 'Share of the watched shelves that are out: mean of their probabilities at the end of the last judged hour, and what signals have added since',
    labels: ['store'],
  },
  storeOutUsual: {
    name: 'gondola_store_out_usual_ratio',
    kind: 'gauge',
    help: 'The share that is usually out in this hour of the week in this store',
    labels: ['store'],
  },
  storeOutDeviation: {
    name: 'gondola_store_out_usual_stddev_ratio',
    kind: 'gauge',
    help: 'How far from usual the share that is out usually is: wider while little is known, never less than chance',
    labels: ['store'],
  },
  storePhantom: {
    name: 'gondola_store_phantom_ratio',
    kind: 'gauge',
    help: 'Share of the watched shelves with an open phantom signal: stock on record, and none there',
    labels: ['store'],
  },
  storePhantomUsual: {
    name: 'gondola_store_phantom_usual_ratio',
    kind: 'gauge',
    help: 'The share that usually has one in this hour of the week in this store',
    labels: ['store'],
  },
  storePhantomDeviation: {
    name: 'gondola_store_phantom_usual_stddev_ratio',
    kind: 'gauge',
    help: 'How far from usual the share with a phantom signal usually is',
    labels: ['store'],
  },
  storeComing: {
    name: 'gondola_store_coming_ratio',
    kind: 'gauge',
    help: 'Share of the watched shelves that are expected to run out within the horizon of coming; also of the hours before a store opens',
    labels: ['store'],
  },
  storeComingUsual: {
    name: 'gondola_store_coming_usual_ratio',
    kind: 'gauge',
    help: 'The share that is usually expected to in this hour of the week in this store',
    labels: ['store'],
  },
  storeComingDeviation: {
    name: 'gondola_store_coming_usual_stddev_ratio',
    kind: 'gauge',
    help: 'How far from usual the share that is expected to run out usually is',
    labels: ['store'],
  },
  storeLost: {
    name: 'gondola_store_lost_sales_per_hour',
    kind: 'gauge',
    help: 'Money that a store loses an hour now: what its shelves would sell, by their probability to be out; none where no price is known',
    labels: ['store', 'currency'],
  },
  storeLostUsual: {
    name: 'gondola_store_lost_sales_usual_per_hour',
    kind: 'gauge',
    help: 'Money that it would usually lose of what its shelves would sell in this hour',
    labels: ['store', 'currency'],
  },
  storeLostDeviation: {
    name: 'gondola_store_lost_sales_usual_stddev_per_hour',
    kind: 'gauge',
    help: 'How far from usual that loss usually is',
    labels: ['store', 'currency'],
  },
  storeOpen: {
    name: 'gondola_store_open',
    kind: 'gauge',
    help: '1 in hours in which the store usually sells, else 0',
    labels: ['store'],
  },
  storeOpensIn: {
    name: 'gondola_store_opens_in_seconds',
    kind: 'gauge',
    help: 'Event time until it usually sells again, 0 while it does',
    labels: ['store'],
  },
  storeFeedDead: {
    name: 'gondola_store_feed_dead',
    kind: 'gauge',
    help: '1 while the feed of the store is found dead, else 0',
    labels: ['store'],
  },
  storeClosed: {
    name: 'gondola_store_closed',
    kind: 'gauge',
    help: '1 while the store is found closed in hours in which it usually sells, else 0',
    labels: ['store'],
  },
  storesBeyondLimit: {
    name: 'gondola_stores_beyond_limit',
    kind: 'gauge',
    help: 'Stores without series of their own: more than metrics.storesMax; those with the most shelves have them',
    labels: [],
  },
  itemLost: {
    name: 'gondola_item_lost_sales_per_hour',
    kind: 'gauge',
    help: 'Money lost an hour by shelves of an item that are signalled empty, over the stores of this process; of the metrics.itemsMax items that lose most',
    labels: ['item', 'currency'],
  },
  itemOutStores: {
    name: 'gondola_item_out_stores',
    kind: 'gauge',
    help: 'Stores of this process in which such an item is signalled empty',
    labels: ['item'],
  },
  categoryOut: {
    name: 'gondola_category_out_ratio',
    kind: 'gauge',
    help: 'Share of the watched shelves of a category that are out, over the stores of this process; of the metrics.categoriesMax categories with the most shelves',
    labels: ['category'],
  },
  categoryLost: {
    name: 'gondola_category_lost_sales_per_hour',
    kind: 'gauge',
    help: 'Money that such a category loses an hour, by the probability of each shelf to be out',
    labels: ['category', 'currency'],
  },
  judgedTime: {
    name: 'gondola_detect_judged_timestamp_seconds',
    kind: 'gauge',
    help: 'Event time up to which the shelves of every store of this process were judged, in seconds since 1970',
    labels: ['pipeline', 'stream'],
  },
  storeHoursJudged: {
    name: 'gondola_detect_ticks_total',
    kind: 'counter',
    help: 'Hours of stores that ended and were judged, those of dead feeds and closed stores among them',
    labels: ['pipeline', 'stream'],
  },
} as const;
