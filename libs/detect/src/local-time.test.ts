import fc from 'fast-check';
import { HOUR_MS, hourEndMs, hourStartMs, localClock, localHourAt } from './local-time.js';

it.each([
  ['UTC', '2026-01-05T00:00:00Z', 0, 0],
  ['UTC', '2026-01-04T23:59:59Z', 23, 6],
  ['America/Bogota', '2026-01-05T03:30:00Z', 22, 6],
  ['Asia/Kolkata', '2026-01-05T00:15:00Z', 5, 0],
  ['Europe/Madrid', '2026-07-01T22:00:00Z', 0, 3],
])('%s at %s is hour %d of weekday %d', (zone, at, hour, weekday) => {
  expect(localHourAt(localClock(zone), Date.parse(at))).toMatchObject({ hour, weekday });
});

it('ends every hour after its start, on a whole local hour, also where clocks change', () => {
  const zones = [
    'UTC',
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'America/Sao_Paulo',
    'Europe/Madrid',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 2_000_000 }), (zone, minutes) => {
      const clock = localClock(zone);
      const atMs = Date.UTC(2024, 0, 1) + minutes * 60_000;
      expect(hourStartMs(clock, atMs)).toBeLessThanOrEqual(atMs);
      expect(hourEndMs(clock, atMs)).toBeGreaterThan(atMs);
      expect((hourEndMs(clock, atMs) + clock.offsetMsAt(atMs)) % HOUR_MS).toBe(0);
    }),
  );
});

it('refuses a zone that is none', () => {
  expect(() => localClock('Mars/Olympus')).toThrow('Mars/Olympus is not an IANA time zone');
});
