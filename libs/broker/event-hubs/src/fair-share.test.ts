import fc from 'fast-check';
import { partitionsToClaim } from './fair-share.js';

it.each<[string, Record<string, string | null>, number]>([
  ['the first takes everything', { 0: null, 1: null, 2: null }, 3],
  ['the second takes half of the first', { 0: 'a', 1: 'a', 2: 'a', 3: 'a' }, 2],
  ['nobody moves a partition for a difference of one', { 0: 'a', 1: 'a', 2: 'me' }, 0],
  ['what a dead one leaves is shared', { 0: 'a', 1: 'a', 2: 'me', 3: null }, 1],
  ['more instances than partitions', { 0: 'a', 1: 'b' }, 0],
])('%s', (_, owners, claims) => {
  expect(partitionsToClaim('me', new Map(Object.entries(owners)), () => 0.5)).toHaveLength(claims);
});

it('comes to rest with shares that differ by one at most, whoever begins with what', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.option(fc.nat(4), { nil: null }), { minLength: 1, maxLength: 40 }),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }),
      (instances, begin, draws) => {
        let draw = 0;
        const random = () => draws[draw++ % draws.length];
        const owners = new Map(
          begin.map((owner, partition) => [
            String(partition),
            owner === null ? null : `i${owner % instances}`,
          ]),
        );
        const round = () => {
          let claimed = 0;
          for (let instance = 0; instance < instances; instance++) {
            const claims = partitionsToClaim(`i${instance}`, owners, random);
            expect(new Set(claims).size).toBe(claims.length);
            for (const partition of claims) owners.set(partition, `i${instance}`);
            claimed += claims.length;
          }
          return claimed;
        };
        for (let rounds = 0; round() > 0; rounds++) expect(rounds).toBeLessThan(instances + 1);
        const shares = Array.from(
          { length: instances },
          (_, instance) => [...owners.values()].filter((owner) => owner === `i${instance}`).length,
        );
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(owners.size);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      },
    ),
  );
});
