import { HOUR_MS } from './local-time.js';
import type { ShelfColumns } from './shelf-state.js';

/**
 * Variance of lost units, against their mean squared, besides that of the rate: how busy the day was for this item, and when within
 * the silence the shelf went empty.
 */
const SPREAD = 0.3;

/*
 * Two sums since the last sale: units lost if the shelf is empty now, and if it is not. Each hour without a sale adds to the first;
 * what is filled and what runs out mixes them. So the hours before it was known that the shelf was empty are counted by what is
 * known now: nothing but the two sums has to be kept for it.
 */

/** An hour sold something: whoever came after the last sale met an empty shelf, if that sale emptied it. */
export function lostAfterSale(
  columns: ShelfColumns,
  row: number,
  { expected, endMs }: { expected: number; endMs: number },
): void {
  const hours = (endMs - columns.silentSinceMs.at(row)) / HOUR_MS;
  columns.lostIfOut[row] = expected * Math.min(1, Math.max(0, hours));
  columns.lostIfIn[row] = 0;
}

/** P(out) goes from `before` to `after`, of which `filled` (0..1 of what was out) was out before and is not any more. */
export function moveLost(
  columns: ShelfColumns,
  row: number,
  { before, after, filled }: { before: number; after: number; filled: number },
): void {
  const { lostIfOut, lostIfIn } = columns;
  const [ifOut, ifIn] = [lostIfOut[row], lostIfIn[row]];
  if (ifOut === 0) return;
  const stayed = Math.min(1, (before * (1 - filled)) / after);
  const came = Math.min(1, (before * filled) / (1 - after));
  lostIfOut[row] = stayed * ifOut + (1 - stayed) * ifIn;
  lostIfIn[row] = came * ifOut + (1 - came) * ifIn;
}

export interface LostUnits {
  readonly mean: number;
  /** 80 % interval; it always holds the mean. */
  readonly low: number;
  readonly high: number;
}

export const NOTHING_LOST: LostUnits = { mean: 0, low: 0, high: 0 };

/** Units lost since the last sale, the shelf being empty now with that probability; `soFar` were expected in the running hour. */
export function lostUnitsOf(columns: ShelfColumns, row: number, out: number, soFar = 0): LostUnits {
  const [ifOut, ifIn] = [Math.max(0, columns.lostIfOut[row] + soFar), columns.lostIfIn[row]];
  return lostUnits(out * ifOut + (1 - out) * ifIn, ifOut, columns.rateShape[row]);
}

/**
 * `mean` units, being `size` or nothing. `size` is spread as a gamma whose variance is size + size^2 (1 / rateShape + SPREAD): sales given
 * the rate are Poisson, the rate is a gamma of shape `rateShape`. With less than 90 % of a loss the interval begins at nothing,
 * with less than 10 % it is nothing.
 */
export function lostUnits(mean: number, size: number, rateShape: number): LostUnits {
  if (mean <= 0 || size <= 0) return NOTHING_LOST;
  const chance = Math.min(1, mean / size);
  const shape = size / (1 + size * (1 / rateShape + SPREAD));
  const quantile = (below: number) =>
    below <= 1 - chance ? 0 : gammaQuantile(size, shape, (below - (1 - chance)) / chance);
  return { mean, low: Math.min(mean, quantile(0.1)), high: Math.max(mean, quantile(0.9)) };
}

/** Wilson and Hilferty: the cube root of a gamma is nearly normal. */
function gammaQuantile(mean: number, shape: number, probability: number): number {
  const root = 1 - 1 / (9 * shape) + normalQuantile(probability) / (3 * Math.sqrt(shape));
  return mean * Math.max(0, root) ** 3;
}

/** Abramowitz and Stegun 26.2.23: off by less than .00045. */
function normalQuantile(probability: number): number {
  const tail = Math.max(1e-12, Math.min(probability, 1 - probability));
  const t = Math.sqrt(-2 * Math.log(tail));
  const z =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return probability < 0.5 ? -z : z;
}
