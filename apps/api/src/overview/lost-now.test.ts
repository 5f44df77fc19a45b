import { inTurns } from '@gondola/stream';
import fc from 'fast-check';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';
import { LossSums } from '../shelves/loss-sums.js';
import { SignalStore } from '../signals/signal-store.js';
import { lossesAt, lostNow } from './lost-now.js';

const WEEK_MS = 168 * HOUR_MS;
const sumsOf = (signals: readonly ReturnType<typeof signalWith>[]) => {
  const sums = new LossSums();
  for (const signal of signals) sums.add(signal);
  return sums;
};

it('weighs what each shelf would lose by P(empty), by currency, and leaves out what loses nothing yet', () => {
  const rows = lostNow(
    sumsOf([
      signalWith({ signalId: 'a', probability: 0.5, lostSalesPerHour: 10, demandPerHour: 2 }),
      signalWith({ signalId: 'b', itemId: '2', probability: 1, lostSalesPerHour: 100, demandPerHour: 4 }),
      signalWith({ signalId: 'c', itemId: '3', kind: 'coming', lostSalesPerHour: 800 }),
      signalWith({ signalId: 'd', itemId: '4', probability: 1, lostSalesPerHour: 5_000, currency: 'COP' }),
      signalWith({ signalId: 'e', itemId: '5', lostSalesPerHour: null, currency: null }),
    ]),
    sumsOf([signalWith({ signalId: 'f', probability: 0.25, lostSalesPerHour: 8 })]),
  );
  expect(rows).toMatchObject([
    { currency: 'COP', perHour: 5_000, weekAgo: 0 },
    { currency: 'EUR', perHour: 105, weekAgo: 2 },
  ]);
  // Var = price * P * loss + P (1 - P) loss^2 of each: 5 * 5 + 25, and 25 * 100.
  const half = 1.281552 * Math.sqrt(50 + 2_500);
  expect(rows[1].low).toBeCloseTo(105 - half, 6);
  expect(rows[1].high).toBeCloseTo(105 + half, 6);
});

it('parts add up, and the interval holds the number', () => {
  const signal = fc.record({
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
    lostSalesPerHour: fc.double({ min: 0, max: 1e6, noNaN: true }),
    demandPerHour: fc.double({ min: 0, max: 1e3, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(signal, { minLength: 1 }), fc.array(signal, { minLength: 1 }), (one, other) => {
      const of = (parts: readonly object[]) =>
        lostNow(sumsOf(parts.map((part, n) => signalWith({ signalId: String(n), ...part }))), null)[0];
      const [a, b, both] = [of(one), of(other), of([...one, ...other])];
      expect(both.perHour).toBeCloseTo(a.perHour + b.perHour, 3);
      for (const row of [a, b, both]) {
        expect(row.low).toBeLessThanOrEqual(row.perHour);
        expect(row.high).toBeGreaterThanOrEqual(row.perHour);
        expect(row.weekAgo).toBeNull();
      }
      expect(both.high - both.perHour).toBeLessThanOrEqual(a.high - a.perHour + b.high - b.perHour + 1e-6);
    }),
  );
});

it('knows what was open at a moment, and when it cannot know', async () => {
  const store = new SignalStore(100);
  const at = (hours: number) => NOON_MS - WEEK_MS + hours * HOUR_MS;
  store.add([
    signalWith({ signalId: 'old', itemId: '0', kind: 'recovered', atMs: at(-30) }),
    signalWith({ signalId: 'open', itemId: '1', atMs: at(-20), lostSalesPerHour: 1 }),
    signalWith({ signalId: 'ended', itemId: '2', atMs: at(-10), lostSalesPerHour: 2 }),
    signalWith({ signalId: 'end', itemId: '2', kind: 'recovered', episodeId: 'ended', atMs: at(-1) }),
    signalWith({ signalId: 'later', itemId: '3', atMs: at(1) }),
    signalWith({ signalId: 'other', storeId: '2', itemId: '1', atMs: at(-8), lostSalesPerHour: 100 }),
  ]);
  const lost = async (hours: number) => {
    const byStore = await inTurns(lossesAt(store, at(hours)));
    return byStore && [...byStore].map(([storeId, sums]) => [storeId, (sums.get('EUR')?.mean ?? 0) / P]);
  };
  const P = signalWith({ signalId: '' }).probability;
  expect(await lost(0)).toEqual([
    ['1001', 1],
    ['2', 100],
  ]);
  expect(await lost(-5)).toEqual([
    ['1001', 3],
    ['2', 100],
  ]);
  expect(await lost(-7)).toBeNull();
});
