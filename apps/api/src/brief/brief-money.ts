import type { BookedEpisode } from '../insights/episode-book.js';
import type { BriefMoney } from './brief-answer.js';

type Priced = Pick<BookedEpisode, 'currency'>;

/** Sums of money by currency, with what each of them has as its ends; what has no price is left out. */
export function sumsOf<T extends Priced>(
  list: readonly T[],
  of: (one: T) => readonly [value: number | null, low: number | null, high: number | null],
): BriefMoney[] {
  const sums = new Map<string | null, { value: number; low: number; high: number }>();
  for (const one of list) {
    const [value, low, high] = of(one);
    if (value === null) continue;
    const sum = sums.get(one.currency) ?? { value: 0, low: 0, high: 0 };
    sums.set(one.currency, sum);
    sum.value += value;
    sum.low += low ?? value;
    sum.high += high ?? value;
  }
  return [...sums].map(([currency, sum]) => ({ currency, ...sum }));
}

export const rateOf = (
  list: readonly (Priced & { readonly lostSalesPerHour: number | null })[],
): BriefMoney[] => sumsOf(list, ({ lostSalesPerHour }) => [lostSalesPerHour, null, null]);
