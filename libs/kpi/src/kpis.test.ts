import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { HOUR_MS, NOON_MS, signalWith, verdictWith } from '../test/support.js';
import { kpisOf, type KpiInput } from './kpis.js';
import { loopNumbers, loopNumbersOfTold } from './loop-numbers.js';
import { kpiPage } from './page.js';
import { toldIn, toldTogether } from './told.js';

const period = { fromMs: NOON_MS - 24 * HOUR_MS, untilMs: NOON_MS + 24 * HOUR_MS };
const kpi = (id: string, input: Partial<KpiInput>, options = {}) =>
  kpisOf({ signals: [], verdicts: [], ...period, ...input }, options).filter((one) => one.id === id);

const episode = (id: string, fields: Parameters<typeof signalWith>[0] | object = {}) => [
  signalWith({ signalId: id, itemId: id, ...fields }),
  signalWith({
    ...{ signalId: `${id}-end`, episodeId: id, itemId: id, kind: 'recovered', atMs: NOON_MS + 2 * HOUR_MS },
    ...{ lostSales: 20, lostSalesLow: 10, lostSalesHigh: 30, ...fields },
  }),
];

test('without anything each KPI says what it lacks', () => {
  const values = kpisOf({ signals: [], verdicts: [], ...period });
  expect(values.every(({ value, missing }) => value === null && missing !== null)).toBe(true);
});

test('losses: the last word of each episode, by currency, with an interval that grows as a root', () => {
  const signals = [...episode('a'), ...episode('b'), ...episode('c', { currency: 'COP' })];
  const [euro, peso] = kpi('lost_sales', { signals });
  expect(euro).toMatchObject({ value: 40, currency: 'EUR', cases: 2 });
  expect(euro.high).toBeCloseTo(40 + 10 * Math.SQRT2, 9);
  expect(peso).toMatchObject({ value: 20, low: 10, high: 30, currency: 'COP' });
  expect(kpi('lost_sales_net', { signals })[0].value).toBeCloseTo(22, 9);
  expect(kpi('lost_sales_net', { signals }, { substitutionShare: 0 })[0].value).toBe(40);
  const sold = new Map([['EUR', 160]]);
  expect(kpi('osa_value', { signals, sold })[0].value).toBeCloseTo(0.8, 12);
});

test('out by time: weighted by P, within the period alone', () => {
  const [signal] = episode('a', { probability: 0.5, sinceMs: NOON_MS - 100 * HOUR_MS });
  expect(kpi('oos_rate_time', { signals: [signal], shelves: 10 })[0].value).toBeCloseTo(0.05, 12);
  expect(kpi('osa_time', { signals: [signal], shelves: 10 })[0].value).toBeCloseTo(0.95, 12);
});

test('out by time: an alert before the period counts for the time within it, so that days add up', () => {
  const signals = episode('a', { probability: 0.5, atMs: NOON_MS, sinceMs: NOON_MS - HOUR_MS }).map((one) =>
    one.kind === 'recovered' ? { ...one, atMs: NOON_MS + 3 * HOUR_MS } : one,
  );
  const share = (fromMs: number, untilMs: number) =>
    kpi('oos_rate_time', { signals, shelves: 1, fromMs, untilMs })[0].value ?? 0;
  expect(share(NOON_MS - HOUR_MS, NOON_MS + HOUR_MS)).toBe(0.5);
  expect(share(NOON_MS + HOUR_MS, NOON_MS + 5 * HOUR_MS)).toBe(0.25);
});

test('times: median and 90 % quantile in minutes', () => {
  const signals = [...episode('a'), ...episode('b')];
  const verdicts = [verdictWith({ signalId: 'a', itemId: 'a', atMs: NOON_MS + 30 * 60_000 })];
  expect(kpi('time_to_detect', { signals })[0]).toMatchObject({ value: 180, p90: 180, cases: 2 });
  expect(kpi('time_to_acknowledge', { signals, verdicts })[0]).toMatchObject({ value: 30, cases: 1 });
  expect(kpi('time_to_fix', { signals })[0]).toMatchObject({ value: 120 });
});

test('shares of looks, checks, counts and picks', () => {
  const signals = episode('a');
  const verdicts = [
    verdictWith({ signalId: 'a', itemId: 'a' }),
    verdictWith({ checkId: '1', itemId: 'a', atMs: NOON_MS + HOUR_MS }),
    ...[2, 3, 4].map((n) => verdictWith({ checkId: `${n}`, itemId: `i${n}`, verdict: 'IT_WAS_THERE' })),
  ];
  const counts = [1, 2, 3].map((n) => ({ recorded: n, counted: n === 3 ? 0 : n }));
  const input = { signals, verdicts, counts, picks: { asked: 10, found: 9 } };
  expect(kpi('alert_precision', input)[0].value).toBe(1);
  expect(kpi('alert_recall', input)[0]).toMatchObject({ value: 1, cases: 1 });
  expect(kpi('oos_rate_item', input)[0]).toMatchObject({ value: 0.25, cases: 4 });
  expect(kpi('osa', input)[0].value).toBe(0.75);
  expect(kpi('record_accuracy', input)[0].value).toBeCloseTo(2 / 3, 12);
  expect(kpi('found_rate', input)[0].value).toBe(0.9);
});

test('value per alert and per minute come from the hold-out arm', () => {
  const arms = (arm: 'treated' | 'hold_out', lost: number) =>
    [0, 1, 2, 3].flatMap((n) => episode(`${arm}${n}`, { arm, lostSales: lost + n }));
  const signals = [...arms('treated', 5), ...arms('hold_out', 17)];
  const verdicts = [0, 1].map((n) => verdictWith({ signalId: `treated${n}`, itemId: `treated${n}` }));
  expect(kpi('value_per_alert', { signals, verdicts })[0]).toMatchObject({
    value: 12,
    currency: 'EUR',
    cases: 4,
  });
  expect(kpi('value_per_alert', { signals, verdicts }, { marginShare: 0.25 })[0].value).toBe(3);
  expect(kpi('value_per_labour_minute', { signals, verdicts })[0].value).toBeCloseTo((12 * 4) / 8, 9);
});

test('the page of definitions is the one that is made', () => {
  expect(readFileSync(new URL('../KPIS.md', import.meta.url), 'utf8')).toBe(kpiPage());
});

test('a chain told store by store has the numbers that it has told at once', () => {
  const shelf = fc.record({
    storeId: fc.constantFrom('1', '2', '3'),
    itemId: fc.constantFrom('a', 'b'),
    atHours: fc.integer({ min: -30, max: 30 }),
    lostSales: fc.integer({ min: 0, max: 100 }),
    arm: fc.constantFrom('treated' as const, 'hold_out' as const),
    currency: fc.constantFrom('EUR', 'COP'),
    said: fc.constantFrom('FILLED', 'IT_WAS_THERE', 'NONE_IN_STORE', 'CANNOT_CHECK', 'TAKEN', null),
    check: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(shelf, { maxLength: 40 }), (shelves) => {
      const signals = shelves.flatMap(({ storeId, itemId, atHours, lostSales, arm, currency }, n) => {
        const atMs = NOON_MS + atHours * HOUR_MS;
        const fields = {
          storeId,
          itemId,
          arm,
          currency,
          lostSales,
          lostSalesLow: 0,
          lostSalesHigh: 2 * lostSales,
        };
        return [
          signalWith({ signalId: `${n}`, ...fields, atMs }),
          signalWith({
            ...{ signalId: `${n}-end`, episodeId: `${n}`, kind: 'recovered', ...fields },
            atMs: atMs + HOUR_MS,
          }),
        ];
      });
      const verdicts = shelves.flatMap(({ storeId, itemId, atHours, said, check }, n) =>
        said === null
          ? []
          : verdictWith({
              ...{ eventId: `v${n}`, storeId, itemId, verdict: said, checkId: check ? `c${n}` : null },
              ...{ signalId: check ? null : `${n}`, atMs: NOON_MS + (atHours + 0.5) * HOUR_MS },
            }),
      );
      const told = ['3', '1', '2'].map((storeId) => {
        const ofStore = (one: { readonly storeId: string }) => one.storeId === storeId;
        return toldIn(
          { signals: signals.filter(ofStore), verdicts: verdicts.filter(ofStore), ...period },
          {},
        );
      });
      const together = loopNumbersOfTold(toldTogether(told), period, {});
      const atOnce = loopNumbers({ signals, verdicts, ...period });
      expect(together.leftOut).toEqual(atOnce.leftOut);
      expect(new Set(together.precision)).toEqual(new Set(atOnce.precision));
      expect(together.holdOut.map(({ currency }) => currency)).toEqual(
        atOnce.holdOut.map(({ currency }) => currency),
      );
      expect(new Set(together.massZeroings)).toEqual(new Set(atOnce.massZeroings));
      for (const [index, { value, low, high, p90, ...same }] of together.kpis.entries()) {
        const other = atOnce.kpis[index];
        expect(other).toMatchObject(same);
        for (const [mine, its] of [
          [value, other.value],
          [low, other.low],
          [high, other.high],
          [p90, other.p90],
        ]) {
          if (mine === null || its === null) expect(mine).toBe(its);
          // Sums in another order.
          else expect(mine).toBeCloseTo(its, 6);
        }
      }
    }),
  );
});
