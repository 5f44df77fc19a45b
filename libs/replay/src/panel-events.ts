import type { Panel, PosLine, PosTransaction } from '@gondola/events';
import { createRandom, type Random } from '@gondola/stream';
import type { ReplayEvent } from './replay-record.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SEED = 20_240_328;
/** A basket for about every fifth unit sold in the hour, at most this many. */
const BASKETS_MAX = 8;
const UNITS_PER_BASKET = 5;

export interface PanelEventsOptions {
  /** Stores to replay; all when left out. */
  readonly stores?: readonly number[];
  /** First and last day, both replayed; from 0. */
  readonly firstDay?: number;
  readonly lastDay?: number;
}

/** Events as `panelEvents` yields them. */
export interface PanelRecord extends ReplayEvent {
  readonly encoding: 'avro';
  readonly event: PosTransaction;
}

interface Basket {
  readonly atMs: number;
  readonly lines: PosLine[];
}

/**
 * The till transactions that a panel of hourly sales may have come from, in the order of their time over all stores.
 * Units per (store, sku, hour) add up to the panel's. A store's transactions are the same whichever other stores and
 * days are replayed or were read from its file. The panel's local time is taken as UTC.
 */
export function* panelEvents(panel: Panel, options: PanelEventsOptions = {}): Generator<PanelRecord> {
  const seriesOf = seriesByStore(panel, options.stores);
  const firstDay = Math.max(options.firstDay ?? 0, 0);
  const lastDay = Math.min(options.lastDay ?? panel.days - 1, panel.days - 1);
  const dayZero = panel.dayZeroMs / DAY_MS;
  const sequenceOf = new Map<number, number>();
  for (let hour = firstDay * 24; hour < (lastDay + 1) * 24; hour++) {
    if (hour % 24 === 0) sequenceOf.clear();
    const records: PanelRecord[] = [];
    for (const [store, series] of seriesOf) {
      for (const basket of basketsOf(panel, store, series, hour)) {
        const sequence = (sequenceOf.get(store) ?? 0) + 1;
        sequenceOf.set(store, sequence);
        records.push(recordOf(String(store), dayZero + Math.floor(hour / 24), sequence, basket));
      }
    }
    // The sort is stable: at the same time the lower store comes first, and within a store the lower sequence.
    yield* records.sort((left, right) => left.timeMs - right.timeMs);
  }
}

/** Store -> its series, both in ascending order of their numbers, whatever the panel's order is. */
function seriesByStore(panel: Panel, stores: readonly number[] | undefined): Map<number, number[]> {
  const wanted = stores && new Set(stores);
  const all = Array.from({ length: panel.series }, (_, series) => series)
    .filter((series) => !wanted || wanted.has(panel.store[series]))
    .sort((left, right) => panel.store[left] - panel.store[right] || panel.sku[left] - panel.sku[right]);
  return Map.groupBy(all, (series) => panel.store[series]);
}

function basketsOf(panel: Panel, store: number, series: readonly number[], hour: number): Basket[] {
  const unitsAt = (one: number) => panel.units[one * panel.days * 24 + hour];
  const unitsTotal = series.reduce((sum, one) => sum + unitsAt(one), 0);
  if (unitsTotal === 0) return [];
  const hourStartMs = panel.dayZeroMs + hour * HOUR_MS;
  const random = createRandom(SEED, store, hourStartMs / HOUR_MS);
  const basketsMax = Math.min(Math.ceil(unitsTotal / UNITS_PER_BASKET), BASKETS_MAX);
  const baskets = openBaskets(random, 1 + random.below(basketsMax), hourStartMs);
  const share = new Int32Array(baskets.length);
  for (const one of series) {
    share.fill(0);
    for (let unit = unitsAt(one); unit > 0; unit--) share[random.below(share.length)]++;
    share.forEach((units, basket) => {
      if (units > 0) addLine(baskets[basket].lines, panel.sku[one], panel.category[one], units);
    });
  }
  return baskets.filter((basket) => basket.lines.length > 0);
}

function openBaskets(random: Random, count: number, hourStartMs: number): Basket[] {
  const seconds = Array.from({ length: count }, () => random.below(3600)).sort((left, right) => left - right);
  return seconds.map((second) => ({ atMs: hourStartMs + second * 1000, lines: [] }));
}

function addLine(lines: PosLine[], sku: number, category: number, units: number): void {
  lines.push({
    lineSequence: lines.length + 1,
    lineType: 'SALE',
    itemId: String(sku),
    gtin: null,
    description: null,
    merchandiseGroup: String(category),
    quantity: units,
    unitPrice: null,
    promotionId: null,
  });
}

function recordOf(store: string, day: number, sequence: number, basket: Basket): PanelRecord {
  return {
    key: store,
    subject: 'retail.pos.transaction',
    encoding: 'avro',
    timeMs: basket.atMs,
    event: {
      eventId: `panel:${store}:${day}:${sequence}`,
      retailStoreId: store,
      workstationId: '1',
      sequenceNumber: sequence,
      businessDayDate: day,
      beginDateTime: basket.atMs,
      transactionType: 'SALE',
      currencyCode: 'CNY',
      operatorId: null,
      customerId: null,
      loyaltyId: null,
      lines: basket.lines,
    },
  };
}
