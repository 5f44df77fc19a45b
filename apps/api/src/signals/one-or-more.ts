/** Most places hold one number, which needs no list: a million lists are what a garbage collector looks at. */
export type OneOrMore = number | readonly number[];

export const allOf = (kept: OneOrMore | undefined): readonly number[] =>
  kept === undefined ? [] : typeof kept === 'number' ? [kept] : kept;

export const withOne = (kept: OneOrMore | undefined, number: number): OneOrMore =>
  kept === undefined ? number : [...allOf(kept), number];

/** Undefined: none is left. */
export function withoutOne(kept: OneOrMore | undefined, number: number): OneOrMore | undefined {
  const left = allOf(kept).filter((one) => one !== number);
  return left.length > 1 ? left : left[0];
}
