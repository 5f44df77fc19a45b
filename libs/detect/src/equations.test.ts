import {
  demandAtLeast,
  demandShape,
  interpolate,
  likelihoodRatio,
  logit,
  nextPrior,
  posteriorOf,
  PROBABILITY_MAX,
  PROBABILITY_MIN,
  propensityBin,
  ratioBin,
  saleBin,
  trafficFactor,
  zeroProbability,
} from './equations.js';

describe('equations by hand', () => {
  it.each([
    ['shape of rate and dispersion', demandShape(3, 1.5), 1],
    ['P(0) = (1 + m/k)^-k', zeroProbability(1, 1), 0.5],
    ['P(0) with k = 2', zeroProbability(2, 2), 0.25],
    ['no demand, no evidence', zeroProbability(0, 1.3), 1],
    ['ratio without a sale', likelihoodRatio(false, 0.25, 0.04, 0.5), 1.92],
    ['ratio with a sale', likelihoodRatio(true, 0.25, 0.03, 0.85), 0.04],
    ['posterior of even odds', posteriorOf(0.5, 3), 0.75],
    ['prior from stock', nextPrior(0, 0.6, 0.1), 0.1],
    ['prior from an empty shelf', nextPrior(1, 0.6, 0.1), 0.4],
    ['prior never 0', nextPrior(0, 0, 0), PROBABILITY_MIN],
    ['prior never 1', nextPrior(1, 0, 0), PROBABILITY_MAX],
    ['traffic as expected', trafficFactor(10, 10), 1],
    ['traffic at least a quarter', trafficFactor(0, 1000), 0.25],
    ['traffic at most three', trafficFactor(1000, 0), 3],
    ['traffic of a negative remainder', trafficFactor(0, -1), 1],
    ['demand of at least none', demandAtLeast(0, 2, 1), 1],
    ['demand of at least one, geometric', demandAtLeast(1, 1, 1), 0.5],
    ['demand of at least three, geometric', demandAtLeast(3, 1, 1), 0.125],
    ['part of a unit needs a whole one', demandAtLeast(0.3, 1, 1), 0.5],
    ['log-odds of .8', logit(0.8), Math.log(4)],
    ['between breakpoints', interpolate([0, 0.5, 1], [0, 0.2, 1], 0.75), 0.6],
    ['below the first', interpolate([0.1, 0.5], [0.05, 0.2], 0), 0.05],
    ['above the last', interpolate([0.1, 0.5], [0.05, 0.2], 0.9), 0.2],
  ])('%s', (_, found, expected) => {
    expect(found).toBeCloseTo(expected, 12);
  });

  it.each([
    [saleBin, [0, 1, 2, 2.5, 40], [0, 1, 1, 2, 2]],
    [ratioBin, [0, 0.4, 0.5, 0.8, 1.2, 1.5], [0, 0, 1, 2, 3, 4]],
    [propensityBin, [0.15, 0.2, 0.3, 0.5, 0.7], [0, 1, 2, 3, 4]],
  ])('%p', (bin, values, bins) => {
    expect(values.map(bin)).toEqual(bins);
  });
});
