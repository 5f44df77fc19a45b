import { KeptFor } from './kept-for.js';

it('makes once for each key while it keeps, and anew from then on', () => {
  const made: string[] = [];
  const ask = (kept: KeptFor<string, number>, key: string) => kept.of(key, () => made.push(key));
  const long = new KeptFor<string, number>(60_000);
  expect([ask(long, 'a'), ask(long, 'a'), ask(long, 'b'), ask(long, 'a')]).toEqual([1, 1, 2, 1]);
  const never = new KeptFor<string, number>(0);
  expect([ask(never, 'a'), ask(never, 'a')]).toEqual([3, 4]);
  const nothing = new KeptFor<string, number | null>(60_000);
  expect([nothing.of('a', () => null), nothing.of('a', () => 1)]).toEqual([null, 1]);
  expect(made).toEqual(['a', 'b', 'a', 'a']);
});
