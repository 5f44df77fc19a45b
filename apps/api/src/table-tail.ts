import { changesSince, readSnapshot, type AddFile, type TableSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import { GondolaError, type ObjectStore } from '@gondola/stream';

/** Column -> value; the partition column is not among them. */
export type TableRow = Readonly<Record<string, unknown>>;

export interface TableRows<T> {
  /** In commit order. */
  readonly rows: readonly T[];
  /** The rows come from a snapshot: some may have been given before. */
  readonly isSnapshot: boolean;
}

export interface TableTailOptions<T> {
  /** Folder of the table in the object store. */
  readonly table: string;
  /** With a snapshot, only files of this many days before the newest `event_date`. */
  readonly historyDays: number;
  /** Puts rows together, in their order, so that fewer are held. */
  readonly fold?: (rows: readonly T[]) => T[];
}

const DAY_MS = 86_400_000;
const BEFORE_FIRST = -1;
/** Rows that are read before they are folded, beside twice as many as there were after the last time. */
const FOLD_ROWS = 10_000;

/**
 * Follows one table: the first read gives what is there, each further one what was added since. A table that does
 * not exist yet is an empty one.
 */
export class TableTail<T> {
  private version: number | null = null;

  constructor(
    private readonly store: ObjectStore,
    private readonly options: TableTailOptions<T>,
    private readonly convert: (row: TableRow) => T,
  ) {}

  /**
   * Errors: `environment_mismatch`, those of the store and of `convert`; then nothing is lost, the next call reads
   * the same again.
   */
  async read(): Promise<TableRows<T>> {
    if (this.version === null) return this.readAll();
    try {
      return await this.readNew(this.version);
    } catch (error) {
      // Compacted and cleaned while we were away: what is there now is all there is.
      if (error instanceof GondolaError && error.code === 'position_gap') return this.readAll();
      throw error;
    }
  }

  private async readAll(): Promise<TableRows<T>> {
    const snapshot = await this.snapshot();
    // Everything in a table that appears later is new.
    const files = snapshot ? recentFiles(snapshot.files, this.options.historyDays) : [];
    const rows = await this.rowsOf(files);
    this.version = snapshot ? snapshot.version : BEFORE_FIRST;
    return { rows, isSnapshot: true };
  }

  private snapshot(): Promise<TableSnapshot | null> {
    return readSnapshot(this.store, this.options.table, readCheckpoint);
  }

  private async readNew(version: number): Promise<TableRows<T>> {
    const changes = await changesSince(this.store, this.options.table, version);
    if (changes.length === 0) return { rows: [], isSnapshot: false };
    if (version === BEFORE_FIRST) await this.snapshot();
    const rows = await this.rowsOf(changes.flatMap((change) => change.added));
    this.version = changes[changes.length - 1].version;
    return { rows, isSnapshot: false };
  }

  private async rowsOf(files: readonly AddFile[]): Promise<T[]> {
    const { fold } = this.options;
    let rows: T[] = [];
    let foldAt = FOLD_ROWS;
    for (const { path } of files) {
      const bytes = await this.store.get(`${this.options.table}/${path}`);
      // Vacuumed between reading the log and the file: the caller asks again.
      if (!bytes) throw new GondolaError('lake_unavailable', `${this.options.table}/${path} is gone`, true);
      for (const row of await this.decode(path, bytes)) rows.push(this.convert(row));
      if (!fold || rows.length < foldAt) continue;
      rows = fold(rows);
      foldAt = 2 * rows.length + FOLD_ROWS;
    }
    return rows;
  }

  private async decode(path: string, bytes: Uint8Array): Promise<readonly TableRow[]> {
    try {
      return await readParquet(bytes);
    } catch (cause) {
      const message = `${this.options.table}/${path} cannot be read as Parquet`;
      throw new GondolaError('lake_corrupt', message, false, { cause });
    }
  }
}

/** Counted back from the newest day in the table, not from today: replays of old years are read too. */
function recentFiles(files: readonly AddFile[], historyDays: number): readonly AddFile[] {
  const dayMs = (file: AddFile): number => Date.parse(file.partitionValues['event_date'] ?? '');
  const newestMs = files.reduce((newest, file) => Math.max(newest, dayMs(file) || -Infinity), -Infinity);
  const oldestMs = newestMs - historyDays * DAY_MS;
  return files.filter((file) => !(dayMs(file) <= oldestMs));
}
