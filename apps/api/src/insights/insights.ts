import type { Cause } from '@gondola/events';
import {
  judgementsOf,
  KPIS,
  kpisOfTold,
  outMsWithin,
  type Checked,
  type Judged,
  type KpiId,
  type KpiOptions,
} from '@gondola/kpi';
import type { BookedEpisode, EpisodeBook } from './episode-book.js';
import {
  groupingOf,
  type Division,
  type Group,
  type Grouping,
  type HourPeriod,
  type PlaceFilter,
  type StorePlace,
} from './grouping.js';
import type { InsightCause, InsightMoney, InsightRow, InsightsAnswer } from './insights-answer.js';
import type { SalesMeasure, SalesSums } from './sales-sums.js';

const HOUR_MS = 3_600_000;
/** Those that signals, verdicts and tills tell. */
const INSIGHT_KPIS: ReadonlySet<KpiId> = new Set([
  ...(['osa', 'oos_rate_item', 'osa_time', 'oos_rate_time', 'osa_value', 'lost_sales'] as const),
  ...(['lost_sales_net', 'alert_precision', 'alert_recall'] as const),
  ...(['time_to_detect', 'time_to_acknowledge', 'time_to_fix'] as const),
]);
const NOBODY = judgementsOf([], []);

/** What the lake said, as far as it was read. */
export interface Books {
  readonly episodes: EpisodeBook;
  readonly sales: SalesSums;
}

export interface InsightsQuestion extends PlaceFilter, HourPeriod {
  readonly by: Division | null;
  readonly zone: string;
}

interface Part {
  readonly episodes: BookedEpisode[];
  readonly lasting: BookedEpisode[];
  readonly judged: Judged[];
  readonly checked: Checked[];
}

const newPart = (): Part => ({ episodes: [], lasting: [], judged: [], checked: [] });

export interface InsightsTold {
  readonly stores: ReadonlyMap<string, StorePlace>;
  readonly options: KpiOptions;
  /** Of the same question, where it is known already. */
  readonly total?: InsightRow | undefined;
}

/** KPIs of a period, whole and by parts. Adds up what is in memory. */
export function insightsOf(
  books: Books,
  question: InsightsQuestion,
  { stores, options, total: known }: InsightsTold,
): Omit<InsightsAnswer, 'historyFromMs'> {
  const { by, zone, fromHour, untilHour } = question;
  const rowsBy = (division: Division | null) => {
    const grouping = groupingOf(question, question, { by: division, zone, stores });
    const parts = partsOf(books, question, grouping);
    const measures = books.sales.measure(question, grouping.placeOf, grouping.groupOfHour);
    return grouping.groups.map((group, number) =>
      rowOf(group, parts[number] ?? newPart(), measures[number], options),
    );
  };
  const [total] = known ? [known] : rowsBy(null);
  const rows = by === null ? [] : rowsBy(by);
  const isTime = by === 'hour' || by === 'day' || by === 'week';
  const nameOf = (key: string | null) => (by === 'store' && key !== null ? stores.get(key)?.name : null);
  return {
    ...{ fromMs: fromHour * HOUR_MS, untilMs: untilHour * HOUR_MS, zone },
    newestSignalMs: books.episodes.newestSignalMs,
    newestSaleMs: books.sales.newestMs,
    definitions: KPIS.filter(({ id }) => INSIGHT_KPIS.has(id)),
    total,
    rows: (isTime ? rows : rows.sort(byLoss)).map((row) => ({ ...row, name: nameOf(row.key) ?? null })),
  };
}

function partsOf(
  { episodes, sales }: Books,
  period: HourPeriod & PlaceFilter,
  { placeOf, groupOfHour }: Grouping,
): Part[] {
  const parts: Part[] = [];
  const { fromHour, untilHour } = period;
  const [fromMs, untilMs] = [fromHour * HOUR_MS, untilHour * HOUR_MS];
  const at = (group: number) => (parts[group] ??= newPart());
  const within = (timeMs: number) => timeMs >= fromMs && timeMs < untilMs;
  /** Group of a moment of the period. */
  const groupAt = (place: number, timeMs: number) =>
    groupOfHour ? groupOfHour[Math.floor(timeMs / HOUR_MS) - fromHour] : place;
  const placeOfShelf = ({ storeId, itemId }: { storeId: string; itemId: string }) =>
    placeOf(storeId, sales.categoryOf(itemId));
  for (const episode of episodes.episodesOf(period.storeId)) {
    const { alert, endedAtMs } = episode;
    const outMs = outMsWithin(episode, { fromMs, untilMs });
    if (outMs === 0 && !within(alert.atMs)) continue;
    const place = placeOfShelf(episode);
    if (place === null) continue;
    if (within(alert.atMs)) at(groupAt(place, alert.atMs)).episodes.push(episode);
    if (outMs === 0) continue;
    const first = groupAt(place, Math.max(alert.sinceMs, fromMs));
    const last = groupAt(place, Math.min(endedAtMs ?? untilMs, untilMs) - 1);
    for (let group = first; group <= last; group++) at(group).lasting.push(episode);
  }
  const put = <T extends Judged | Checked>(seen: readonly T[], list: (part: Part) => T[]) => {
    for (const one of seen) {
      const place = within(one.verdict.atMs) ? placeOfShelf(one.verdict) : null;
      if (place !== null) list(at(groupAt(place, one.verdict.atMs))).push(one);
    }
  };
  put(episodes.judged, ({ judged }) => judged);
  put(episodes.checked, ({ checked }) => checked);
  return parts;
}

function rowOf(
  { key, fromMs, untilMs }: Group,
  { episodes, lasting, judged, checked }: Part,
  measure: SalesMeasure | undefined,
  options: KpiOptions,
): InsightRow {
  const { sold, shelfHours } = measure ?? { sold: new Map<string, number>(), shelfHours: 0 };
  const hours = (untilMs - fromMs) / HOUR_MS;
  const period = { fromMs, untilMs };
  const verdicts = episodes.flatMap(({ looks }) => looks);
  const takings = episodes.flatMap((one) => one.takings);
  const values = kpisOfTold(
    { all: NOBODY, verdicts, takings, judged, checked, episodes, lasting },
    { ...period, shelves: shelfHours / hours, sold },
    { ...options, only: INSIGHT_KPIS },
  );
  return {
    ...{ key, name: null, ...period, episodes: episodes.length },
    outHours: lasting.reduce((sum, one) => sum + outMsWithin(one, period), 0) / HOUR_MS,
    shelfHours,
    sold: moneyOf(sold),
    lost: moneyOf(lostOf(episodes)),
    numbers: values.map(({ id, value, low, high, p90, cases, currency, missing }) => ({
      ...{ id, value, low, high, p90, cases, currency, missing },
    })),
    causes: causesOf(episodes),
  };
}

const UNKNOWN: readonly Cause[] = [{ name: 'unknown', probability: 1 }];

function causesOf(episodes: readonly BookedEpisode[]): InsightCause[] {
  const sums = new Map<Cause['name'], { episodes: number; lost: Map<string | null, number> }>();
  for (const { causes, lostSales, currency } of episodes) {
    for (const { name, probability } of causes.length > 0 ? causes : UNKNOWN) {
      const sum = sums.get(name) ?? { episodes: 0, lost: new Map() };
      sums.set(name, sum);
      sum.episodes += probability;
      if (lostSales !== null) sum.lost.set(currency, (sum.lost.get(currency) ?? 0) + probability * lostSales);
    }
  }
  return [...sums]
    .map(([name, sum]) => ({ name, episodes: sum.episodes, lost: moneyOf(sum.lost) }))
    .sort((a, b) => b.episodes - a.episodes);
}

function lostOf(episodes: readonly BookedEpisode[]): ReadonlyMap<string | null, number> {
  const lost = new Map<string | null, number>();
  for (const { lostSales, currency } of episodes)
    if (lostSales !== null) lost.set(currency, (lost.get(currency) ?? 0) + lostSales);
  return lost;
}

const moneyOf = (sums: ReadonlyMap<string | null, number>): InsightMoney[] =>
  [...sums].map(([currency, value]) => ({ currency, value }));

/** Currencies are not compared: what is lost in the first of each stands for it. */
function byLoss(a: InsightRow, b: InsightRow): number {
  return (b.lost[0]?.value ?? 0) - (a.lost[0]?.value ?? 0) || b.episodes - a.episodes;
}
