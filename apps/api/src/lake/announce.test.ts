import { NOON_MS, signalWith } from '../../test/lake-fixture.js';
import { IncidentStore } from '../incidents/incident-store.js';
import { SignalStore } from '../signals/signal-store.js';
import { announce, SIGNALS_AT_ONCE } from './announce.js';

const told = () => {
  const arrived: string[] = [];
  const store = new SignalStore(10_000);
  const onArrival = ({ signalId }: { signalId: string }) => arrived.push(signalId);
  return { store, incidentStore: new IncidentStore(), onArrival, arrived };
};

it('tells of a snapshot in the order of time and in pieces, and says of none that it came now', () => {
  const all = told();
  all.store.add([signalWith({ signalId: 'known', atMs: NOON_MS })]);
  const news = Array.from({ length: 2 * SIGNALS_AT_ONCE + 1 }, (_, n) =>
    signalWith({ signalId: `${n}`, itemId: `${n}`, atMs: NOON_MS - n }),
  );
  const rows = [...news, signalWith({ signalId: 'known', atMs: NOON_MS })];
  const after: number[] = [];
  for (const _ of announce({ rows, isSnapshot: true }, all)) after.push(all.store.lastSequence - 1);
  expect([...after, all.store.lastSequence - 1]).toEqual([SIGNALS_AT_ONCE, 2 * SIGNALS_AT_ONCE, news.length]);
  expect(all.store.arrivalAfter(1)?.signal.signalId).toBe(`${news.length - 1}`);
  expect(all.arrived).toEqual([]);
});

it('stops between two pieces when it is told to, and tells the rest the next time', () => {
  const all = told();
  const rows = Array.from({ length: 2 * SIGNALS_AT_ONCE }, (_, n) =>
    signalWith({ signalId: `${n}`, itemId: `${n}` }),
  );
  const stop = new AbortController();
  for (const _ of announce({ rows, isSnapshot: true }, all, stop.signal)) stop.abort();
  expect(all.store.lastSequence).toBe(SIGNALS_AT_ONCE);
  expect([...announce({ rows, isSnapshot: true }, all)]).toHaveLength(1);
  expect(all.store.lastSequence).toBe(2 * SIGNALS_AT_ONCE);
});

it('tells of what came at once, to those who wait for it too', () => {
  const all = told();
  const rows = ['b', 'a'].map((signalId) => signalWith({ signalId, itemId: signalId }));
  expect([...announce({ rows, isSnapshot: false }, all)]).toEqual([]);
  expect(all.store.lastSequence).toBe(2);
  expect(all.arrived).toEqual(['b', 'a']);
});
