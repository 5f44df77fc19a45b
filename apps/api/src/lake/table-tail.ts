import type { AddFile } from '@gondola/lake-delta';
import { readParquet } from '@gondola/lake-parquet';
import { GondolaError, type ObjectStore } from '@gondola/stream';
import { TableFiles, type TableFilesOptions } from './table-files.js';

/** Column -> value; the partition column is not among them. */
export type TableRow = Readonly<Record<string, unknown>>;

export interface TableRows<T> {
  /** In commit order. */
  readonly rows: readonly T[];
  /** The rows come from a snapshot: some may have been given before. */
  readonly isSnapshot: boolean;
}

export interface TableTailOptions<T> extends TableFilesOptions {
  /** Puts rows together, in their order, so that fewer are held. */
  readonly fold?: (rows: readonly T[]) => T[];
  /** Of a snapshot, which may have a million rows in as many files: what makes the same rows of each file smaller. */
  readonly packer?: () => (rows: readonly T[]) => readonly T[];
}

/** Rows that are read before they are folded, beside twice as many as there were after the last time. */
const FOLD_ROWS = 10_000;

/**
 * Follows one table: the first read gives what is there, each further one what was added since. A table that does
 * not exist yet is an empty one.
 */
export class TableTail<T> {
  private readonly files: TableFiles;

  constructor(
    private readonly store: ObjectStore,
    private readonly options: TableTailOptions<T>,
    private readonly convert: (row: TableRow) => T,
  ) {
    this.files = new TableFiles(store, options);
  }

  /**
   * Errors: `environment_mismatch`, those of the store and of `convert`; then nothing is lost, the next call reads
   * the same again.
   */
  async read(): Promise<TableRows<T>> {
    const { files, isSnapshot, taken } = await this.files.next();
    const rows = await this.rowsOf(files, isSnapshot);
    taken();
    return { rows, isSnapshot };
  }

  private async rowsOf(files: readonly AddFile[], isSnapshot: boolean): Promise<T[]> {
    const { fold, packer } = this.options;
    const pack = isSnapshot ? packer?.() : undefined;
    let rows: T[] = [];
    let foldAt = FOLD_ROWS;
    for (const { path } of files) {
      const bytes = await this.store.get(`${this.options.table}/${path}`);
      // Vacuumed between reading the log and the file: the caller asks again.
      if (!bytes) throw new GondolaError('lake_unavailable', `${this.options.table}/${path} is gone`, true);
      const read = (await this.decode(path, bytes)).map((row) => this.convert(row));
      for (const row of pack ? pack(read) : read) rows.push(row);
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
