import { changesSince, readSnapshot, type AddFile, type TableSnapshot } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import { GondolaError, type ObjectStore } from '@gondola/stream';

export interface NewFiles {
  /** In commit order. */
  readonly files: readonly AddFile[];
  /** They are what the table holds now: some may have been given before. */
  readonly isSnapshot: boolean;
  /** To be called once they are read: only then the next ones are given. */
  taken(): void;
}

export interface TableFilesOptions {
  /** Folder of the table in the object store. */
  readonly table: string;
  /** With a snapshot, only files of this many days before the newest `event_date`. */
  readonly historyDays: number;
  /** Where rows were taken out of the table, what is there now is given, as at first. */
  readonly heedsRemovals?: boolean;
}

const DAY_MS = 86_400_000;
const BEFORE_FIRST = -1;

/**
 * Follows the log of one table: first the files that are there, then those that were added since. A table that does not exist
 * yet is an empty one.
 */
export class TableFiles {
  private version: number | null = null;

  constructor(
    private readonly store: ObjectStore,
    private readonly options: TableFilesOptions,
  ) {}

  /** Errors: `environment_mismatch` and those of the store. */
  async next(): Promise<NewFiles> {
    if (this.version === null) return this.all();
    try {
      return await this.added(this.version);
    } catch (error) {
      // Compacted and cleaned while we were away: what is there now is all there is.
      if (error instanceof GondolaError && error.code === 'position_gap') return this.all();
      throw error;
    }
  }

  /** What is there now. Errors: as those of `next`. */
  async all(): Promise<NewFiles> {
    const snapshot = await this.snapshot();
    // Everything in a table that appears later is new.
    const files = snapshot ? recentFiles(snapshot.files, this.options.historyDays) : [];
    return this.given(files, true, snapshot ? snapshot.version : BEFORE_FIRST);
  }

  private snapshot(): Promise<TableSnapshot | null> {
    return readSnapshot(this.store, this.options.table, readCheckpoint);
  }

  private async added(version: number): Promise<NewFiles> {
    const changes = await changesSince(this.store, this.options.table, version);
    if (changes.length === 0) return this.given([], false, version);
    if (this.options.heedsRemovals && changes.some((change) => change.hasRemoved)) return this.all();
    if (version === BEFORE_FIRST) await this.snapshot();
    const files = changes.flatMap((change) => change.added);
    return this.given(files, false, changes[changes.length - 1].version);
  }

  private given(files: readonly AddFile[], isSnapshot: boolean, version: number): NewFiles {
    return { files, isSnapshot, taken: () => void (this.version = version) };
  }
}

/** Counted back from the newest day in the table, not from today: replays of old years are read too. */
function recentFiles(files: readonly AddFile[], historyDays: number): readonly AddFile[] {
  const dayMs = (file: AddFile): number => Date.parse(file.partitionValues['event_date'] ?? '');
  const newestMs = files.reduce((newest, file) => Math.max(newest, dayMs(file) || -Infinity), -Infinity);
  const oldestMs = newestMs - historyDays * DAY_MS;
  return files.filter((file) => !(dayMs(file) <= oldestMs));
}
