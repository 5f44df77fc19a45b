import { Rate } from './rate.js';

test('so many a minute, in bursts of as many, and a clock that is set back changes nothing', () => {
  let nowMs = 1_000_000;
  const rate = new Rate(60, { nowMs: () => nowMs });
  for (let times = 0; times < 60; times++) expect(rate.take()).toBeNull();
  expect(rate.take()).toBe(1);
  nowMs += 2_000;
  expect([rate.take(), rate.take(), rate.take()]).toEqual([null, null, 1]);
  nowMs -= 3_600_000;
  expect(rate.take()).toBe(1);
  nowMs += 1_000;
  expect(rate.take()).toBeNull();
});
