import { armOf } from '@gondola/events';
import { createRandom } from '@gondola/stream';
import { HOUR_MS, NOON_MS, signalWith } from '../test/support.js';
import { episodesOf } from './episodes.js';
import { armDifference } from './hold-out.js';

const WEEK_MS = 7 * 24 * HOUR_MS;

/** Shelf-weeks with up to three episodes that share their luck; treated ones end sooner and lose `saved` less on average. */
function shop(seed: number, saved: number) {
  const random = createRandom(seed);
  return Array.from({ length: 800 }, (_, shelf) => {
    const [storeId, itemId] = [String(shelf % 8), `item ${shelf >> 3}`];
    const atMs = NOON_MS + (shelf % 4) * WEEK_MS;
    const arm = armOf(storeId, itemId, atMs, { share: 0.2, salt: `${seed}` });
    const luck = 20 * -Math.log(1 - random.unit());
    return Array.from({ length: 1 + random.below(3) }, (_, nth) => {
      const lostSales = 5 + luck + 10 * -Math.log(1 - random.unit()) + (arm === 'hold_out' ? saved : 0);
      const signalId = `${shelf}-${nth}`;
      const common = { storeId, itemId, arm, atMs: atMs + nth * 8 * HOUR_MS, episodeId: signalId };
      return [
        signalWith({ ...common, signalId, lostSales: 1 }),
        signalWith({
          ...common,
          signalId: `${signalId}-end`,
          kind: 'recovered',
          atMs: common.atMs + HOUR_MS,
          lostSales,
        }),
      ];
    }).flat();
  }).flat();
}

test('the interval of what is recovered holds the truth about as often as it says', () => {
  let held = 0;
  let sum = 0;
  const runs = 200;
  for (let seed = 0; seed < runs; seed++) {
    const difference = armDifference(episodesOf(shop(seed, 12)), 'EUR');
    if (!difference) throw new Error('no difference');
    const { value, low, high } = difference.recoveredPerEpisode;
    sum += value;
    if (low <= 12 && 12 <= high) held++;
  }
  expect(held / runs).toBeGreaterThan(0.9);
  expect(held / runs).toBeLessThan(0.99);
  expect(Math.abs(sum / runs - 12)).toBeLessThan(0.5);
});

test('nothing is said with fewer than two shelf-weeks in an arm, of other money, or of what is not over', () => {
  const signals = shop(1, 0);
  const treated = signals.filter(({ arm }) => arm === 'treated');
  const held = signals.filter(({ arm }) => arm === 'hold_out');
  expect(armDifference(episodesOf(treated), 'EUR')).toBeNull();
  expect(armDifference(episodesOf([...treated, ...held.slice(0, 2)]), 'EUR')).toBeNull();
  expect(armDifference(episodesOf(signals), 'USD')).toBeNull();
  expect(armDifference(episodesOf(signals.filter(({ kind }) => kind !== 'recovered')), 'EUR')).toBeNull();
});
