import { NOON_MS, signalWith } from '../../test/lake-fixture.js';
import { SignalStore } from '../signals/signal-store.js';
import { RunningNumbers } from './running-numbers.js';
import { VerdictStore } from './verdict-store.js';

const STORES = 50;
const PERIOD = { fromMs: NOON_MS - 3_600_000, untilMs: NOON_MS + 3_600_000 };
const numbersOfStores = () => {
  const signals = new SignalStore(1_000);
  for (let store = 0; store < STORES; store++)
    signals.add([signalWith({ signalId: `${store}`, storeId: `${store}`, lostSales: store })]);
  return new RunningNumbers(signals, new VerdictStore(10), {});
};
const lostIn = ({ kpis }: Awaited<ReturnType<RunningNumbers['of']>>) =>
  kpis.find(({ id }) => id === 'lost_sales');

it('counts store by store, and others have their turn between two', async () => {
  const numbers = numbersOfStores();
  let turns = 0;
  let isOver = false;
  const counting = numbers.of(undefined, PERIOD).finally(() => (isOver = true));
  while (!isOver) {
    await new Promise(setImmediate);
    turns++;
  }
  expect(turns).toBeGreaterThanOrEqual(STORES);
  expect(lostIn(await counting)).toMatchObject({ value: (STORES * (STORES - 1)) / 2, cases: STORES });
  expect(lostIn(await numbers.of('7', PERIOD))).toMatchObject({ value: 7, cases: 1 });
});

it('has numbers of a chain of which nothing is known yet', async () => {
  const numbers = new RunningNumbers(new SignalStore(10), new VerdictStore(10), {});
  const [now, before] = await numbers.ofEach(undefined, [PERIOD, { fromMs: 0, untilMs: 1 }]);
  expect(lostIn(now)).toMatchObject({ value: null, missing: 'no_episodes' });
  expect([now.fromMs, before.fromMs]).toEqual([PERIOD.fromMs, 0]);
  expect(Object.values(now.leftOut).every((count) => count === 0)).toBe(true);
});

it('lets few wait for all stores, and answers for one store at once', async () => {
  const numbers = numbersOfStores();
  const asked = Array.from({ length: 20 }, () => numbers.of(undefined, PERIOD));
  expect(lostIn(await numbers.of('7', PERIOD))).toMatchObject({ cases: 1 });
  const ends = await Promise.allSettled(asked);
  const refused = ends.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(12);
  expect(refused[0]).toMatchObject({ reason: { status: 503 } });
});
