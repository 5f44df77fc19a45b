import { randomUUID } from 'node:crypto';
import type { AddFile, TransactionUpdate } from '@gondola/lake-delta';
import { GondolaError, type ColumnTable } from '@gondola/stream';
import { dropDataFiles, readTables, writeDataFile } from './data-file.js';
import { expiredBefore, isExpired } from './expiry.js';
import { fileStatsOf } from './file-stats.js';
import { dateOf, isConflict, shapeOf, type LakeTable } from './lake-table.js';
import { countSources, mayComeFrom, rowsOutside, type SourcePositions } from './source-rows.js';
import type { UpkeepDeps } from './upkeep-deps.js';

/** Rows that come from these positions go ... */
export interface Replacement extends SourcePositions {
  /** ... and these files, written and not yet in the table, come instead. */
  readonly files: readonly AddFile[];
  /** Dates that are expired are changed too; else neither theirs nor these files' rows of them. */
  readonly withExpired: boolean;
  /**
   * Table -> what its log said of the stream before the files were made. They follow from the rows that were there: when
   * the stream has added some since, or others have replaced some, nothing is replaced and a conflict is thrown that can be retried from the start.
   */
  readonly madeAt?: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
  /** `txn` entries that must not stay behind what the files hold. */
  readonly leastVersions: ReadonlyMap<string, bigint>;
  /** What the commit holds on to in the table as it is; throws to give up. */
  readonly guard?: ((transactions: ReadonlyMap<string, bigint>) => readonly TransactionUpdate[]) | undefined;
}

export interface ReplaceResult {
  readonly rowsRemoved: number;
  readonly rowsAdded: number;
  readonly filesRewritten: number;
  /**
   * Data files that were no longer in the store and are no longer in the table: whatever they held of other positions
   * is still missing. Rows as the log had them, null when it did not say.
   */
  readonly filesGone: readonly { readonly path: string; readonly rows: number | null }[];
}

/**
 * Replaces the rows of some positions in one commit; files that also hold other rows are written again without them.
 * When another process changed one of these files first, looks again. Two replacements of one stream cannot both go by
 * the same view of the table: a `txn` entry counts them. May be called again with the same files, whatever became of them.
 */
export async function replaceRows(
  deps: UpkeepDeps,
  table: LakeTable,
  replacement: Replacement,
): Promise<ReplaceResult> {
  const { stream } = replacement;
  const id = randomUUID();
  for (let snapshot = table.delta.snapshot(); ; snapshot = await table.delta.refresh()) {
    const held = replacement.guard?.(snapshot.transactions) ?? [];
    const expects = expectsOf(table.path, replacement, snapshot.transactions);
    const before = replacement.withExpired ? null : expiredBefore(snapshot);
    const isKept = (file: AddFile) => !isExpired(dateOf(file, table.dateColumn), before);
    // Put in by an earlier call whose caller failed later: no version may take out a file and add it again.
    const isIn = pathsIn(snapshot.files, replacement.files);
    const files = replacement.files.filter((file) => isKept(file) && !isIn.has(file.path));
    const { removes, rewritten, gone } = await rowsOut(
      deps,
      // Another process may have added a column since the last look, and rows that have it.
      { ...table, columns: shapeOf(table.path, snapshot).columns },
      snapshot.files.filter((file) => isKept(file) && !isIn.has(file.path)),
      replacement,
    );
    const dropUnwanted = () =>
      dropDataFiles(
        deps.store,
        table.path,
        replacement.files.filter((file) => !isKept(file)),
      );
    if (removes.length + files.length === 0) {
      await dropUnwanted();
      return { rowsRemoved: 0, rowsAdded: 0, filesRewritten: 0, filesGone: [] };
    }
    try {
      await table.delta.changeFiles({
        removes,
        files: [...rewritten, ...files],
        dataChange: true,
        transactions: [...updatesOf(replacement, snapshot.transactions), ...held],
        expects,
        operation: 'REBUILD',
        operationParameters: { stream },
        id,
      });
      await dropUnwanted();
      return {
        rowsRemoved: rowsOf(removes) - rowsOf(rewritten),
        rowsAdded: rowsOf(files),
        filesRewritten: rewritten.length,
        filesGone: gone.map(({ path, stats }) => ({ path, rows: stats === '' ? null : rowsOf([{ stats }]) })),
      };
    } catch (error) {
      if (!isConflict(error)) throw error;
      await dropDataFiles(deps.store, table.path, rewritten);
    }
  }
}

function pathsIn(live: readonly AddFile[], wanted: readonly AddFile[]): ReadonlySet<string> {
  const paths = new Set(wanted.map(({ path }) => path));
  return new Set(live.map(({ path }) => path).filter((path) => paths.has(path)));
}

interface RowsOut {
  readonly removes: readonly AddFile[];
  /** What the removed files hold besides, in new files. */
  readonly rewritten: readonly AddFile[];
  /** Removed files that are in the table's log but not in the store. */
  readonly gone: readonly AddFile[];
}

async function rowsOut(
  deps: UpkeepDeps,
  table: LakeTable,
  files: readonly AddFile[],
  positions: SourcePositions,
): Promise<RowsOut> {
  const removes: AddFile[] = [];
  const rewritten: AddFile[] = [];
  const gone: AddFile[] = [];
  for (const file of files.filter((one) => mayComeFrom(one, positions.ranges))) {
    deps.progress(`${table.path}: looking at ${file.path}`);
    const { inside, outside } = await countSources(deps, table.path, file, positions).catch(
      async (error: unknown) => {
        if ((await deps.store.get(`${table.path}/${file.path}`)) !== null) throw error;
        // Should a compaction have replaced it and vacuum have been there, the commit fails and we look again.
        gone.push(file);
        return { inside: 1, outside: 0 };
      },
    );
    if (inside === 0) continue;
    removes.push(file);
    if (outside === 0) continue;
    const rest = restOf(deps, table, file, (part) => rowsOutside(part, positions));
    rewritten.push(await writeDataFile(deps, table, file.partitionValues, rest));
  }
  return { removes, rewritten, gone };
}

async function* restOf(
  deps: UpkeepDeps,
  { path, columns }: LakeTable,
  file: AddFile,
  rest: (part: ColumnTable) => ColumnTable,
): AsyncGenerator<ColumnTable> {
  for await (const part of readTables(deps, path, file, columns)) {
    const kept = rest(part);
    if (kept.rows > 0) yield kept;
  }
}

const rowsOf = (files: readonly Pick<AddFile, 'stats'>[]): number =>
  files.reduce((sum, file) => sum + (fileStatsOf(file).rows ?? 0), 0);

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

/** Positions at which the table still stands, and that nobody else replaced rows. */
function expectsOf(
  path: string,
  { stream, ranges, files, madeAt }: Replacement,
  known: ReadonlyMap<string, bigint>,
): readonly { readonly appId: string; readonly expected: bigint | null }[] {
  const then = madeAt?.get(path);
  // To take rows out is right whatever others added.
  if (!then || files.length === 0) return [];
  const appIds = [...ranges.keys()].map((partition) => `${stream}/${partition}`);
  appIds.push(`${stream}#rebuild`);
  const names = [...new Set([...then.keys(), ...known.keys()])].filter((name) =>
    appIds.some((appId) => name === appId || name.startsWith(`${appId}#bits`)),
  );
  if (names.some((name) => then.get(name) !== known.get(name)))
    throw new GondolaError('commit_conflict', `${path}: others changed its rows meanwhile`, true);
  return [...new Set([...names, ...appIds])].map((appId) => ({ appId, expected: known.get(appId) ?? null }));
}
