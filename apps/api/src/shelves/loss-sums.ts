import type { Signal } from '@gondola/events';

type ShelfLoss = Pick<Signal, 'kind' | 'currency' | 'probability' | 'lostSalesPerHour' | 'demandPerHour'>;

/** What shelves lose in an hour, each times P(it is empty), and how far from that it may be. */
interface LossSum {
  readonly mean: number;
  readonly variance: number;
}

/**
 * By currency. Sales of an hour are taken as Poisson and shelves as independent: an error common to all of them is not in the variance.
 * Shelves without a price are left out, and so are those that only will run out.
 */
export class LossSums extends Map<string | null, LossSum> {
  add({ kind, currency, probability: p, lostSalesPerHour: loss, demandPerHour }: ShelfLoss): void {
    if (kind === 'coming' || loss === null) return;
    const price = demandPerHour > 0 ? loss / demandPerHour : 0;
    this.addSum(currency, { mean: p * loss, variance: price * p * loss + p * (1 - p) * loss ** 2 });
  }

  addAll(others: LossSums): void {
    for (const [currency, sum] of others) this.addSum(currency, sum);
  }

  private addSum(currency: string | null, { mean, variance }: LossSum): void {
    const before = this.get(currency);
    this.set(currency, {
      mean: (before?.mean ?? 0) + mean,
      variance: (before?.variance ?? 0) + variance,
    });
  }
}
