import type { Signal } from '@gondola/events';
import { OUT_KINDS } from '@gondola/kpi';
import type { CatalogNames } from '../lake/catalog-names.js';
import { localHours } from '../insights/grouping.js';
import { dayAfter } from '../insights/local-day.js';
import type { BriefAnswer, RiskHour } from './brief-answer.js';
import { rateOf } from './brief-money.js';
import type { BriefSums, BriefSumsQuestion } from './brief-sums.js';

const HOUR_MS = 3_600_000;
const RISK_ITEMS_MAX = 3;

export interface BriefQuestion extends BriefSumsQuestion {
  readonly nowMs: number;
}

export interface BriefSources {
  readonly sums: BriefSums;
  /** Newest signal of each open episode of the store. */
  readonly open: Iterable<Signal>;
  readonly names: Pick<CatalogNames, 'store' | 'item'>;
}

/** One store's morning. */
export function briefOf(question: BriefQuestion, sources: BriefSources): Omit<BriefAnswer, 'lines'> {
  const { storeId, day, zone, nowMs } = question;
  const { sums, names } = sources;
  const { name: storeName = null, city = null } = names.store(storeId) ?? {};
  return {
    ...{ storeId, storeName, city, day, yesterday: dayAfter(day, -1), timeZone: zone, asOfMs: nowMs },
    ...sums,
    repeatOffenders: sums.repeatOffenders.map((one) => ({ ...one, itemName: names.item(one.itemId) })),
    today: todayOf(question, sources),
  };
}

function todayOf({ day, zone, nowMs }: BriefQuestion, { open, names }: BriefSources): BriefAnswer['today'] {
  const localHour = localHours(zone);
  const signals = [...open];
  const empty = signals.filter(({ kind }) => OUT_KINDS.has(kind));
  // What was expected in an hour that is over and did not come is no risk of today any more.
  const startMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const coming = signals.filter(
    (one): one is Signal & { expectedAtMs: number } =>
      one.kind === 'coming' &&
      one.expectedAtMs !== null &&
      one.expectedAtMs >= startMs &&
      localHour(one.expectedAtMs).startsWith(day),
  );
  const byHour = Map.groupBy(coming, ({ expectedAtMs }) => Math.floor(expectedAtMs / HOUR_MS) * HOUR_MS);
  const risks = [...byHour]
    .sort(([a], [b]) => a - b)
    .map(([hourMs, list]): RiskHour => {
      const first = list.sort((a, b) => (b.lostSalesPerHour ?? 0) - (a.lostSalesPerHour ?? 0));
      return {
        ...{ hour: Number(localHour(hourMs).slice(11, 13)), hourMs, shelves: list.length },
        lostPerHour: rateOf(list.map(expected)),
        items: first
          .slice(0, RISK_ITEMS_MAX)
          .map(({ itemId, signalId, probability, expectedAtMs, actByMs }) => ({
            ...{ itemId, itemName: names.item(itemId), signalId, probability, expectedAtMs, actByMs },
          })),
      };
    });
  return { risks, openShelves: empty.length, lostPerHour: rateOf(empty.map(expected)) };
}

/** As the board sums it: each loss as likely as it is. */
const expected = ({ currency, probability, lostSalesPerHour: loss }: Signal) => ({
  ...{ currency, lostSalesPerHour: loss === null ? null : probability * loss },
});
