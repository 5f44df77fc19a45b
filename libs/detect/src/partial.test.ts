import { eventsOf, HOUR_MS, kindsOf, MONDAY_MS, shopSales, testModel } from '../test/support.js';
import { Engine } from './engine.js';

const DAYS = 6;
const slowFrom = DAYS * 24 + 8;
/** Ten units an hour of everything; milk sells one an hour from the last morning on. */
const rows = shopSales(DAYS * 24 + 22)
  .map((row) => ({ ...row, quantity: 10 }))
  .map((row) =>
    row.item === 'milk' && row.at >= MONDAY_MS + slowFrom * HOUR_MS ? { ...row, quantity: 1 } : row,
  );
const run = (list: typeof rows) =>
  new Engine({ environment: 'test', model: testModel }).apply(eventsOf(list));
const since = (signals: ReturnType<typeof run>) =>
  signals.filter(({ atMs }) => atMs > MONDAY_MS + slowFrom * HOUR_MS);

test('a shelf that sells, but far below what is expected, is partial and says what is missing', () => {
  const partial = since(run(rows)).find(({ kind }) => kind === 'partial');
  expect(partial?.itemId).toBe('milk');
  const { soldUnits, expectedUnits } =
    partial?.evidence.find(({ name }) => name === 'low_sales')?.facts ?? {};
  expect(soldUnits).toBeLessThan(expectedUnits / 4);
  expect(partial?.lostUnits).toBeLessThan(expectedUnits - soldUnits);
  expect(partial?.lostUnitsHigh).toBeGreaterThan(partial?.lostUnits ?? NaN);
  const weight = partial?.evidence.reduce((sum, evidence) => sum + evidence.weight, 0) ?? NaN;
  expect(1 / (1 + Math.exp(-weight))).toBeCloseTo(partial?.probability ?? NaN, 9);
});

test('what it did not sell is lost, also when it is over; what it sells is not', () => {
  const engine = new Engine({ environment: 'test', model: testModel });
  const signals = since([
    ...engine.apply(eventsOf(rows)),
    ...engine.advanceTo('s1', MONDAY_MS + (slowFrom + 24) * HOUR_MS),
  ]);
  const partial = signals.find(({ kind }) => kind === 'partial');
  const over = signals.find(
    ({ kind, episodeId }) => kind === 'recovered' && episodeId === partial?.episodeId,
  );
  expect(over?.lostUnits).toBeGreaterThanOrEqual(partial?.lostUnits ?? NaN);
  expect(over?.lostSales).toBeCloseTo(2 * (over?.lostUnits ?? NaN), 9);
  const all = 2 * (partial?.demandPerHour ?? NaN);
  expect(partial?.lostSalesPerHour).toBeGreaterThan(0.75 * all);
  expect(partial?.lostSalesPerHour).toBeLessThan(0.95 * all);
});

test('nothing is partial when the whole store is slow', () => {
  const slow = rows.filter(({ at }, index) => at < MONDAY_MS + slowFrom * HOUR_MS || index % 4 === 0);
  expect(since(run(slow)).filter(({ kind }) => kind === 'partial')).toEqual([]);
});

test('a shelf that sells nothing is empty, not partial', () => {
  const gone = rows.filter(({ at, item }) => item !== 'milk' || at < MONDAY_MS + slowFrom * HOUR_MS);
  const kinds = kindsOf(since(run(gone)));
  expect(kinds).toContain('silent');
  expect(kinds).not.toContain('partial');
});
