/** A number with the ends of its interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 %. */
export const Z95 = 1.959964;
/** Two-sided 80 %: the 10 % and 90 % quantiles. */
export const Z80 = 1.281552;

/**
 * Share with Wilson's score interval (1927), which holds for few cases and shares near 0 or 1, where the usual one does not.
 * `total` need not be whole. Null without a case.
 */
export function wilson(successes: number, total: number, z = Z95): Estimate | null {
  if (!(total > 0)) return null;
  const value = successes / total;
  const z2 = z * z;
  const middle = (value + z2 / (2 * total)) / (1 + z2 / total);
  const half = (z / (1 + z2 / total)) * Math.sqrt((value * (1 - value)) / total + z2 / (4 * total * total));
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

export interface Drawn {
  readonly hit: boolean;
  /** P(this case was drawn), 0 < p <= 1. */
  readonly probability: number;
}

/**
 * Share of hits among all cases, from those that were drawn by lot: each stands for 1 / p of them (Hájek). The interval is
 * Wilson's at the effective number of cases: Kish's, (sum w)^2 / sum w^2, or that by which the share really varies, whichever
 * is less. Null without a case.
 */
export function weightedShare(drawn: readonly Drawn[], z = Z95): Estimate | null {
  let [weights, squares, hits] = [0, 0, 0];
  for (const { hit, probability } of drawn) {
    const weight = 1 / probability;
    weights += weight;
    squares += weight * weight;
    if (hit) hits += weight;
  }
  if (weights === 0) return null;
  const share = hits / weights;
  const spread = drawn.reduce(
    (sum, { hit, probability }) => sum + ((Number(hit) - share) / probability) ** 2,
    0,
  );
  const kish = (weights * weights) / squares;
  const cases = spread === 0 ? kish : Math.min(kish, (share * (1 - share) * weights * weights) / spread);
  return wilson(share * cases, cases, z);
}

/** Student's t at the two-sided probability of `z`, by its expansion around the normal; good from 3 degrees on. */
export function studentT(degrees: number, z = Z95): number {
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * degrees) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * degrees ** 3)
  );
}

/** The q quantile between the two values that are next to it; null without values. */
export function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
