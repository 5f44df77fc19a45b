import { positionOf, positionUpdates, readSnapshot, type TransactionUpdate } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import { FencedError, GondolaError, type Checkpoint } from '@gondola/stream';
import { isConflict, openLakeTable } from './lake-table.js';
import type { UpkeepDeps } from './upkeep-deps.js';

/** Partition -> how often its parked records changed hands. */
export type Claims = ReadonlyMap<string, bigint>;

/** What a replacement's commit holds on to in a table as it is; throws `FencedError` when it has lost that. */
export type Guard = (
  table: 'silver' | 'quarantine',
  partitions: Iterable<string>,
  transactions: ReadonlyMap<string, bigint>,
) => readonly TransactionUpdate[];

const claimOf = (stream: string, partition: string): string => `${stream}/${partition}#owner`;
const CLAIM_ATTEMPTS_MAX = 100;

/** How the claims stand. */
export async function readClaims(
  { store, environment }: UpkeepDeps,
  stream: string,
  partitions: readonly string[],
): Promise<Claims> {
  const snapshot = await readSnapshot(store, `${environment}/quarantine`, readCheckpoint);
  return claimsIn(snapshot?.transactions ?? new Map(), stream, partitions);
}

/** Takes the partitions' parked records over: from now on, whoever had them takes no row out of quarantine. */
export async function claimPartitions(
  deps: UpkeepDeps,
  stream: string,
  partitions: readonly string[],
): Promise<Claims> {
  const table = await openLakeTable(deps, `${deps.environment}/quarantine`);
  if (!table) return new Map();
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS_MAX; attempt++) {
    const { transactions: found } = await table.delta.refresh();
    const transactions = partitions.map((partition): TransactionUpdate => {
      const appId = claimOf(stream, partition);
      const expected = found.get(appId) ?? null;
      return { appId, expected, version: (expected ?? 0n) + 1n };
    });
    try {
      await table.delta.append({ files: [], transactions, operation: 'CLAIM' });
      return new Map(transactions.map(({ version }, at) => [partitions[at], version]));
    } catch (error) {
      // Somebody else takes them over in the same moment.
      if (!isConflict(error)) throw error;
    }
  }
  throw new GondolaError(
    'commit_conflict',
    `${table.path}: others claim the same partitions all the time`,
    true,
  );
}

/**
 * For who judges records of quarantine again beside its own reading of a stream, at `upTo`: nobody else may have read on (silver would have
 * events that dedupe does not know), nor have claimed what is parked.
 */
export function guardOf(stream: string, upTo: Checkpoint, claims: Claims): Guard {
  return (table, partitions, transactions) =>
    [...partitions].flatMap((partition) => {
      if (table === 'quarantine') {
        const appId = claimOf(stream, partition);
        const [found, own] = [transactions.get(appId) ?? null, claims.get(partition) ?? 0n];
        if ((found ?? 0n) !== own) throw new FencedError(table, partition, String(own), String(found));
        return [{ appId, expected: found, version: own }];
      }
      const appId = `${stream}/${partition}`;
      const [found, own] = [positionOf(transactions, appId) ?? 0n, upTo.get(partition) ?? 0n];
      if (found > own) throw new FencedError(table, partition, String(own), String(found));
      return positionUpdates(transactions, appId, found);
    });
}

const claimsIn = (
  transactions: ReadonlyMap<string, bigint>,
  stream: string,
  partitions: readonly string[],
): Claims =>
  new Map(partitions.map((partition) => [partition, transactions.get(claimOf(stream, partition)) ?? 0n]));
