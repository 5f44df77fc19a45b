/** The arithmetic of detection, one equation a function, so that each can be checked by hand. */

/** Nothing is ever certain: a posterior of 0 or 1 could not be moved by any evidence. */
export const PROBABILITY_MIN = 1e-5;
export const PROBABILITY_MAX = 0.9995;

/** Bins of the hazard table: hour x units just sold x sold today against usual x how often it is out at close. */
export const SALE_BINS = 3;
export const RATIO_BINS = 5;
export const PROPENSITY_BINS = 5;

export function clampProbability(p: number): number {
  return p < PROBABILITY_MIN ? PROBABILITY_MIN : p > PROBABILITY_MAX ? PROBABILITY_MAX : p;
}

export function logit(p: number): number {
  return Math.log(p / (1 - p));
}

/** Shape of demand when the rate itself is a gamma of shape `rateShape` and days differ by `dispersion`. */
export function demandShape(rateShape: number, dispersion: number): number {
  return 1 / (1 / rateShape + 1 / dispersion);
}

/** P(no unit sold in an hour | in stock), expecting `expectedUnits`: a negative binomial of that shape at 0. */
export function zeroProbability(expectedUnits: number, shape: number): number {
  return Math.exp(-shape * Math.log(1 + expectedUnits / shape));
}

/**
 * P(what the hour sold | out) / P(the same | in stock). `saleWhenOut` is how often a unit is sold from a shelf
 * that is called empty (late labels, wrong scans); `temper` < 1 keeps a run of dull hours from being counted as
 * independent proofs.
 */
export function likelihoodRatio(sold: boolean, zero: number, saleWhenOut: number, temper: number): number {
  if (sold) return saleWhenOut / Math.max(1e-6, 1 - zero);
  return (1 - saleWhenOut) / Math.exp(temper * Math.log(Math.max(zero, 1e-9)));
}

/** Bayes: prior odds times likelihood ratio. */
export function posteriorOf(prior: number, ratio: number): number {
  const weight = prior * ratio;
  return weight / (weight + 1 - prior);
}

/** One hour on: what was out is restocked with probability `restock`, what was in runs out with `hazard`. */
export function nextPrior(posterior: number, restock: number, hazard: number): number {
  return clampProbability(posterior * (1 - restock) + (1 - posterior) * hazard);
}

/**
 * How busy the store is against what its shelves were expected to sell, from all shelves but one:
 * `sold` and `expected` are the decayed sums of the store without that shelf.
 */
export function trafficFactor(sold: number, expected: number): number {
  const factor = (sold + 6) / (Math.max(0, expected) + 6);
  return factor < 0.25 ? 0.25 : factor > 3 ? 3 : factor;
}

/** One large basket must not make the whole store look busy. */
export function winsorised(units: number, base: number): number {
  return Math.min(units, 3 * base + 3);
}

export function saleBin(units: number): number {
  return units > 2 ? 2 : units > 0 ? 1 : 0;
}

export function ratioBin(ratio: number): number {
  return ratio > 1.4 ? 4 : ratio > 1 ? 3 : ratio > 0.7 ? 2 : ratio > 0.4 ? 1 : 0;
}

export function propensityBin(propensity: number): number {
  return propensity > 0.6 ? 4 : propensity > 0.4 ? 3 : propensity > 0.25 ? 2 : propensity > 0.15 ? 1 : 0;
}

/** Place of a cell in the flat hazard table. */
export function hazardCell(hour: number, sale: number, ratio: number, propensity: number): number {
  return ((hour * SALE_BINS + sale) * RATIO_BINS + ratio) * PROPENSITY_BINS + propensity;
}

/** P(demand >= units) for a negative binomial of that mean and shape. O(units): bound it before calling. */
export function demandAtLeast(units: number, mean: number, shape: number): number {
  const needed = Math.ceil(units);
  let term = zeroProbability(mean, shape);
  let below = 0;
  const step = mean / (shape + mean);
  for (let n = 0; n < needed; n++) {
    below += term;
    term *= ((n + shape) / (n + 1)) * step;
  }
  return Math.max(0, 1 - below);
}

/** Straight lines between breakpoints, flat outside: the map from a raw posterior to a calibrated one. */
export function interpolate(x: readonly number[], y: readonly number[], at: number): number {
  const last = x.length - 1;
  if (at <= x[0]) return y[0];
  if (at >= x[last]) return y[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (x[middle] <= at) low = middle;
    else high = middle;
  }
  return y[low] + ((y[high] - y[low]) * (at - x[low])) / (x[high] - x[low]);
}
