import { randomUUID } from 'node:crypto';
import type { AddFile } from '@gondola/lake-delta';
import { expiryUpdates } from './expiry.js';
import { fileStatsOf } from './file-stats.js';
import { dateOf, isConflict, openLakeTable } from './lake-table.js';
import type { UpkeepDeps } from './upkeep-deps.js';

const DAY_MS = 86_400_000;

export interface ExpireResult {
  readonly table: string;
  /** Rows of this date (`2026-11-23`) and later stay. */
  readonly keptFrom: string;
  readonly filesRemoved: number;
  readonly bytesRemoved: number;
  readonly rows: number;
}

/**
 * Takes the rows of all dates that ended more than `days` days ago out of a table, in one commit. Positions stay, so that
 * nothing is read again, and a mark says to `reconcile` and `rebuild` what is gone on purpose; `vacuum` frees the bytes. Throws `table_unsupported` for a table whose rows may not be removed
 * (`delta.appendOnly`).
 */
export async function expire(
  deps: UpkeepDeps,
  path: string,
  { days, dryRun }: { days: number; dryRun: boolean },
): Promise<ExpireResult | null> {
  const table = await openLakeTable(deps, path);
  if (!table) return null;
  const keptFrom = new Date(deps.clock.nowMs() - days * DAY_MS).toISOString().slice(0, 10);
  const id = randomUUID();
  for (let snapshot = table.delta.snapshot(); ; snapshot = await table.delta.refresh()) {
    const removes = snapshot.files.filter((file) => {
      const date = dateOf(file, table.dateColumn);
      return date !== null && date < keptFrom;
    });
    const result = { table: path, keptFrom, ...sumOf(removes) };
    if (dryRun || removes.length === 0) return result;
    try {
      await table.delta.changeFiles({
        removes,
        files: [],
        dataChange: true,
        transactions: expiryUpdates(snapshot, keptFrom),
        operation: 'DELETE',
        operationParameters: { predicate: `${table.dateColumn} < '${keptFrom}'` },
        id,
      });
      return result;
    } catch (error) {
      // A compaction was first: its files hold the rows now.
      if (!isConflict(error)) throw error;
    }
  }
}

function sumOf(files: readonly AddFile[]) {
  return {
    filesRemoved: files.length,
    bytesRemoved: files.reduce((sum, { size }) => sum + size, 0),
    rows: files.reduce((sum, file) => sum + (fileStatsOf(file).rows ?? 0), 0),
  };
}
