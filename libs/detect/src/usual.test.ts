import fc from 'fast-check';
import type { LocalHour } from './local-time.js';
import { deviationAt, learnUsual, USUAL_NUMBERS, usualAt, type Level } from './usual.js';

const hourOf = (hours: number): LocalHour => ({
  hour: hours % 24,
  weekday: Math.floor(hours / 24) % 7,
  day: Math.floor(hours / 24),
});

/** Learns an hour after the other; returns the levels of the last day. */
function learn(numbers: Float32Array, days: number, shareAt: (at: LocalHour) => number, shelves = 1_000) {
  const levels: Level[] = [];
  for (let hour = 0; hour < days * 24; hour++) {
    const at = hourOf(hour);
    levels.push(learnUsual(numbers, shareAt(at), at, shelves));
  }
  return levels.slice(-24);
}

describe('what is usual', () => {
  const busyAt = ({ hour }: LocalHour) => (hour >= 12 && hour < 18 ? 0.12 : 0.04);

  it('is by hour of the day after days, and by hour of the week after weeks', () => {
    const numbers = new Float32Array(USUAL_NUMBERS);
    const onSaturdays = (at: LocalHour) => busyAt(at) + (at.weekday === 5 ? 0.05 : 0);
    learn(numbers, 8 * 7, onSaturdays);
    for (const [weekday, hour] of [
      [1, 3],
      [1, 14],
      [5, 3],
      [5, 14],
    ]) {
      const at = { weekday, hour, day: 0 };
      expect(Math.abs(usualAt(numbers, at) - onSaturdays(at))).toBeLessThan(0.02);
    }
  });

  it('of an hour of the week that was never seen is that of the hour of the day, and before that the mean', () => {
    const numbers = new Float32Array(USUAL_NUMBERS);
    learnUsual(numbers, 0.1, hourOf(10), 1_000);
    expect(usualAt(numbers, hourOf(100))).toBeCloseTo(0.1, 6);
    learn(numbers, 6, busyAt);
    const sunday = { weekday: 6, hour: 14, day: 6 };
    expect(usualAt(numbers, sunday)).toBeGreaterThan(0.1);
    expect(usualAt(numbers, { ...sunday, hour: 3 })).toBeLessThan(0.06);
  });

  it('does not follow one bad day, and a lasting change within two weeks', () => {
    const numbers = new Float32Array(USUAL_NUMBERS);
    const calm = learn(numbers, 28, () => 0.05).at(-1);
    const [bad] = learn(numbers, 1, () => 0.5).slice(-1);
    expect(bad.usual).toBeLessThan(0.1);
    expect((bad.now - bad.usual) / bad.stddev).toBeGreaterThan(10);
    expect(usualAt(numbers, hourOf(12))).toBeLessThan(0.1);
    expect(calm?.usual).toBeCloseTo(0.05, 3);
    learn(numbers, 14, () => 0.5);
    expect(usualAt(numbers, hourOf(12))).toBeGreaterThan(0.4);
  });

  it('deviates widely while little is known, then as it does, and never less than chance', () => {
    const numbers = new Float32Array(USUAL_NUMBERS);
    expect(deviationAt(numbers, hourOf(0), 1_000)).toBeCloseTo(0.1, 6);
    learn(numbers, 28, () => 0.05);
    const certain = deviationAt(numbers, hourOf(0), 1_000_000);
    expect(certain).toBeGreaterThan(0.005);
    expect(certain).toBeLessThan(0.02);
    expect(deviationAt(numbers, hourOf(0), 100)).toBeCloseTo(Math.sqrt((0.05 * 0.95) / 100), 2);
  });

  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const shares = fc.array(share, { minLength: 1, maxLength: 200 });
  const shelves = fc.integer({ min: 1, max: 100_000 });

  it('stays a share, and its deviation between chance and the whole, whatever comes', () => {
    fc.assert(
      fc.property(shares, shelves, (all, count) => {
        const numbers = new Float32Array(USUAL_NUMBERS);
        all.forEach((now, hour) => {
          const level = learnUsual(numbers, now, hourOf(hour), count);
          expect(level.now).toBe(now);
          expect(level.usual).toBeGreaterThanOrEqual(0);
          expect(level.usual).toBeLessThanOrEqual(1);
          expect(level.stddev).toBeGreaterThanOrEqual(0.005);
          expect(level.stddev).toBeLessThanOrEqual(1);
        });
      }),
    );
  });

  it('moves towards what came, not beyond it, and no farther for what is farther than what is clipped', () => {
    fc.assert(
      fc.property(shares, share, share, shelves, (all, one, other, count) => {
        const numbers = new Float32Array(USUAL_NUMBERS);
        all.forEach((now, hour) => learnUsual(numbers, now, hourOf(hour), count));
        const at = hourOf(all.length);
        const before = usualAt(numbers, at);
        const [near, far] = [one, other].sort(
          (left, right) => Math.abs(left - before) - Math.abs(right - before),
        );
        const [taughtNear, taughtFar] = [near, far].map((now) => {
          const copy = numbers.slice();
          learnUsual(copy, now, at, count);
          return usualAt(copy, at) - before;
        });
        expect(taughtNear * (near - before)).toBeGreaterThanOrEqual(-1e-6);
        expect(Math.abs(taughtNear)).toBeLessThanOrEqual(Math.abs(near - before) + 1e-6);
        if (Math.sign(near - before) === Math.sign(far - before))
          expect(Math.abs(taughtFar)).toBeGreaterThanOrEqual(Math.abs(taughtNear) - 1e-6);
        expect(Math.abs(taughtFar)).toBeLessThanOrEqual(2 * deviationAt(numbers, at, count) + 1e-6);
      }),
    );
  });
});
