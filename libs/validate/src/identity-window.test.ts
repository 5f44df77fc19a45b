import fc from 'fast-check';
import { IdentityWindow } from './identity-window.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 1);

/** Identities whose low halves all fall on few slots. */
const close = (index: number) => [index << 20, index] as const;
const bigIntOf = ([low, high]: readonly [number, number]) => (BigInt(high) << 32n) | BigInt(low >>> 0);

test('remembers a hundred thousand identities that fall on few slots, and only those', () => {
  const window = new IdentityWindow(DAY_MS);
  const count = 100_000;
  const identity = (index: number) => [Math.imul(index, 0x9e3779b1), index % 7] as const;
  const passed = () =>
    Array.from({ length: count }, (_, index) => window.pass(...identity(index), START_MS)).filter(Boolean)
      .length;
  expect(passed()).toBe(count);
  expect(passed()).toBe(0);
  expect(window.pass(...identity(count), START_MS)).toBe(true);
});

test('both halves of an identity count', () => {
  const window = new IdentityWindow(DAY_MS);
  expect([
    window.pass(1, 2, START_MS),
    window.pass(2, 1, START_MS),
    window.pass(1, 3, START_MS),
    window.pass(1, 2, START_MS),
  ]).toEqual([true, true, true, false]);
});

test('memory follows the window: what left it takes no room', () => {
  const window = new IdentityWindow(DAY_MS);
  let largest = 0;
  for (let hour = 0; hour < 24 * 30; hour++) {
    for (let index = 0; index < 100; index++)
      window.pass(Math.imul(hour * 100 + index, 0x9e3779b1), hour, START_MS + hour * HOUR_MS);
    largest = Math.max(largest, window.toBytes().length);
  }
  // 25 hours of 100, at 8 bytes each and 8 for the hour.
  expect(largest).toBe(16 + 25 * (8 + 800));
});

test('bytes depend on what is remembered alone', () => {
  const one = new IdentityWindow(DAY_MS);
  const other = new IdentityWindow(DAY_MS);
  for (let index = 0; index < 5000; index++) one.pass(...close(index), START_MS + (index % 5) * HOUR_MS);
  for (let index = 4999; index >= 0; index--)
    other.remember(bigIntOf(close(index)), START_MS + (index % 5) * HOUR_MS);
  expect(other.toBytes()).toEqual(one.toBytes());
  const back = IdentityWindow.fromBytes(one.toBytes(), DAY_MS);
  expect(back.toBytes()).toEqual(one.toBytes());
  for (let index = 0; index < 5000; index++) expect(back.pass(...close(index), START_MS)).toBe(false);
});

test('negative halves come back', () => {
  const window = new IdentityWindow(DAY_MS);
  for (const identity of [-1n, -(2n ** 63n), 2n ** 63n - 1n, 0xffffffffn])
    window.remember(identity, START_MS);
  const back = IdentityWindow.fromBytes(window.toBytes(), DAY_MS);
  const seen = [
    [-1, -1],
    [0, -(2 ** 31)],
    [-1, 2 ** 31 - 1],
    [-1, 0],
  ] as const;
  for (const [low, high] of seen) expect(back.pass(low, high, START_MS)).toBe(false);
});

test('a shorter window forgets what a longer one held', () => {
  const window = new IdentityWindow(DAY_MS);
  window.pass(1, 1, START_MS);
  window.pass(2, 2, START_MS + 10 * HOUR_MS);
  const back = IdentityWindow.fromBytes(window.toBytes(), 2 * HOUR_MS);
  expect([back.pass(1, 1, START_MS), back.pass(2, 2, START_MS + 10 * HOUR_MS)]).toEqual([true, false]);
});

test('an empty window goes through bytes', () => {
  const back = IdentityWindow.fromBytes(new IdentityWindow(DAY_MS).toBytes(), DAY_MS);
  expect([back.pass(1, 1, START_MS), back.pass(1, 1, START_MS)]).toEqual([true, false]);
});

test('bytes of anything else are refused', () => {
  const window = new IdentityWindow(DAY_MS);
  for (let index = 0; index < 20; index++) window.pass(...close(index), START_MS + (index % 3) * HOUR_MS);
  const bytes = window.toBytes();
  for (let end = 0; end < bytes.length; end++)
    expect(() => IdentityWindow.fromBytes(bytes.subarray(0, end), DAY_MS)).toThrow(RangeError);
  expect(() => IdentityWindow.fromBytes(Uint8Array.of(9, ...bytes.subarray(1)), DAY_MS)).toThrow('format 1');
});

test('answers as a map would that holds whole identities and hours, for any order, gaps and window', () => {
  // Few values, that differ in any single bit: what a slot leaves out must come from where it is.
  const half = fc.oneof(
    fc.integer({ min: 0, max: 31 }).map((bit) => 1 << bit),
    fc.integer({ min: -2, max: 2 }),
  );
  const event = fc.record({
    low: half,
    high: half,
    hour: fc.integer({ min: -40, max: 40 }),
    jump: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 24, 100),
      fc.array(event, { maxLength: 300 }),
      (windowHours, events) => {
        const window = new IdentityWindow(windowHours * HOUR_MS);
        const known = new Map<bigint, number>();
        let newest = -Infinity;
        let base = 0;
        for (const { low, high, hour, jump } of events) {
          if (jump) base += windowHours >> 1;
          const hourOfEvent = base + hour;
          const oldest = newest - windowHours;
          const identity = bigIntOf([low, high]);
          const isNew = hourOfEvent < oldest || !((known.get(identity) ?? NaN) >= oldest);
          expect(window.pass(low, high, START_MS + hourOfEvent * HOUR_MS)).toBe(isNew);
          newest = Math.max(newest, hourOfEvent);
          if (isNew && hourOfEvent >= newest - windowHours) known.set(identity, hourOfEvent);
        }
        const bytes = window.toBytes();
        expect(IdentityWindow.fromBytes(bytes, windowHours * HOUR_MS).toBytes()).toEqual(bytes);
      },
    ),
  );
});
