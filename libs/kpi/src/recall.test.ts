import { checkIdOf } from '@gondola/events';
import { createRandom } from '@gondola/stream';
import { NOON_MS, signalWith, verdictWith } from '../test/support.js';
import { judgementsOf } from './judgements.js';
import { recallOf } from './precision.js';

/** A chain of 8,000 shelves where one in eight is empty, and the detector knows of some and is wrong of others. */
function chain(seed: number) {
  const random = createRandom(seed);
  const shelves = Array.from({ length: 8_000 }, (_, n) => {
    const [storeId, itemId, out] = [`${n % 20}`, `i${n}`, random.unit() < 0.125];
    return { storeId, itemId, out, signalled: random.unit() < (out ? 0.55 : 0.03) };
  });
  const empty = shelves.filter(({ out }) => out);
  return { shelves, truth: empty.filter(({ signalled }) => signalled).length / empty.length };
}

test('checks by lot tell recall, and their interval holds it about as often as it says', () => {
  const runs = 60;
  let [held, sum] = [0, 0];
  for (let seed = 0; seed < runs; seed++) {
    const { shelves, truth } = chain(seed);
    const signals = shelves
      .filter(({ signalled }) => signalled)
      .map(({ storeId, itemId }) => signalWith({ signalId: `${seed} ${itemId}`, storeId, itemId }));
    const checks = shelves.flatMap(({ storeId, itemId, out }) => {
      const checkId = checkIdOf(storeId, itemId, '2026-05-04', { share: 0.1, salt: `${seed}` });
      const verdict = out ? 'FILLED' : 'IT_WAS_THERE';
      return checkId === null ? [] : [verdictWith({ checkId, storeId, itemId, verdict, atMs: NOON_MS + 1 })];
    });
    const { estimate } = recallOf(judgementsOf(signals, checks).checked, () => 0.1);
    if (!estimate) throw new Error('no shelf was empty');
    sum += estimate.value - truth;
    if (estimate.low <= truth && truth <= estimate.high) held++;
  }
  expect(held).toBeGreaterThanOrEqual(53);
  expect(Math.abs(sum / runs)).toBeLessThan(0.03);
});
