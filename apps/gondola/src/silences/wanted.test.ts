import fc from 'fast-check';
import type { Closure } from '@gondola/events';
import { changesOf, wantedSilences, type KnownSilence, type Silence } from './wanted.js';

const NOW_MS = Date.UTC(2026, 10, 26, 12);
const HOUR_MS = 3_600_000;
const config = { environment: 'prod', daysAhead: 14, maintenance: [] };
const closure = (change: Partial<Closure> = {}): Closure => ({
  ...{ closureId: 'c1', storeId: 'S001', reason: 'works', isCancelled: false, updatedMs: 1 },
  ...{ fromMs: NOW_MS - HOUR_MS, untilMs: NOW_MS + HOUR_MS },
  ...change,
});

describe('what should be silent', () => {
  const stores = (closures: readonly Closure[]) =>
    wantedSilences(config, closures, NOW_MS).map(({ matchers }) => matchers.at(-1)?.value);

  it.each([
    ['a closure that began', [closure()], ['S001']],
    [
      'one that begins soon',
      [closure({ fromMs: NOW_MS + HOUR_MS, untilMs: NOW_MS + 2 * HOUR_MS })],
      ['S001'],
    ],
    ['not one that ended', [closure({ untilMs: NOW_MS })], []],
    [
      'nor one that begins in a month',
      [closure({ fromMs: NOW_MS + 720 * HOUR_MS, untilMs: NOW_MS + 721 * HOUR_MS })],
      [],
    ],
    ['nor one that was cancelled', [closure(), closure({ isCancelled: true, updatedMs: 2 })], []],
    ['whatever order its events come in', [closure({ isCancelled: true, updatedMs: 2 }), closure()], []],
  ])('%s', (_, closures, expected) => {
    expect(stores(closures)).toEqual(expected);
  });

  it('a window names stores, teams and alerts as Alertmanager matches them', () => {
    const window = {
      ...{ name: 'w', from: '2026-11-26T10:00:00Z', until: '2026-11-26T14:00:00Z', reason: 'r' },
      ...{ stores: ['S.2', 'S.1'], teams: ['platform'] },
    };
    expect(wantedSilences({ ...config, maintenance: [window] }, [], NOW_MS)[0].matchers).toEqual([
      { name: 'environment', value: 'prod', isRegex: false, isEqual: true },
      { name: 'store', value: 'S\\.1|S\\.2', isRegex: true, isEqual: true },
      { name: 'team', value: 'platform', isRegex: false, isEqual: true },
    ]);
  });
});

describe('changes', () => {
  const silences = fc
    .array(
      fc.record({
        store: fc.constantFrom('S1', 'S2', 'S3'),
        from: fc.integer({ min: -5, max: 5 }),
        hours: fc.integer({ min: 6, max: 9 }),
      }),
      { maxLength: 6 },
    )
    .map((all) =>
      all.map(({ store, from, hours }): Silence => ({
        matchers: [{ name: 'store', value: store, isRegex: false, isEqual: true }],
        ...{ fromMs: NOW_MS + from * HOUR_MS, untilMs: NOW_MS + (from + hours) * HOUR_MS },
        comment: `closure ${store}`,
      })),
    );
  /** What Alertmanager has after `make`: a silence never began before it was made. */
  const made = (some: readonly Silence[], nowMs: number, first: number): KnownSilence[] =>
    some.map((one, at) => ({ ...one, id: String(first + at), fromMs: Math.max(nowMs, one.fromMs) }));

  it('lead to what is wanted from whatever there was, and a second run changes nothing', () => {
    fc.assert(
      fc.property(silences, silences, (before, wanted) => {
        const known = made(before, NOW_MS - HOUR_MS, 0);
        const { make, end } = changesOf(wanted, known, NOW_MS);
        const after = [...known.filter((one) => !end.includes(one)), ...made(make, NOW_MS, 100)];
        expect(after).toHaveLength(wanted.length);
        expect(changesOf(wanted, after, NOW_MS + 60_000)).toEqual({ make: [], end: [] });
        expect(changesOf([], after, NOW_MS).end).toEqual(after);
      }),
    );
  });
});
