import { HOUR_MS, NOON_MS, signalWith, verdictWith } from '../test/support.js';
import { judgementsOf } from './judgements.js';
import { labelsOf } from './labels.js';
import { massZeroings } from './mass-zeroing.js';
import { precisionOf, precisionRows, recallOf } from './precision.js';
import { reliabilityOf } from './reliability.js';
import { standingVerdicts } from './standing.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

describe('what stands', () => {
  const first = verdictWith({ eventId: 'first', signalId: 's' });
  const undo = (eventId: string, undoes: string, fields = {}) =>
    verdictWith({ eventId, signalId: 's', verdict: 'UNDO', undoes, ...fields });
  const ids = (verdicts: Parameters<typeof standingVerdicts>[0]) =>
    standingVerdicts(verdicts).standing.map(({ eventId }) => eventId);

  it.each([
    ['an undo takes back', [first, undo('u', 'first')], []],
    ['it may come first', [undo('u', 'first'), first], []],
    ['an undo that is undone does not', [first, undo('u', 'first'), undo('uu', 'u')], ['first']],
    ['undos in a circle do nothing', [first, undo('a', 'b'), undo('b', 'a')], ['first']],
    ['nor does that of another shelf', [first, undo('u', 'first', { itemId: 'bread' })], ['first']],
    ['a repeat counts once', [first, first], ['first']],
  ])('%s', (_, verdicts, expected) => expect(ids(verdicts)).toEqual(expected));
});

describe('mass zeroing', () => {
  const zeros = (count: number, everyMs: number, fields = {}) =>
    Array.from({ length: count }, (_, n) => ({
      ...{ id: `${n}@${everyMs}`, storeId: '1', actor: 'tok-1', atMs: NOON_MS + n * everyMs, ...fields },
    }));
  it.each([
    ['a dozen within a minute', zeros(12, 5_000), 12],
    ['a dozen with time to look', zeros(12, 3 * MINUTE_MS), 0],
    ['a few in a hurry', zeros(7, 5_000), 0],
    ['of several people at once', zeros(12, 5_000).map((zero, n) => ({ ...zero, actor: `tok-${n % 3}` })), 0],
    [
      'beside a usual day',
      [
        ...zeros(12, 5_000),
        ...zeros(30, 5 * MINUTE_MS).map((zero) => ({ ...zero, atMs: zero.atMs + DAY_MS })),
      ],
      12,
    ],
  ])('%s', (_, list, flagged) => {
    expect(massZeroings(list).reduce((sum, { ids }) => sum + ids.length, 0)).toBe(flagged);
  });

  it('somebody who always reports twenty at once is not far above the usual', () => {
    const days = [0, 1, 2].flatMap((day) =>
      zeros(20, 15_000).map((zero) => ({
        ...zero,
        atMs: zero.atMs + day * DAY_MS,
        id: `${day}${zero.id}`,
      })),
    );
    expect(massZeroings(days)).toEqual([]);
    expect(massZeroings(days, { timesUsual: 0.5 })).toHaveLength(3);
  });
});

const signal = signalWith({ signalId: 's' });
const late = verdictWith({ signalId: 's', atMs: NOON_MS + 5 * HOUR_MS });

test.each([
  ['FILLED', verdictWith({ signalId: 's' }), 'yes'],
  ['NONE_IN_STORE', verdictWith({ signalId: 's', verdict: 'NONE_IN_STORE' }), 'yes'],
  ['IT_WAS_THERE', verdictWith({ signalId: 's', verdict: 'IT_WAS_THERE' }), 'no'],
  ['CANNOT_CHECK', verdictWith({ signalId: 's', verdict: 'CANNOT_CHECK' }), 'cannot_check'],
  ['a late look', late, 'late_look'],
  ['of nothing that is known', verdictWith({ signalId: 'other' }), 'signal_unknown'],
  ['of another shelf', verdictWith({ signalId: 's', itemId: 'bread' }), 'signal_unknown'],
])('%s: %s', (_, verdict, expected) => {
  const { judged, leftOut } = judgementsOf([signal], [verdict]);
  if (expected === 'yes' || expected === 'no')
    expect(judged.map(({ out }) => out)).toEqual([expected === 'yes']);
  else expect([judged.length, leftOut[expected as 'late_look']]).toEqual([0, 1]);
});

test('labels: the hour of the signal, of a check the hour of the look and what it stands for; the newest look counts', () => {
  const signals = [
    signal,
    signalWith({ signalId: 'ends', episodeId: 's', kind: 'recovered', atMs: NOON_MS + 2 * HOUR_MS }),
  ];
  const verdicts = [
    verdictWith({ signalId: 's', verdict: 'IT_WAS_THERE', atMs: NOON_MS + MINUTE_MS }),
    verdictWith({ signalId: 's', eventId: 'second', atMs: NOON_MS + 2 * MINUTE_MS }),
    // A look ends the episode at its own moment: what was signalled before it counts.
    verdictWith({ checkId: 'c', eventId: 'check', atMs: NOON_MS + 2 * HOUR_MS }),
    verdictWith({ checkId: 'd', itemId: 'bread', eventId: 'none', verdict: 'IT_WAS_THERE' }),
  ];
  const { labels, leftOut } = labelsOf(signals, verdicts, { checkShare: 0.02 });
  expect(labels).toEqual([
    expect.objectContaining({
      ...{ hourMs: NOON_MS - HOUR_MS, out: true, source: 'signal', weight: 1 },
      verdictId: 'second',
      probability: 0.83,
    }),
    expect.objectContaining({
      ...{ itemId: 'bread', out: false, source: 'check' },
      signalId: null,
      probability: null,
    }),
    expect.objectContaining({
      ...{ hourMs: NOON_MS + 2 * HOUR_MS, out: true, source: 'check', weight: 50 },
      verdictId: 'check',
      signalId: 's',
    }),
  ]);
  expect(leftOut.superseded).toBe(1);
});

test('what was zeroed in mass teaches nothing and counts for nothing', () => {
  const signals = Array.from({ length: 10 }, (_, n) => signalWith({ signalId: `s${n}`, itemId: `i${n}` }));
  const verdicts = signals.map(({ signalId, itemId }, n) =>
    verdictWith({ signalId, itemId, verdict: 'NONE_IN_STORE', atMs: NOON_MS + n * 4_000 }),
  );
  expect(labelsOf(signals, verdicts)).toMatchObject({ labels: [], leftOut: { mass_zeroed: 10 } });
  const [{ massZeroed, verdicts: said }] = reliabilityOf(signals, verdicts);
  expect([said, massZeroed]).toEqual([10, 10]);
});

test('precision by kind, store and band; recall of what was drawn', () => {
  const signals = [
    signal,
    signalWith({ signalId: 'p', kind: 'phantom', itemId: 'bread', probability: 0.95 }),
  ];
  const { judged, checked } = judgementsOf(signals, [
    verdictWith({ signalId: 's' }),
    verdictWith({ signalId: 'p', itemId: 'bread', verdict: 'IT_WAS_THERE' }),
    verdictWith({ checkId: 'c1' }),
    verdictWith({ checkId: 'c2', itemId: 'eggs', verdict: 'NONE_IN_STORE' }),
    verdictWith({ checkId: 'c3', itemId: 'tea', verdict: 'IT_WAS_THERE' }),
  ]);
  expect(precisionOf(judged)).toMatchObject({ confirmed: 1, audited: 2, estimate: { value: 0.5 } });
  expect(precisionRows(judged).map(({ kind, band, confirmed }) => [kind, band, confirmed])).toEqual([
    ['silent', '0.8-0.9', 1],
    ['phantom', '0.9-1', 0],
  ]);
  expect(recallOf(checked, () => 0.01)).toMatchObject({ found: 1, empty: 2, estimate: { value: 0.5 } });
});

test('who is contradicted: by a sale soon after, by somebody else who finds it empty', () => {
  const sale = signalWith({
    ...{ signalId: 'sold', episodeId: 's', kind: 'recovered', atMs: NOON_MS + 90 * MINUTE_MS },
    evidence: [{ name: 'sale', weight: -5, facts: {} }],
  });
  const people = reliabilityOf(
    [signal, sale],
    [
      verdictWith({ signalId: 's', verdict: 'NONE_IN_STORE', actor: 'hasty' }),
      verdictWith({ checkId: 'c', itemId: 'bread', verdict: 'IT_WAS_THERE', actor: 'careless' }),
      verdictWith({ checkId: 'd', itemId: 'bread', actor: 'careful', atMs: NOON_MS + 70 * MINUTE_MS }),
      verdictWith({ checkId: 'e', itemId: 'tea', verdict: 'CANNOT_CHECK', actor: 'careful' }),
    ],
  );
  expect(people.map(({ actor, contradicted, cannotCheck }) => [actor, contradicted, cannotCheck])).toEqual([
    ['hasty', 1, 0],
    ['careless', 1, 0],
    ['careful', 0, 1],
  ]);
});
