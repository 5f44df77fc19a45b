import type { TransactionUpdate } from './committer.js';

/** `txn.version` is a long of 63 bits. Larger positions are cut into four parts, the lowest 62 bits first. */
const PART_BITS = 62n;
const PART_MASK = (1n << PART_BITS) - 1n;
const LONG_MAX = 2n ** 63n - 1n;
const POSITION_MAX = (1n << (4n * PART_BITS)) - 1n;
/** Bits below the higher parts, which is what their entries are called by: `<stream>/<partition>#bits62`. */
const HIGHER_SHIFTS = [62n, 124n, 186n] as const;

type Transactions = ReadonlyMap<string, bigint>;

/** The position kept under `appId` (`<stream>/<partition>`): the sum of its entries, undefined when there is none. */
export function positionOf(transactions: Transactions, appId: string): bigint | undefined {
  const lowest = transactions.get(appId);
  if (lowest === undefined || !transactions.has(partName(appId, HIGHER_SHIFTS[0]))) return lowest;
  return HIGHER_SHIFTS.reduce(
    (sum, shift) => sum + ((transactions.get(partName(appId, shift)) ?? 0n) << shift),
    lowest,
  );
}

/** Partition -> position, of one stream. */
export function positionsOfStream(transactions: Transactions, stream: string): ReadonlyMap<string, bigint> {
  const positions = new Map<string, bigint>();
  for (const appId of transactions.keys()) {
    if (!appId.startsWith(`${stream}/`) || appId.includes('#')) continue;
    const position = positionOf(transactions, appId);
    if (position !== undefined) positions.set(appId.slice(stream.length + 1), position);
  }
  return positions;
}

/**
 * The entries of one commit that move `appId` to `position`: one while a long holds it, else four. All of them expect
 * what the table has now, also those that stay: a writer that only saw the lower ones move must be fenced.
 * Throws RangeError when the position needs more than 248 bits.
 */
export function positionUpdates(
  transactions: Transactions,
  appId: string,
  position: bigint,
): readonly TransactionUpdate[] {
  const update = (name: string, version: bigint): TransactionUpdate => ({
    appId: name,
    expected: transactions.get(name) ?? null,
    version,
  });
  const isLong = position <= LONG_MAX && !transactions.has(partName(appId, HIGHER_SHIFTS[0]));
  if (isLong) return [update(appId, position)];
  if (position > POSITION_MAX)
    throw new RangeError(`${appId}: position ${position} needs more than 248 bits`);
  const higher = HIGHER_SHIFTS.map((shift) =>
    update(partName(appId, shift), (position >> shift) & PART_MASK),
  );
  return [update(appId, position & PART_MASK), ...higher];
}

const partName = (appId: string, shift: bigint): string => `${appId}#bits${shift}`;
