import fc from 'fast-check';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';
import { chooseTasks, shiftAt, TASKS_PER_SHIFT } from './task-list.js';

it.each<[number, string | undefined, number, number]>([
  [0, undefined, 6, 14],
  [2, undefined, 14, 22],
  [1.99, undefined, 6, 14],
  [-9, undefined, -2, 6],
  [11, undefined, 22, 30],
  // 12:00 UTC is 07:00 in Bogotá.
  [0, 'America/Bogota', 11, 19],
  [0, 'No/Where', 6, 14],
])('the shift of noon %s h, in %s', (hours, zone, from, until) => {
  const midnight = NOON_MS - 12 * HOUR_MS;
  expect(shiftAt(NOON_MS + hours * HOUR_MS, zone)).toEqual({
    fromMs: midnight + from * HOUR_MS,
    untilMs: midnight + until * HOUR_MS,
  });
});

it('asks for at most ten looks a shift, what saves most first, and for none twice', () => {
  const value = fc.option(fc.double({ min: 0, max: 1e4, noNaN: true }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 30 }), fc.nat(12), (values, looks) => {
      const open = values.map((valuePerMinute, n) =>
        signalWith({ signalId: `s${n}`, itemId: `i${n}`, valuePerMinute }),
      );
      const lookedAt = new Set(Array.from({ length: looks }, (_, n) => `i${n}`));
      const { tasks, done, left } = chooseTasks(open, lookedAt);
      expect(tasks.length + done).toBeLessThanOrEqual(Math.max(TASKS_PER_SHIFT, looks));
      expect(tasks.some(({ itemId }) => lookedAt.has(itemId))).toBe(false);
      const shown = tasks.map(({ valuePerMinute }) => valuePerMinute ?? -1);
      expect(shown).toEqual(shown.toSorted((a, b) => b - a));
      const known = open.filter(({ itemId }) => lookedAt.has(itemId)).length;
      expect(tasks.length + left + known).toBe(open.length);
    }),
  );
});
