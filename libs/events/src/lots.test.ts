import { armOf, checkIdOf, lotOf } from './lots.js';

const DAY_MS = 86_400_000;
const MONDAY_MS = Date.UTC(2026, 4, 4);
const shelves = Array.from({ length: 20_000 }, (_, n) => [`S${n % 40}`, `I${n}`] as const);
const near = (share: number, expected: number) =>
  expect(Math.abs(share - expected)).toBeLessThan(
    4 * Math.sqrt((expected * (1 - expected)) / shelves.length),
  );

test('a lot is uniform and stays what it is', () => {
  expect(lotOf('a', 1)).toBe(lotOf('a', 1));
  expect(lotOf('ab', 'c')).not.toBe(lotOf('a', 'bc'));
  for (const below of [0.01, 0.3, 0.9])
    near(shelves.filter(([store, item]) => lotOf(store, item) < below).length / shelves.length, below);
});

test('an arm holds for a week from Monday, and the next week draws again', () => {
  const lottery = { share: 0.05, salt: '' };
  const arms = (atMs: number) => shelves.map(([store, item]) => armOf(store, item, atMs, lottery));
  const monday = arms(MONDAY_MS);
  near(monday.filter((arm) => arm === 'hold_out').length / shelves.length, 0.05);
  expect(arms(MONDAY_MS + 7 * DAY_MS - 1)).toEqual(monday);
  const both = arms(MONDAY_MS + 7 * DAY_MS).filter((arm, at) => arm === 'hold_out' && monday[at] === arm);
  near(both.length / shelves.length, 0.05 * 0.05);
  expect(
    new Set(shelves.map(([store, item]) => armOf(store, item, MONDAY_MS, { share: 0, salt: '' }))),
  ).toEqual(new Set(['treated']));
});

test('a hundredth of the shelves is drawn each day, whatever arm they are in', () => {
  const lottery = { share: 0.01, salt: 'x' };
  const drawn = shelves.filter(([store, item]) => checkIdOf(store, item, '2026-05-04', lottery));
  near(drawn.length / shelves.length, 0.01);
  expect(new Set(drawn.map(([store, item]) => checkIdOf(store, item, '2026-05-04', lottery))).size).toBe(
    drawn.length,
  );
  const tomorrow = drawn.filter(([store, item]) => checkIdOf(store, item, '2026-05-05', lottery));
  expect(tomorrow.length).toBeLessThan(15);
});
