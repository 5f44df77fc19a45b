import { VERDICTS, type ShelfVerdict } from '@gondola/events';
import fc from 'fast-check';
import { HOUR_MS, NOON_MS, signalWith, verdictWith } from '../test/support.js';
import { kpisOf } from './kpis.js';
import { labelsOf } from './labels.js';
import { loopNumbers } from './loop-numbers.js';
import { reliabilityOf } from './reliability.js';

const MINUTE_MS = 60_000;
const period = { fromMs: NOON_MS - 24 * HOUR_MS, untilMs: NOON_MS + 24 * HOUR_MS };
const ITEMS = ['milk', 'bread', 'rice'];
const signals = ITEMS.map((itemId, n) =>
  signalWith({ signalId: itemId, itemId, arm: n === 2 ? 'hold_out' : 'treated' }),
);

/** Of one of the shelves; an UNDO names any of them. */
const said = fc.array(
  fc.record({
    item: fc.constantFrom(...ITEMS),
    verdict: fc.constantFrom(...VERDICTS),
    minute: fc.integer({ min: -10, max: 300 }),
    undoes: fc.nat(20),
  }),
  { maxLength: 20 },
);
const verdictsOf = (rows: Parameters<Parameters<typeof said.map>[0]>[0]): readonly ShelfVerdict[] =>
  rows.map(({ item, verdict, minute, undoes }, n) =>
    verdictWith({
      ...{ eventId: `e${n}`, signalId: item, itemId: item, verdict, atMs: NOON_MS + minute * MINUTE_MS },
      undoes: verdict === 'UNDO' ? `e${undoes}` : null,
    }),
  );

test('that somebody is on the way judges nothing: without it all but the time to acknowledge is the same', () => {
  fc.assert(
    fc.property(said, (rows) => {
      const verdicts = verdictsOf(rows);
      const judging = verdicts.filter(({ verdict }) => verdict !== 'TAKEN');
      const tell = (of: readonly ShelfVerdict[]) => {
        const { kpis, ...rest } = loopNumbers({ signals, verdicts: of, ...period });
        return {
          ...{ rest, labels: labelsOf(signals, of), people: reliabilityOf(signals, of) },
          kpis: kpis.filter(({ id }) => id !== 'time_to_acknowledge'),
        };
      };
      expect(tell(verdicts)).toEqual(tell(judging));
    }),
  );
});

test.each<[string, readonly Partial<ShelfVerdict>[], number | null]>([
  ['nobody', [], null],
  ['somebody set out', [{ verdict: 'TAKEN', atMs: NOON_MS + 5 * MINUTE_MS }], 5],
  [
    'somebody set out and looked',
    [{ verdict: 'TAKEN', atMs: NOON_MS + 5 * MINUTE_MS }, { atMs: NOON_MS + 12 * MINUTE_MS }],
    5,
  ],
  [
    'somebody looked before somebody else set out',
    [{ verdict: 'TAKEN', atMs: NOON_MS + 12 * MINUTE_MS }, { atMs: NOON_MS + 5 * MINUTE_MS }],
    5,
  ],
  [
    'somebody set out and took it back',
    [
      { eventId: 'going', verdict: 'TAKEN', atMs: NOON_MS + 5 * MINUTE_MS },
      { verdict: 'UNDO', undoes: 'going', atMs: NOON_MS + 6 * MINUTE_MS },
    ],
    null,
  ],
])('time to acknowledge: %s', (_, rows, minutes) => {
  const verdicts = rows.map((row) => verdictWith({ signalId: 'milk', ...row }));
  const [value] = kpisOf({ signals, verdicts, ...period }, { only: new Set(['time_to_acknowledge']) });
  expect(value).toMatchObject({ value: minutes, missing: minutes === null ? 'no_verdicts' : null });
});
