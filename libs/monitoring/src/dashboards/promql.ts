/** Metrics of the environment that is looked at, narrowed by more matchers. */
export const of = (metric: string, ...matchers: readonly string[]): string =>
  `${metric}{${['environment="$environment"', ...matchers].join(', ')}}`;

/** Of the stores that are looked at: what the process shows that has the store, also while two have it. */
export const byStore = (metric: string): string => `max by (store) (${of(metric, 'store=~"$store"')})`;

/** How fast a counter grows, each second. */
export const rate = (metric: string, ...matchers: readonly string[]): string =>
  `rate(${of(metric, ...matchers)}[$__rate_interval])`;

export const sumRate = (by: string, metric: string, ...matchers: readonly string[]): string =>
  by === '' ? `sum(${rate(metric, ...matchers)})` : `sum by (${by}) (${rate(metric, ...matchers)})`;

/** Of a histogram, over what was seen in the interval. */
export const quantile = (share: number, by: string, metric: string, ...matchers: readonly string[]): string =>
  `histogram_quantile(${share}, ${sumRate(by === '' ? 'le' : `le, ${by}`, `${metric}_bucket`, ...matchers)})`;
