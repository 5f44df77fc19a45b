/** Most places hold one number, which needs no list: a million lists are what a garbage collector looks at. */
export type OneOrMore = number | number[];

export const allOf = (kept: OneOrMore | undefined): readonly number[] =>
  kept === undefined ? [] : typeof kept === 'number' ? [kept] : kept;

/** To be kept in its place: a list grows where it is, as one shelf may have thousands. */
export function withOne(kept: OneOrMore | undefined, number: number): OneOrMore {
  if (kept === undefined) return number;
  if (typeof kept === 'number') return [kept, number];
  kept.push(number);
  return kept;
}

/** Undefined: none is left. */
export function withoutOne(kept: OneOrMore | undefined, number: number): OneOrMore | undefined {
  const left = allOf(kept).filter((one) => one !== number);
  return left.length > 1 ? left : left[0];
}
