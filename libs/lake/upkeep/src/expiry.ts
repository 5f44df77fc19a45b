import type { TableSnapshot, TransactionUpdate } from '@gondola/lake-delta';

/** `txn` entry of a table that `expire` took rows out of: the day (since 1970) from which on all is there. */
const EXPIRED = 'gondola#expired';
const DAY_MS = 86_400_000;

/** Rows of before this date (`2026-11-23`) were taken out of the table on purpose; null: none were. */
export function expiredBefore({ transactions }: Pick<TableSnapshot, 'transactions'>): string | null {
  const day = transactions.get(EXPIRED);
  return day === undefined ? null : new Date(Number(day) * DAY_MS).toISOString().slice(0, 10);
}

/** The mark of an expiry. It never goes back. */
export function expiryUpdates(
  { transactions }: Pick<TableSnapshot, 'transactions'>,
  keptFrom: string,
): readonly TransactionUpdate[] {
  const expected = transactions.get(EXPIRED) ?? null;
  const version = BigInt(Date.parse(keptFrom) / DAY_MS);
  return expected === null || expected < version ? [{ appId: EXPIRED, expected, version }] : [];
}

/** Whether a date lies where rows are gone on purpose. */
export const isExpired = (date: string | null, before: string | null): boolean =>
  date !== null && before !== null && date < before;
