import fc from 'fast-check';
import { Shown } from './shown.js';

const ranks = (entries: Record<string, number>) => new Map(Object.entries(entries));

describe('who is shown', () => {
  it('are the highest ranks, and none of rank 0', () => {
    expect([...new Shown(2).choose(ranks({ a: 1, b: 3, c: 2, d: 0 }))].sort()).toEqual(['b', 'c']);
    expect([...new Shown(9).choose(ranks({ a: 1, d: 0 }))]).toEqual(['a']);
  });

  it('stays until another is half as much again, or it is gone', () => {
    const shown = new Shown(2);
    shown.choose(ranks({ a: 10, b: 8, c: 5 }));
    expect([...shown.choose(ranks({ a: 10, b: 8, c: 12 }))].sort()).toEqual(['a', 'b']);
    expect([...shown.choose(ranks({ a: 10, b: 8, c: 12.1 }))].sort()).toEqual(['a', 'c']);
    expect([...shown.choose(ranks({ b: 1, c: 0 }))].sort()).toEqual(['b', 'c']);
    expect([...shown.choose(ranks({}))]).toEqual([]);
  });

  it('are never more than fit, never worse by half than one that is not, and do not change when asked again', () => {
    const some = fc.dictionary(fc.constantFrom(...'abcdefgh'), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.array(some, { minLength: 1, maxLength: 8 }),
        (max, steps) => {
          const shown = new Shown(max);
          for (const step of steps) {
            const all = ranks(step);
            const names = new Set(shown.choose(all));
            expect(names.size).toBeLessThanOrEqual(max);
            const worst = Math.min(...[...names].map((name) => all.get(name) ?? NaN));
            for (const [name, rank] of all)
              if (!names.has(name))
                expect(names.size < max ? rank : rank - 1.5 * worst).toBeLessThanOrEqual(0);
            expect(new Set(shown.choose(all))).toEqual(names);
          }
        },
      ),
    );
  });
});
