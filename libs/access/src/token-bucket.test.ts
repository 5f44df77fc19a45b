import fc from 'fast-check';
import { TokenBucket } from './token-bucket.js';

it('lets a burst of a second through, then as many as time brings', () => {
  const bucket = new TokenBucket(100, 0);
  bucket.take(100, 0);
  expect([bucket.left(0), bucket.waitSeconds(0), bucket.left(500), bucket.waitSeconds(500)]).toEqual([
    0, 1, 50, 0,
  ]);
  bucket.take(1_000, 500);
  expect(bucket.waitSeconds(500)).toBe(10);
  expect(bucket.left(60_000)).toBe(100);
});

it('a clock that is set back takes nothing away', () => {
  const bucket = new TokenBucket(10, 1_000);
  bucket.take(5, 1_000);
  expect(bucket.left(0)).toBe(5);
});

it('over any time no more is let in than a second of burst, the rate, and one last request', () => {
  const requests = fc.array(
    fc.record({ pauseMs: fc.integer({ min: 0, max: 3_000 }), events: fc.integer({ min: 1, max: 500 }) }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), requests, (perSecond, asked) => {
      const bucket = new TokenBucket(perSecond, 0);
      let nowMs = 0;
      let taken = 0;
      for (const { pauseMs, events } of asked) {
        nowMs += pauseMs;
        if (bucket.waitSeconds(nowMs) > 0) continue;
        bucket.take(events, nowMs);
        taken += events;
      }
      expect(taken).toBeLessThanOrEqual(perSecond + (perSecond * nowMs) / 1_000 + 500);
    }),
  );
});
