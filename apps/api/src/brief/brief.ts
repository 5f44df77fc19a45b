import type { Signal } from '@gondola/events';
import { armDifference, OUT_KINDS, quantile, type KpiOptions } from '@gondola/kpi';
import type { CatalogNames } from '../lake/catalog-names.js';
import type { BookedEpisode } from '../insights/episode-book.js';
import { localHours, type HourPeriod } from '../insights/grouping.js';
import { insightsOf, type Books } from '../insights/insights.js';
import { dayAfter, hoursOfDay } from '../insights/local-day.js';
import type { BriefAnswer, BriefMoney, RepeatOffender, RiskHour } from './brief-answer.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const REPEAT_DAYS = 7;
const REPEAT_TIMES_MIN = 2;
const OFFENDERS_MAX = 5;
const RISK_ITEMS_MAX = 3;
/** A day has too few held-out episodes to tell anything. */
const ARM_DAYS = 28;

export interface BriefQuestion {
  readonly storeId: string;
  readonly day: string;
  readonly zone: string;
  readonly nowMs: number;
}

export interface BriefSources {
  readonly books: Books;
  /** Newest signal of each open episode of the store. */
  readonly open: Iterable<Signal>;
  readonly names: Pick<CatalogNames, 'store' | 'item'>;
  readonly options: KpiOptions;
}

/** One store's morning. Nothing of the hold-out arm is named: nobody is to act on it. */
export function briefOf(question: BriefQuestion, sources: BriefSources): Omit<BriefAnswer, 'lines'> {
  const { storeId, day, zone, nowMs } = question;
  const { books, names } = sources;
  const yesterday = dayAfter(day, -1);
  const hours = hoursOfDay(yesterday, zone);
  const shown = books.episodes.episodesOf(storeId).filter(({ arm }) => arm === 'treated');
  const { name: storeName = null, city = null } = names.store(storeId) ?? {};
  return {
    ...{ storeId, storeName, city, day, yesterday, timeZone: zone, asOfMs: nowMs },
    loss: lossOf(question, sources, hours),
    repeatOffenders: offendersOf(shown, hours, names),
    today: todayOf(question, sources),
    closed: closedOf(shown, hours, sources),
  };
}

function lossOf(
  { storeId, zone, day }: BriefQuestion,
  { books, names, options }: BriefSources,
  hours: HourPeriod,
): BriefAnswer['loss'] {
  const of = (period: HourPeriod) =>
    insightsOf(books, { ...period, storeId, by: null, zone }, { names, options }).total;
  const lostOf = ({ numbers }: ReturnType<typeof of>) =>
    numbers
      .filter(({ id }) => id === 'lost_sales')
      .flatMap(({ value, low, high, currency }) =>
        value === null ? [] : [{ currency, value, low: low ?? value, high: high ?? value }],
      );
  const total = of(hours);
  const available = total.numbers.filter(({ id }) => id === 'osa_value');
  return {
    episodes: total.episodes,
    lost: lostOf(total),
    lostWeekBefore: lostOf(of(hoursOfDay(dayAfter(day, -8), zone))),
    availability: available.flatMap(({ value, currency }) => (value === null ? [] : [{ currency, value }])),
  };
}

function offendersOf(
  shown: readonly BookedEpisode[],
  { untilHour }: HourPeriod,
  names: Pick<CatalogNames, 'item'>,
): RepeatOffender[] {
  const untilMs = untilHour * HOUR_MS;
  const fromMs = untilMs - REPEAT_DAYS * 24 * HOUR_MS;
  const recent = shown.filter(({ alert }) => alert.atMs >= fromMs && alert.atMs < untilMs);
  return [...Map.groupBy(recent, ({ itemId }) => itemId)]
    .filter(([, episodes]) => episodes.length >= REPEAT_TIMES_MIN)
    .map(([itemId, episodes]) => ({
      ...{ itemId, itemName: names.item(itemId), times: episodes.length },
      cause: episodes.at(-1)?.causes[0]?.name ?? null,
      lost: sumsOf(episodes, ({ lostSales, lostSalesLow, lostSalesHigh }) => [
        lostSales,
        lostSalesLow,
        lostSalesHigh,
      ]),
    }))
    .sort((a, b) => (b.lost[0]?.value ?? 0) - (a.lost[0]?.value ?? 0) || b.times - a.times)
    .slice(0, OFFENDERS_MAX);
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
        lostPerHour: rateOf(list),
        items: first
          .slice(0, RISK_ITEMS_MAX)
          .map(({ itemId, signalId, probability, expectedAtMs, actByMs }) => ({
            ...{ itemId, itemName: names.item(itemId), signalId, probability, expectedAtMs, actByMs },
          })),
      };
    });
  return { risks, openShelves: empty.length, lostPerHour: rateOf(empty) };
}

function closedOf(
  shown: readonly BookedEpisode[],
  { fromHour, untilHour }: HourPeriod,
  { books, options }: BriefSources,
): BriefAnswer['closed'] {
  const [fromMs, untilMs] = [fromHour * HOUR_MS, untilHour * HOUR_MS];
  const over = shown.flatMap((one) =>
    one.endedAtMs !== null && one.endedAtMs >= fromMs && one.endedAtMs < untilMs
      ? [{ ...one, minutes: (one.endedAtMs - one.alert.atMs) / MINUTE_MS }]
      : [],
  );
  const minutes = over.map((one) => one.minutes);
  const armFromMs = untilMs - ARM_DAYS * 24 * HOUR_MS;
  const ofArms = books.episodes
    .episodesOf(undefined)
    .filter(({ alert }) => alert.atMs >= armFromMs && alert.atMs < untilMs);
  const recovered = [...Map.groupBy(over, ({ currency }) => currency)].flatMap(([currency, list]) => {
    const brought = armDifference(ofArms, currency)?.recoveredPerEpisode;
    if (!brought) return [];
    const factor = list.length * (options.marginShare ?? 1);
    const { value, low, high } = brought;
    return [{ currency, value: value * factor, low: low * factor, high: high * factor }];
  });
  return {
    episodes: over.length,
    lookedAt: over.filter(({ looks }) => looks.length > 0).length,
    minutesToFixMedian: quantile(minutes, 0.5),
    stoppedPerHour: rateOf(over),
    recovered,
  };
}

type Priced = Pick<BookedEpisode, 'currency'>;

/** Sums of money by currency, with what each of them has as its ends; what has no price is left out. */
function sumsOf<T extends Priced>(
  list: readonly T[],
  of: (one: T) => readonly [value: number | null, low: number | null, high: number | null],
): BriefMoney[] {
  const sums = new Map<string | null, { value: number; low: number; high: number }>();
  for (const one of list) {
    const [value, low, high] = of(one);
    if (value === null) continue;
    const sum = sums.get(one.currency) ?? { value: 0, low: 0, high: 0 };
    sums.set(one.currency, sum);
    sum.value += value;
    sum.low += low ?? value;
    sum.high += high ?? value;
  }
  return [...sums].map(([currency, sum]) => ({ currency, ...sum }));
}

const rateOf = (list: readonly (Priced & { readonly lostSalesPerHour: number | null })[]): BriefMoney[] =>
  sumsOf(list, ({ lostSalesPerHour }) => [lostSalesPerHour, null, null]);
