import fc from 'fast-check';
import { PositionRuns } from './position-runs.js';

const range = fc.tuple(fc.bigInt(0n, 60n), fc.bigInt(0n, 3n)).map(([first, more]) => [first, first + more]);
const isAscending = fc.boolean();

it('hold what was added, in any order, as runs that ascend and do not touch', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), isAscending, (ranges, ascending) => {
      const added = ascending ? [...ranges].sort(([left], [right]) => Number(left - right)) : ranges;
      const runs = new PositionRuns();
      const wanted = new Set<bigint>();
      for (const [first, last] of added) {
        runs.add('0', first, last);
        for (let position = first; position <= last; position++) wanted.add(position);
      }
      for (let position = 0n; position < 66n; position++) {
        expect(runs.has('0', position)).toBe(wanted.has(position));
        expect(runs.has('1', position)).toBe(false);
      }
      const found = [...runs].map(([, run]) => run);
      expect(found.reduce((sum, { from, to }) => sum + Number(to - from), 0)).toBe(wanted.size);
      found.slice(1).forEach(({ from }, before) => expect(from).toBeGreaterThan(found[before].to));
    }),
  );
});

it('put what comes late in its place now and then, so that many take no more room than few', () => {
  const runs = new PositionRuns();
  for (let position = 200_000n; position > 0n; position--) runs.add('0', position);
  expect([...runs]).toEqual([['0', { from: 1n, to: 200_001n }]]);
});
