import { armDifference, quantile, type KpiOptions } from '@gondola/kpi';
import type { BookedEpisode } from '../insights/episode-book.js';
import type { HourPeriod } from '../insights/grouping.js';
import { insightsOf, type Books } from '../insights/insights.js';
import { dayAfter, hoursOfDay } from '../insights/local-day.js';
import type { BriefAnswer, RepeatOffender } from './brief-answer.js';
import { rateOf, sumsOf } from './brief-money.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const REPEAT_DAYS = 7;
const REPEAT_TIMES_MIN = 2;
const OFFENDERS_MAX = 5;
/** A day has too few held-out episodes to tell anything. */
const ARM_DAYS = 28;
/** One store is asked for by its id: neither names nor cities are needed. */
const NO_STORES = new Map();

export interface BriefSumsQuestion {
  readonly storeId: string;
  readonly day: string;
  readonly zone: string;
}

/** What of a brief is made of the books. */
export interface BriefSums extends Pick<BriefAnswer, 'loss' | 'closed'> {
  readonly repeatOffenders: readonly Omit<RepeatOffender, 'itemName'>[];
}

interface BriefBooks {
  readonly books: Books;
  readonly options: KpiOptions;
}

/** Nothing of the hold-out arm is named: nobody is to act on it. */
export function briefSumsOf(question: BriefSumsQuestion, sources: BriefBooks): BriefSums {
  const { storeId, day, zone } = question;
  const hours = hoursOfDay(dayAfter(day, -1), zone);
  const shown = sources.books.episodes.episodesOf(storeId).filter(({ arm }) => arm === 'treated');
  return {
    loss: lossOf(question, sources, hours),
    repeatOffenders: offendersOf(shown, hours),
    closed: closedOf(shown, hours, sources),
  };
}

function lossOf(
  { storeId, zone, day }: BriefSumsQuestion,
  { books, options }: BriefBooks,
  hours: HourPeriod,
): BriefAnswer['loss'] {
  const of = (period: HourPeriod) =>
    insightsOf(books, { ...period, storeId, by: null, zone }, { stores: NO_STORES, options }).total;
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
): BriefSums['repeatOffenders'] {
  const untilMs = untilHour * HOUR_MS;
  const fromMs = untilMs - REPEAT_DAYS * 24 * HOUR_MS;
  const recent = shown.filter(({ alert }) => alert.atMs >= fromMs && alert.atMs < untilMs);
  return [...Map.groupBy(recent, ({ itemId }) => itemId)]
    .filter(([, episodes]) => episodes.length >= REPEAT_TIMES_MIN)
    .map(([itemId, episodes]) => ({
      ...{ itemId, times: episodes.length },
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

function closedOf(
  shown: readonly BookedEpisode[],
  { fromHour, untilHour }: HourPeriod,
  { books, options }: BriefBooks,
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
