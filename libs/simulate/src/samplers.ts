import type { Random } from '@gondola/stream';

export function chance(random: Random, probability: number): boolean {
  return random.unit() < probability;
}

/** Whole number between two limits, both possible. */
export function between(random: Random, low: number, high: number): number {
  return low + random.below(high - low + 1);
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)];
}

/** Negative binomial: Poisson whose rate varies; variance = mean + mean^2 / shape. */
export function negativeBinomial(random: Random, mean: number, shape: number): number {
  return mean > 0 ? poisson(random, mean * noise(random, shape)) : 0;
}

/** Gamma of mean 1; the smaller the shape, the wilder. Marsaglia and Tsang; shape >= 1. */
export function noise(random: Random, shape: number): number {
  const d = shape - 1 / 3;
  for (;;) {
    const x = normal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.unit()) < 0.5 * x * x + d * (1 - v + Math.log(v)))
      return (d * v) / shape;
  }
}

export function poisson(random: Random, mean: number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.unit(); product > limit; product *= random.unit()) count++;
  return count;
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
}
