import { cleanUp, isReady, newLake, start, until } from '../../test/api-harness.js';
import { signalWith } from '../../test/lake-fixture.js';
import { createAvailability, OUT_PROBABILITY } from './availability.js';
import { SignalStore } from '../signals/signal-store.js';

afterEach(cleanUp);

const of = (signals: Parameters<typeof signalWith>[0][], isBlind = false) => {
  const store = new SignalStore(100);
  store.add(signals.map(signalWith));
  return createAvailability(store, () => isBlind);
};

it.each([
  ['out_of_stock', OUT_PROBABILITY, 'OutOfStock'],
  ['phantom', 0.99, 'OutOfStock'],
  ['silent', OUT_PROBABILITY - 0.01, 'LimitedAvailability'],
  ['coming', 0.99, 'LimitedAvailability'],
  ['partial', 0.99, 'LimitedAvailability'],
] as const)('an open %s of %d is said to be %s', (kind, probability, availability) => {
  const [item] = of([{ signalId: 'a', itemId: '1', kind, probability }]).of('1001', ['1']);
  expect(item).toEqual({
    ...{ itemId: '1', availability, probability, signalId: 'a' },
    sinceMs: signalWith({ signalId: 'a' }).sinceMs,
  });
});

it('is in stock where no signal is open, and where one ended', () => {
  const ended = of([
    { signalId: 'a', itemId: '1', kind: 'silent' },
    { signalId: 'b', episodeId: 'a', itemId: '1', kind: 'recovered', atMs: Date.UTC(2027, 0) },
  ]);
  expect(ended.of('1001', ['1', 'unheard']).map(({ availability }) => availability)).toEqual([
    'InStock',
    'InStock',
  ]);
  expect(ended.exceptionsOf('1001')).toEqual([]);
});

it('says nothing of a store that cannot be seen, and nothing of what is held out', () => {
  const blind = of([{ signalId: 'a', itemId: '1', kind: 'silent', probability: 0.9 }], true);
  expect(blind.of('1001', ['1', '2']).map(({ availability }) => availability)).toEqual([null, null]);
  const heldOut = of([{ signalId: 'a', itemId: '1', kind: 'silent', probability: 0.9, arm: 'hold_out' }]);
  expect(heldOut.of('1001', ['1'])[0]?.availability).toBe('InStock');
});

it('lists what is not in stock by item, of that store alone', () => {
  const { exceptionsOf } = of([
    { signalId: 'a', itemId: '2' },
    { signalId: 'b', itemId: '1', kind: 'coming' },
    { signalId: 'c', itemId: '3', storeId: 'other' },
  ]);
  expect(exceptionsOf('1001').map(({ itemId }) => itemId)).toEqual(['1', '2']);
});

it('says nothing of a store that neither a signal nor the catalog names', async () => {
  const lake = await newLake();
  await lake.addSignals([signalWith({ signalId: 'a', itemId: '1' })]);
  const { app } = await start(lake);
  await until('ready', () => isReady(app));
  const ask = async (storeId: string) =>
    (await fetch(`${app.url}/availability?store=${storeId}&item=2`)).json() as Promise<object>;
  const answerOf = (storeId: string, availability: string | null) => ({
    ...{ storeId, otherwise: availability, items: [{ itemId: '2', availability }] },
  });
  expect(await ask('1001')).toMatchObject(answerOf('1001', 'InStock'));
  expect(await ask('unheard')).toMatchObject(answerOf('unheard', null));
});
