import fc from 'fast-check';
import type { ShelfVerdict } from '@gondola/events';
import { DIVISIONS, localHours } from './grouping.js';
import { EpisodeBook, type BookedEpisode, type KeptSignal } from './episode-book.js';
import { insightsOf } from './insights.js';
import type { InsightMoney, InsightRow } from './insights-answer.js';
import { SalesSums, type SalesLines } from './sales-sums.js';

const HOUR_MS = 3_600_000;
const FROM_HOUR = Date.UTC(2026, 2, 27) / HOUR_MS;
/** Over the change of clocks in Madrid. */
const UNTIL_HOUR = FROM_HOUR + 120;

const CITIES: Readonly<Record<string, string>> = { a: 'Quito', b: 'Quito', c: 'Lima' };
const stores = new Map(Object.entries(CITIES).map(([id, city]) => [id, { name: `store ${id}`, city }]));
const hour = fc.integer({ min: FROM_HOUR - 30, max: UNTIL_HOUR + 30 });
const storeId = fc.constantFrom('a', 'b', 'c', 'd');
const itemId = fc.constantFrom('1', '2', '3', '4');
const sale = fc.record({
  ...{ storeId, itemId, atMs: hour.map((at) => at * HOUR_MS) },
  category: fc.constantFrom('dairy', 'bread', null),
  currency: fc.constantFrom('EUR', 'USD'),
  sign: fc.constantFrom(1, -1, 0),
  amount: fc.option(
    fc.integer({ min: 1, max: 900 }).map((cents) => cents / 100),
    { nil: NaN },
  ),
});
type Sale = typeof sale extends fc.Arbitrary<infer T> ? T : never;
const outage = fc.record({
  ...{ storeId, itemId, alertHour: hour, before: fc.integer({ min: 0, max: 30 }) },
  hours: fc.option(fc.double({ min: 0, max: 40, noNaN: true })),
  probability: fc.double({ min: 0.1, max: 1, noNaN: true }),
  lostSales: fc.option(fc.integer({ min: 0, max: 100 })),
  currency: fc.constantFrom('EUR', 'USD'),
  cause: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  verdict: fc.option(fc.constantFrom('FILLED', 'IT_WAS_THERE', 'CANNOT_CHECK')),
});
type Outage = typeof outage extends fc.Arbitrary<infer T> ? T : never;

function linesOf(sales: readonly Sale[]): SalesLines {
  return {
    rows: sales.length,
    storeIds: sales.map((one) => one.storeId),
    itemIds: sales.map((one) => one.itemId),
    categories: sales.map((one) => one.category),
    currencies: sales.map((one) => one.currency),
    signs: Int8Array.from(sales, (one) => one.sign),
    atMs: Float64Array.from(sales, (one) => one.atMs),
    amounts: Float64Array.from(sales, (one) => one.amount),
  };
}

function signalsOf(one: Outage, number: number): KeptSignal[] {
  const { storeId, itemId, alertHour, before, hours, probability, lostSales, currency, cause } = one;
  const atMs = alertHour * HOUR_MS + 1_000;
  const alert: KeptSignal = {
    ...{ signalId: `s${number}`, episodeId: `s${number}`, storeId, itemId, kind: 'silent', atMs },
    ...{ sinceMs: atMs - before * HOUR_MS, probability, arm: 'treated', modelVersion: 'm', currency },
    ...{ lostSales, lostSalesLow: lostSales, lostSalesHigh: lostSales, lostSalesPerHour: lostSales },
    causes:
      cause === null
        ? []
        : [
            { name: 'not_ordered', probability: cause },
            { name: 'in_backroom', probability: 1 - cause },
          ],
  };
  if (hours === null) return [alert];
  const end = { signalId: `e${number}`, kind: 'recovered', causes: [] } as const;
  return [alert, { ...alert, ...end, atMs: atMs + hours * HOUR_MS }];
}

const verdictsOf = ({ storeId, itemId, alertHour, verdict }: Outage, number: number): ShelfVerdict[] =>
  verdict === null
    ? []
    : [
        {
          ...{ eventId: `v${number}`, signalId: `s${number}`, checkId: null, storeId, itemId, verdict },
          ...{ undoes: null, atMs: (alertHour + 1) * HOUR_MS, actor: `p${number}`, channel: null },
        },
      ];

function booksOf(sales: readonly Sale[], outages: readonly Outage[]) {
  const [sums, episodes] = [new SalesSums({ historyDays: 30, rangeDays: 2 }), new EpisodeBook(30)];
  sums.add(linesOf(sales));
  sums.settle();
  episodes.add(outages.flatMap(signalsOf), outages.flatMap(verdictsOf));
  episodes.settle();
  return { sales: sums, episodes };
}

const whole = { fromHour: FROM_HOUR, untilHour: UNTIL_HOUR, zone: 'Europe/Madrid' };
const told = { stores, options: {} };
/** Money by currency as numbers that may be compared. */
const moneyOf = (rows: readonly InsightRow[], of: (row: InsightRow) => readonly InsightMoney[]) => {
  const all = Map.groupBy(rows.flatMap(of), ({ currency }) => currency);
  const sums = [...all].map(([currency, list]) => [currency, list.reduce((sum, one) => sum + one.value, 0)]);
  return Object.fromEntries(sums.filter(([, sum]) => Math.abs(Number(sum)) > 1e-9)) as Record<string, number>;
};
const sumsOf = (rows: readonly InsightRow[]) => {
  const causes = Map.groupBy(
    rows.flatMap((row) => row.causes),
    ({ name }) => name,
  );
  const cases = (id: string) =>
    rows
      .flatMap((row) => row.numbers.filter((one) => one.id === id))
      .reduce((sum, one) => sum + one.cases, 0);
  const sum = (of: (row: InsightRow) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    ...{ episodes: sum((row) => row.episodes), outHours: sum((row) => row.outHours) },
    ...{ shelfHours: sum((row) => row.shelfHours), lost: moneyOf(rows, (row) => row.lost) },
    sold: moneyOf(rows, (row) => row.sold),
    causes: Object.fromEntries(
      [...causes].map(([name, list]) => [name, list.reduce((all, one) => all + one.episodes, 0)] as const),
    ),
    fixed: cases('time_to_fix'),
    acknowledged: cases('time_to_acknowledge'),
    audited: cases('alert_precision'),
  };
};

function expectClose(found: unknown, expected: unknown): void {
  if (typeof expected === 'number') return expect(found).toBeCloseTo(expected, 6);
  expect(Object.keys(found as object).sort()).toEqual(Object.keys(expected as object).sort());
  for (const [name, value] of Object.entries(expected as object))
    expectClose((found as Record<string, unknown>)[name], value);
}

test('parts add up to the whole, whatever divides it', () => {
  fc.assert(
    fc.property(fc.array(sale, { maxLength: 40 }), fc.array(outage, { maxLength: 15 }), (sales, outages) => {
      const books = booksOf(sales, outages);
      for (const by of DIVISIONS) {
        const { total, rows } = insightsOf(books, { ...whole, by }, told);
        expectClose(sumsOf(rows), sumsOf([total]));
      }
    }),
    { numRuns: 60 },
  );
});

test('sums are those of the lines, in whatever order they come', () => {
  const shuffled = fc
    .array(sale, { maxLength: 60 })
    .chain((sales) => fc.tuple(fc.constant(sales), fc.shuffledSubarray(sales, { minLength: sales.length })));
  fc.assert(
    fc.property(shuffled, fc.constantFrom('a', 'b', 'c', 'd'), ([sales, other], store) => {
      const question = { ...whole, storeId: store, by: null };
      const { total } = insightsOf(booksOf(sales, []), question, told);
      expectClose(sumsOf([insightsOf(booksOf(other, []), question, told).total]), sumsOf([total]));
      const lines = sales.filter(
        ({ storeId: of, atMs, sign, amount }) =>
          of === store &&
          sign !== 0 &&
          !Number.isNaN(amount) &&
          atMs / HOUR_MS >= FROM_HOUR &&
          atMs / HOUR_MS < UNTIL_HOUR,
      );
      for (const currency of ['EUR', 'USD']) {
        const sum = lines
          .filter((one) => one.currency === currency)
          .reduce((all, one) => all + one.sign * one.amount, 0);
        expect(total.sold.find((one) => one.currency === currency)?.value ?? 0).toBeCloseTo(sum, 6);
      }
    }),
    { numRuns: 60 },
  );
});

test('what comes bit by bit, in any order, is what comes at once', () => {
  type Bit = readonly [KeptSignal[], ShelfVerdict[]];
  const bits = fc.array(outage, { maxLength: 12 }).chain((outages) => {
    const signals = outages.flatMap(signalsOf).map((one): Bit => [[one], []]);
    const verdicts = outages.flatMap(verdictsOf).flatMap((one): Bit[] => [
      [[], [one]],
      // And an answer to a check of the same shelf.
      [[], [{ ...one, eventId: `c${one.eventId}`, signalId: null, checkId: `c${one.eventId}` }]],
    ]);
    const all = [...signals, ...verdicts];
    return fc.shuffledSubarray(all, { minLength: all.length });
  });
  fc.assert(
    fc.property(bits, (all) => {
      const [bitByBit, atOnce] = [new EpisodeBook(30), new EpisodeBook(30)];
      for (const [signals, verdicts] of all) {
        bitByBit.add(signals, verdicts);
        bitByBit.settle();
        atOnce.add(signals, verdicts);
      }
      atOnce.settle();
      const byId = (episodes: readonly BookedEpisode[]) =>
        [...episodes].sort((a, b) => (a.episodeId < b.episodeId ? -1 : 1));
      const told = (book: EpisodeBook) => {
        const all = book.episodesOf(undefined);
        const times = all.map(({ alert }) => alert.atMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        const stores = [...new Set(all.map(({ storeId }) => storeId))];
        expect(byId(stores.flatMap((storeId) => book.episodesOf(storeId)))).toEqual(byId(all));
        return toldOf(book, byId(all));
      };
      const toldOf = ({ judged, checked }: EpisodeBook, episodes: readonly BookedEpisode[]) => ({
        episodes,
        judged: judged.map(({ verdict, out }) => [verdict.eventId, out]),
        checked: checked.map(({ verdict, signal }) => [verdict.eventId, signal?.signalId]),
      });
      expect(told(bitByBit)).toEqual(told(atOnce));
    }),
    { numRuns: 100 },
  );
});

test('a shelf is in range from its first sale until some days after its last', () => {
  const sold = (day: number): Sale => ({
    ...{ storeId: 'a', itemId: '1', category: 'dairy', currency: 'EUR', sign: 1, amount: 1 },
    atMs: (FROM_HOUR + 24 * day + 9) * HOUR_MS,
  });
  const shelfHours = (days: readonly number[], fromDay: number, untilDay: number) => {
    const period = { fromHour: FROM_HOUR + 24 * fromDay, untilHour: FROM_HOUR + 24 * untilDay };
    return insightsOf(booksOf(days.map(sold), []), { ...whole, ...period, by: null }, told).total.shelfHours;
  };
  expect(shelfHours([1, 3], 0, 10)).toBe(5 * 24);
  expect(shelfHours([3, 1], 2, 4)).toBe(2 * 24);
  expect(shelfHours([1], 4, 10)).toBe(0);
});

test('hours of a ring are freed when the next ones begin, and what is older than it is left out', () => {
  const sums = new SalesSums({ historyDays: 2, rangeDays: 1 });
  const at = (hours: number): Sale => ({
    ...{ storeId: 'a', itemId: '1', category: null, currency: 'EUR', sign: 1, amount: 1 },
    atMs: (FROM_HOUR + hours) * HOUR_MS,
  });
  for (const hours of [0, 71, 72, 144, 0]) sums.add(linesOf([at(hours)]));
  sums.settle();
  const [measure] = sums.measure({ fromHour: FROM_HOUR, untilHour: FROM_HOUR + 200 }, () => 0, null);
  expect(Object.fromEntries(measure.sold)).toEqual({ EUR: 1 });
  expect(sums.newestMs).toBe((FROM_HOUR + 145) * HOUR_MS);
});

test('an hour has the name that the calendar gives it', () => {
  const zones = [
    'UTC',
    'Europe/Madrid',
    'America/Santiago',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Apia',
  ];
  const hours = fc.integer({ min: Date.UTC(2005) / HOUR_MS, max: Date.UTC(2035) / HOUR_MS });
  fc.assert(
    fc.property(fc.constantFrom(...zones), hours, (zone, first) => {
      const [named, fields] = [
        localHours(zone),
        { year: 'numeric', month: '2-digit', day: '2-digit' } as const,
      ];
      const calendar = new Intl.DateTimeFormat('sv-SE', {
        ...{ timeZone: zone, ...fields, hour: '2-digit', hourCycle: 'h23' },
      });
      for (let hour = first; hour < first + 50; hour++)
        expect(named(hour * HOUR_MS)).toBe(calendar.format(hour * HOUR_MS).replace(' ', 'T'));
    }),
  );
});

test('days begin by the clocks that are asked for, also where these change', () => {
  const { rows } = insightsOf(booksOf([], []), { ...whole, by: 'day' }, told);
  const hours = rows.map(({ key, fromMs, untilMs }) => [key, (untilMs - fromMs) / HOUR_MS]);
  expect(hours).toEqual([
    ['2026-03-27', 23],
    ['2026-03-28', 24],
    ['2026-03-29', 23],
    ['2026-03-30', 24],
    ['2026-03-31', 24],
    ['2026-04-01', 2],
  ]);
  const { rows: weeks } = insightsOf(booksOf([], []), { ...whole, by: 'week' }, told);
  expect(weeks.map(({ key }) => key)).toEqual(['2026-03-23', '2026-03-30']);
});

test('what ended before the kept days is forgotten, in the order of the rest too', () => {
  const book = new EpisodeBook(2);
  const at = (storeId: 'a' | 'b', days: number) =>
    signalsOf(
      {
        ...{ storeId, itemId: '1', alertHour: FROM_HOUR + 24 * days, before: 0, hours: null },
        ...{ probability: 1, lostSales: 1, currency: 'EUR', cause: null, verdict: null },
      },
      days,
    );
  const idsOf = (storeId?: string) => book.episodesOf(storeId).map(({ episodeId }) => episodeId);
  book.add([...at('a', 3), ...at('b', 1), ...at('a', 2)], []);
  book.settle();
  expect([idsOf(), idsOf('a'), idsOf('b')]).toEqual([['s1', 's2', 's3'], ['s2', 's3'], ['s1']]);
  book.add(at('b', 4), []);
  book.settle();
  expect([idsOf(), idsOf('a'), idsOf('b')]).toEqual([['s2', 's3', 's4'], ['s2', 's3'], ['s4']]);
});
