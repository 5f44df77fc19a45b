import { randomUUID } from 'node:crypto';
import type { AddFile, TransactionUpdate } from '@gondola/lake-delta';
import { selectRows } from '@gondola/stream';
import { dropDataFiles, readRows, writeDataFile } from './data-file.js';
import { fileStatsOf } from './file-stats.js';
import { isConflict, type LakeTable } from './lake-table.js';
import type { PositionRanges } from './position-range.js';
import { mayComeFrom, rowsOutside } from './source-rows.js';
import type { UpkeepDeps } from './upkeep-deps.js';

export interface Replacement {
  readonly stream: string;
  /** Rows that come from these positions go ... */
  readonly ranges: PositionRanges;
  /** ... and these files, written and not yet in the table, come instead. */
  readonly files: readonly AddFile[];
  /** `txn` entries that must not stay behind what the files hold. */
  readonly leastVersions: ReadonlyMap<string, bigint>;
}

export interface ReplaceResult {
  readonly rowsRemoved: number;
  readonly rowsAdded: number;
  readonly filesRewritten: number;
}

/**
 * Replaces the rows of some positions in one commit; files that also hold other rows are written again without them.
 * When another process changed one of these files first, looks again. Two replacements of one stream cannot both go by
 * the same view of the table: a `txn` entry counts them.
 */
export async function replaceRows(
  deps: UpkeepDeps,
  table: LakeTable,
  replacement: Replacement,
): Promise<ReplaceResult> {
  const { stream, ranges, files } = replacement;
  const id = randomUUID();
  for (let snapshot = table.delta.snapshot(); ; snapshot = await table.delta.refresh()) {
    const removes: AddFile[] = [];
    const rewritten: AddFile[] = [];
    for (const file of snapshot.files.filter((one) => mayComeFrom(one, ranges))) {
      deps.progress(`${table.path}: looking at ${file.path}`);
      const rest = await rowsOutside(deps.store, table.path, file, stream, ranges);
      if (!rest) continue;
      removes.push(file);
      if (rest.length === 0) continue;
      const rows = selectRows(await readRows(deps.store, table.path, file, table.columns), rest);
      rewritten.push(await writeDataFile(deps, table, file.partitionValues, [rows]));
    }
    const transactions = updatesOf(replacement, snapshot.transactions);
    if (removes.length + files.length === 0) return { rowsRemoved: 0, rowsAdded: 0, filesRewritten: 0 };
    try {
      await table.delta.changeFiles({
        removes,
        files: [...rewritten, ...files],
        dataChange: true,
        transactions,
        operation: 'REBUILD',
        operationParameters: { stream },
        id,
      });
      const rowsOf = (all: readonly AddFile[]) =>
        all.reduce((sum, file) => sum + (fileStatsOf(file).rows ?? 0), 0);
      return {
        rowsRemoved: rowsOf(removes) - rowsOf(rewritten),
        rowsAdded: rowsOf(files),
        filesRewritten: rewritten.length,
      };
    } catch (error) {
      if (!isConflict(error)) throw error;
      await dropDataFiles(deps.store, table.path, rewritten);
    }
  }
}

function updatesOf(
  { stream, leastVersions }: Replacement,
  known: ReadonlyMap<string, bigint>,
): TransactionUpdate[] {
  const count = `${stream}#rebuild`;
  const expected = known.get(count) ?? null;
  const updates = [{ appId: count, expected, version: (expected ?? 0n) + 1n }];
  for (const [appId, version] of leastVersions) {
    const found = known.get(appId) ?? null;
    if (found === null || found < version) updates.push({ appId, expected: found, version });
  }
  return updates;
}
