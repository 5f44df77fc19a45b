import fc from 'fast-check';
import { createRandom } from '@gondola/stream';
import { signalWith } from '../../test/lake-fixture.js';
import type { PostOutcome } from './post.js';
import { Window, type Waiting, type WindowLimits } from './window.js';

const HOUR_MS = 3_600_000;
const SENT: PostOutcome = { isSent: true };
const failedBy = (
  failure: 'failed' | 'refused' | 'busy',
  retryAfterMs: number | null = null,
): PostOutcome => ({
  ...{ isSent: false, failure, retryAfterMs, status: 500 },
});

function windowOf(items: readonly string[], limits: Partial<WindowLimits> = {}): Window {
  const window = new Window(
    {
      ...{ format: 'structured', batchMax: 3, parallelMax: 2, attemptsMax: 3, ageHoursMax: 1 },
      ...{ backoffMs: 100, backoffMsMax: 1_000, ...limits },
    },
    () => 1,
  );
  items.forEach((itemId, at) =>
    window.add({
      signal: signalWith({ signalId: `s${at}`, itemId }),
      ...{ place: { version: 0, rows: at + 1 }, writtenMs: at },
    }),
  );
  return window;
}
const ids = (taken: readonly Waiting[]) => taken.map(({ signal }) => signal.signalId);

it("sends several shelves at a time, and a shelf's signals one after the other", () => {
  const window = windowOf(['A', 'A', 'B', 'C']);
  const [first, second] = [window.take(0), window.take(0)];
  expect([ids(first), ids(second), ids(window.take(0))]).toEqual([['s0'], ['s2'], []]);
  window.settle(second, SENT, 0);
  // Not before s0 is done is anything before s2.
  expect(window.doneTo).toBeNull();
  expect(ids(window.take(0))).toEqual(['s3']);
  window.settle(first, SENT, 0);
  expect(window.doneTo).toEqual({ version: 0, rows: 1 });
  expect(ids(window.take(0))).toEqual(['s1']);
});

it('what a request under way holds back is not looked for until it ends', () => {
  const window = windowOf(['A', 'A', 'B', 'C']);
  const [first, second] = [window.take(0), window.take(0)];
  expect([window.take(0), window.idleMs(0, 5_000)]).toEqual([[], 5_000]);
  window.settle(second, failedBy('failed'), 0);
  expect(window.idleMs(0, 5_000)).toBe(100);
  window.settle(first, SENT, 100);
  expect(window.idleMs(100, 5_000)).toBeLessThanOrEqual(0);
});

it('a batch carries what is next, also several signals of one shelf, and there is one at a time', () => {
  const window = windowOf(['A', 'A', 'B', 'C'], { format: 'batch' });
  const first = window.take(0);
  expect([ids(first), ids(window.take(0))]).toEqual([['s0', 's1', 's2'], []]);
  window.settle(first, SENT, 0);
  expect(ids(window.take(0))).toEqual(['s3']);
});

it('a failure holds back its own shelf, and all others until the receiver is back', () => {
  const window = windowOf(['A', 'A', 'B', 'C']);
  window.settle(window.take(0), failedBy('failed'), 0);
  expect([window.take(99), window.idleMs(99, 5_000)]).toEqual([[], 1]);
  const probe = window.take(100);
  expect([ids(probe), window.take(100)]).toEqual([['s0'], []]);
  window.settle(probe, failedBy('failed'), 100);
  expect(window.take(299)).toEqual([]);
  const again = window.take(300);
  expect(window.settle(again, failedBy('failed'), 300)).toEqual([{ one: again[0], reason: 'attempts' }]);
  // Until it is a dead letter its shelf waits.
  expect(ids(window.take(10_000))).toEqual(['s2']);
  window.drop(again);
  expect(window.doneTo).toEqual({ version: 0, rows: 1 });
});

it('waits for as long as the receiver asks', () => {
  const window = windowOf(['A', 'B']);
  window.settle(window.take(0), failedBy('busy', 7_000), 0);
  expect(window.take(6_999)).toEqual([]);
  expect(ids(window.take(7_000))).toEqual(['s0']);
});

it('what the receiver refuses is not tried again, and holds up nobody', () => {
  const window = windowOf(['A', 'B']);
  const refused = window.take(0);
  expect(window.settle(refused, failedBy('refused'), 0)).toEqual([{ one: refused[0], reason: 'refused' }]);
  expect(ids(window.take(0))).toEqual(['s1']);
});

it('what is too old is not sent', () => {
  const window = windowOf(['A', 'B', 'C']);
  expect(window.takeOld(HOUR_MS + 1).map(({ one, reason }) => [one.signal.signalId, reason])).toEqual([
    ['s0', 'age'],
  ]);
});

it('whatever fails, each shelf keeps its order, nothing is lost and the place never passes what is not done', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('A', 'B', 'C'), { minLength: 1, maxLength: 20 }),
      fc.constantFrom<WindowLimits['format']>('structured', 'batch'),
      fc.integer(),
      (items, format, seed) => {
        const random = createRandom(seed);
        const window = windowOf(items, { format, attemptsMax: 4 });
        const [sent, dead]: [Waiting[], Waiting[]] = [[], []];
        const flying: Waiting[][] = [];
        for (let nowMs = 0; window.size > 0; nowMs += 200) {
          for (let taken: Waiting[]; (taken = window.take(nowMs)).length > 0;) flying.push(taken);
          while (flying.length > 0 && random.unit() < 0.8) {
            const [taken] = flying.splice(random.below(flying.length), 1);
            const isSent = random.unit() < 0.6;
            const given = window.settle(
              taken,
              isSent ? SENT : failedBy(random.unit() < 0.2 ? 'refused' : 'failed'),
              nowMs,
            );
            if (isSent) sent.push(...taken);
            const gone = given.map(({ one }) => one);
            dead.push(...gone);
            window.drop(gone);
          }
          const done = new Set([...sent, ...dead].map(({ place }) => place.rows));
          for (let row = 1; row <= (window.doneTo?.rows ?? 0); row++) expect(done.has(row)).toBe(true);
        }
        expect(sent.length + dead.length).toBe(items.length);
        for (const shelf of ['A', 'B', 'C']) {
          const rows = sent.filter(({ signal }) => signal.itemId === shelf).map(({ place }) => place.rows);
          expect(rows).toEqual(rows.toSorted((left, right) => left - right));
        }
      },
    ),
  );
});
