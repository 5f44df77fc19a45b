/** A probability and what came of it. */
export interface Judged {
  readonly probability: number;
  readonly isOut: boolean;
  readonly weight: number;
}

export interface Measures {
  readonly rows: number;
  /** Area under precision over recall; 0 without a shelf that was out. */
  readonly ap: number;
  /** Mean distance between said and seen over 20 equal bins of what was said. */
  readonly ece: number;
  /** Mean squared distance between probability and outcome. */
  readonly brier: number;
}

const BINS = 20;

export function measuresOf(judged: readonly Judged[]): Measures {
  const total = judged.reduce((sum, { weight }) => sum + weight, 0);
  const gaps = new Float64Array(BINS);
  let squares = 0;
  for (const { probability, isOut, weight } of judged) {
    const out = isOut ? 1 : 0;
    gaps[Math.min(BINS - 1, Math.floor(probability * BINS))] += weight * (probability - out);
    squares += weight * (probability - out) ** 2;
  }
  const gap = gaps.reduce((sum, one) => sum + Math.abs(one), 0);
  const share = (part: number) => (total > 0 ? part / total : 0);
  return { rows: judged.length, ap: averagePrecision(judged), ece: share(gap), brier: share(squares) };
}

/** Rows of one score count together: their order would be chance. */
function averagePrecision(judged: readonly Judged[]): number {
  const sorted = [...judged].sort((left, right) => right.probability - left.probability);
  const outs = judged.reduce((sum, { isOut, weight }) => sum + (isOut ? weight : 0), 0);
  let [seen, hits, area, recall] = [0, 0, 0, 0];
  sorted.forEach(({ probability, isOut, weight }, at) => {
    seen += weight;
    if (isOut) hits += weight;
    if (sorted[at + 1]?.probability === probability || outs === 0) return;
    area += (hits / seen) * (hits / outs - recall);
    recall = hits / outs;
  });
  return area;
}

/**
 * By how much the second model's squared error is less than the first's on the same rows (above 0: it is better), and the
 * standard error of that. Rows of one store go together: they are not independent.
 */
export function brierGain(
  rows: readonly { readonly storeId: string; readonly first: Judged; readonly second: Judged }[],
): { readonly gain: number; readonly error: number } {
  const total = rows.reduce((sum, { first }) => sum + first.weight, 0);
  const squared = ({ probability, isOut }: Judged) => (probability - (isOut ? 1 : 0)) ** 2;
  const gains = rows.map(({ storeId, first, second }) => ({
    ...{ storeId, weight: first.weight },
    gain: squared(first) - squared(second),
  }));
  const gain = gains.reduce((sum, one) => sum + one.weight * one.gain, 0) / Math.max(total, Number.MIN_VALUE);
  const stores = new Map<string, number>();
  for (const one of gains)
    stores.set(one.storeId, (stores.get(one.storeId) ?? 0) + one.weight * (one.gain - gain));
  const squares = [...stores.values()].reduce((sum, one) => sum + one ** 2, 0);
  const spread = stores.size > 1 ? Math.sqrt((squares * stores.size) / (stores.size - 1)) / total : Infinity;
  return { gain, error: spread };
}
