import type { Signal } from '@gondola/events';
import fc from 'fast-check';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';
import { plainSignal } from './packed-signals.js';
import { matches, type SignalFilter } from './signal-filter.js';
import { SignalStore } from './signal-store.js';
import type { SignalCursor } from './time-order.js';

const storeOf = (signals: readonly Signal[], kept = 100) => {
  const store = new SignalStore(kept);
  store.add(signals);
  return store;
};
const ids = (signals: Iterable<Signal>) => [...signals].map(({ signalId }) => signalId);
const hour = (hours: number) => ({ atMs: NOON_MS + hours * HOUR_MS });

describe('queries', () => {
  const store = storeOf([
    signalWith({ signalId: 'a', ...hour(1) }),
    signalWith({ signalId: 'c', ...hour(3), storeId: '2', kind: 'coming' }),
    signalWith({ signalId: 'b', ...hour(2), itemId: 'SKU-2', environment: 'qa' }),
  ]);

  it.each<[SignalFilter, string[]]>([
    [{}, ['c', 'b', 'a']],
    [{ storeId: '2' }, ['c']],
    [{ itemId: 'SKU-1' }, ['c', 'a']],
    [{ itemId: 'SKU-1', storeId: '1001' }, ['a']],
    [{ kinds: new Set(['coming', 'phantom']) }, ['c']],
    [{ environment: 'qa' }, ['b']],
    [{ environment: 'prod' }, []],
    [{ sinceMs: NOON_MS + 2 * HOUR_MS }, ['c', 'b']],
    [{ sinceMs: NOON_MS + 2 * HOUR_MS + 1 }, ['c']],
  ])('answer %j newest first', (filter, expected) => {
    expect(ids(store.query(filter, 10).signals)).toEqual(expected);
  });
});

describe('episodes', () => {
  const opened = signalWith({ signalId: 'open', kind: 'silent', ...hour(0) });
  const later = signalWith({ signalId: 'later', episodeId: 'open', kind: 'phantom', ...hour(1) });
  const recovered = signalWith({ signalId: 'end', episodeId: 'open', kind: 'recovered', ...hour(2) });
  const other = signalWith({ signalId: 'other', kind: 'coming', ...hour(2) });

  it.each<[string, Signal[], string[]]>([
    ['opened', [opened], ['open']],
    ['changed: the newest signal speaks', [opened, later], ['later']],
    ['closed by its recovered', [opened, later, recovered], []],
    ['a new one takes the place of an old one that nobody closed', [opened, other], ['other']],
    ['closing the old one leaves the new one open', [opened, other, recovered], ['other']],
    ['in either order, when both are of one time', [opened, recovered, other], ['other']],
    ['a late signal does not bring back what is over', [opened, recovered, later], []],
    ['opened again', [opened, recovered, signalWith({ signalId: 'again', ...hour(3) })], ['again']],
    ['recovered of something never seen', [recovered], []],
  ])('%s', (_, signals, open) => {
    expect(ids(storeOf(signals).open())).toEqual(open);
  });

  it('of different shelves do not touch each other, whatever the ids look like', () => {
    const store = storeOf([
      signalWith({ signalId: 'x', storeId: '1', itemId: '11' }),
      signalWith({ signalId: 'y', storeId: '11', itemId: '1' }),
    ]);
    expect(ids(store.open()).sort()).toEqual(['x', 'y']);
    expect(store.shelf('1', '11')?.newest.signalId).toBe('x');
    expect(store.shelf('11', '11')).toBeNull();
  });

  it('that are open outlive their signal in the history; closed ones do not', () => {
    const noise = (count: number) =>
      Array.from({ length: count }, (_, n) =>
        signalWith({ signalId: `n${n}`, storeId: '9', ...hour(10 + n) }),
      );
    const store = storeOf([opened, signalWith({ ...recovered, itemId: 'closed' }), ...noise(50)], 10);
    expect(store.query({}, 100).signals).toHaveLength(10);
    expect(store.oldestSequence).toBe(store.lastSequence - 9);
    expect(ids(store.open())).toContain('open');
    expect(store.shelf('1001', 'SKU-1')?.open?.signalId).toBe('open');
    expect(store.shelf('1001', 'closed')).toBeNull();
  });
});

it('keeps tens of thousands of one shelf', () => {
  const many = Array.from({ length: 30_000 }, (_, n) => signalWith({ signalId: `n${n}`, ...hour(n) }));
  const store = storeOf(many, 30_000);
  expect(store.query({ storeId: '1001', itemId: 'SKU-1' }, 1).signals[0].signalId).toBe('n29999');
});

describe('arrival order', () => {
  it('is kept apart from time, a repeated id arrives anew, and listeners hear of each batch once', () => {
    const store = new SignalStore(100);
    let calls = 0;
    const stop = store.onAdded(() => calls++);
    store.add([signalWith({ signalId: 'late', ...hour(5) }), signalWith({ signalId: 'early', ...hour(1) })]);
    const start = store.sequenceOf('late') ?? 0;
    expect(store.arrivalAfter(start)?.signal.signalId).toBe('early');
    store.add([signalWith({ signalId: 'late', ...hour(6) })]);
    expect(store.arrivalAfter(0)?.signal.signalId).toBe('early');
    expect(store.arrivalAfter(store.lastSequence - 1)?.signal.atMs).toBe(NOON_MS + 6 * HOUR_MS);
    expect(ids(store.query({}, 10).signals)).toEqual(['late', 'early']);
    // Nothing is lost to who saw none yet: the first came again.
    expect(store.oldestSequence).toBe(1);
    store.add([]);
    expect(calls).toBe(2);
    stop();
    store.add([signalWith({ signalId: 'unheard' })]);
    expect(calls).toBe(2);
  });
});

const anySignal = fc
  .record({
    signalId: fc.integer({ min: 0, max: 60 }).map((n) => `s${n}`),
    episodeId: fc.constantFrom('e1', 'e2'),
    atMs: fc.integer({ min: 0, max: 30 }).map((minutes) => NOON_MS + minutes * 60_000),
    storeId: fc.constantFrom('1', '2'),
    itemId: fc.constantFrom('a', 'b'),
    kind: fc.constantFrom('silent', 'coming', 'recovered'),
  })
  .map((fields) => signalWith(fields as Signal));

describe('against a plain list', () => {
  it('keeps the newest arrivals, pages through all of them once and in order', () => {
    const filters = fc.record({
      storeId: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
      kinds: fc.option(fc.constant(new Set(['silent'] as const)), { nil: undefined }),
      sinceMs: fc.option(fc.constant(NOON_MS + 10 * 60_000), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(anySignal)),
        filters,
        fc.integer({ min: 1, max: 7 }),
        (batches, filter, limit) => {
          const kept = 20;
          const store = new SignalStore(kept);
          let model: Signal[] = [];
          for (const batch of batches) {
            store.add(batch);
            for (const signal of batch)
              model = [...model.filter(({ signalId }) => signalId !== signal.signalId), signal].slice(-kept);
          }

          const arrived: string[] = [];
          for (let at = store.arrivalAfter(0); at; at = store.arrivalAfter(at.sequence))
            arrived.push(at.signal.signalId);
          expect(arrived).toEqual(ids(model));

          const paged: Signal[] = [];
          let after: SignalCursor | null = null;
          do {
            const page: ReturnType<SignalStore['query']> = store.query(filter, limit, after);
            expect(page.signals.length).toBeLessThanOrEqual(limit);
            paged.push(...page.signals);
            after = page.next;
          } while (after);
          const expected = model
            .filter((signal) => matches(filter, signal))
            .sort((a, b) => b.atMs - a.atMs || (a.signalId < b.signalId ? 1 : -1));
          expect(ids(paged)).toEqual(ids(expected));
        },
      ),
    );
  });

  it('knows of each shelf its newest and what is open, whatever came again or is no longer kept', () => {
    const keyOf = ({ storeId, itemId }: Signal) => `${storeId} ${itemId}`;
    fc.assert(
      fc.property(fc.array(anySignal, { maxLength: 80 }), (signals) => {
        const store = new SignalStore(10);
        const states = new Map<string, { newest: Signal; open: Signal | null }>();
        let kept: Signal[] = [];
        for (const signal of signals) {
          store.add([signal]);
          kept = [...kept.filter(({ signalId }) => signalId !== signal.signalId), signal];
          const before = states.get(keyOf(signal));
          if (!before || signal.atMs >= before.newest.atMs) {
            const other = before?.open && before.open.episodeId !== signal.episodeId ? before.open : null;
            states.set(keyOf(signal), { newest: signal, open: signal.kind === 'recovered' ? other : signal });
          }
          for (const evicted of kept.splice(0, Math.max(0, kept.length - 10))) {
            const state = states.get(keyOf(evicted));
            if (state?.newest === evicted && !state.open) states.delete(keyOf(evicted));
          }
          for (const storeId of ['1', '2'])
            for (const itemId of ['a', 'b']) {
              const [known, state] = [store.shelf(storeId, itemId), states.get(`${storeId} ${itemId}`)];
              expect(known && plainSignal(known.newest)).toEqual(state?.newest ?? null);
              expect(known?.open ? plainSignal(known.open) : null).toEqual(state?.open ?? null);
            }
          const open = [...states.values()].flatMap((state) => state.open ?? []);
          expect(ids(store.open()).sort()).toEqual(ids(open).sort());
          for (const storeId of ['1', '2']) {
            const ofStore = [...states.values()]
              .filter(({ newest }) => newest.storeId === storeId)
              .sort((left, right) => (left.newest.itemId < right.newest.itemId ? -1 : 1));
            expect([...store.shelvesOf(storeId)].map(({ newest }) => newest.signalId)).toEqual(
              ofStore.map(({ newest }) => newest.signalId),
            );
            expect(store.wellOf(storeId)).toEqual(
              ofStore
                .filter((state) => !state.open)
                .map(({ newest: { itemId, atMs } }) => ({ itemId, sinceMs: atMs })),
            );
          }
        }
      }),
    );
  });
});
