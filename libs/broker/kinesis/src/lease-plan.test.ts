import fc from 'fast-check';
import { planLeases, planTakes, type ListedShard } from './lease-plan.js';
import { newLease, SHARD_END, type Lease } from './lease.js';

const lease = (shard: string, owner: string | null, checkpoint = 'TRIM_HORIZON'): Lease => ({
  ...newLease(shard, []),
  counter: 1,
  owner,
  checkpoint,
});
const always = () => true;
const inOrder = () => 0;

describe('taking leases', () => {
  it('comes to rest with shares that differ by one at most, and nobody left over', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        (shards, owners, workers) => {
          let leases = Array.from({ length: shards }, (_, index) =>
            lease(`${index}`, owners[index] === 0 ? null : `w${owners[index] % workers}`),
          );
          for (let round = 0; round < 100; round++)
            for (let worker = 0; worker < workers; worker++) {
              const plan = new Set(planTakes(leases, `w${worker}`, always, inOrder));
              leases = leases.map((one) => (plan.has(one) ? { ...one, owner: `w${worker}` } : one));
            }
          const loads = Array.from(
            { length: workers },
            (_, worker) => leases.filter(({ owner }) => owner === `w${worker}`).length,
          );
          expect(loads.reduce((sum, load) => sum + load, 0)).toBe(shards);
          expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('takes those of a dead owner, and finished ones besides its share', () => {
    const leases = [lease('a', 'dead'), lease('b', 'live'), lease('c', 'me'), lease('d', 'dead', SHARD_END)];
    const plan = planTakes(leases, 'me', ({ owner }) => owner !== 'dead', inOrder);
    expect(plan.map(({ shard }) => shard)).toEqual(['d', 'a']);
  });

  it('never steals a finished one', () => {
    const leases = ['a', 'b', 'c'].map((shard) => lease(shard, 'rich', SHARD_END));
    expect(planTakes(leases, 'me', always, inOrder)).toEqual([]);
  });
});

describe('making leases', () => {
  const shards: ListedShard[] = [
    { id: 'one', parents: ['gone'] },
    { id: 'two', parents: [] },
    { id: 'merged', parents: ['one', 'two'] },
  ];
  const made = (leases: Lease[]) => planLeases(shards, leases).map(({ shard }) => shard);

  it.each([
    ['parents that are gone do not count', [], ['one', 'two']],
    ['one parent at its end is not enough', [lease('one', 'me', SHARD_END), lease('two', 'me')], []],
    ['both parents at their end', [lease('one', null, SHARD_END), lease('two', 'me', SHARD_END)], ['merged']],
    ['a parent that was never read', [lease('one', null, SHARD_END)], ['two']],
  ])('%s', (_, leases, expected) => {
    expect(made(leases)).toEqual(expected);
  });
});
