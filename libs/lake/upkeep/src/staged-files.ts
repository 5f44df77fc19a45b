import { createHash, randomUUID } from 'node:crypto';
import { dataFilePath, type AddFile, type TableSnapshot } from '@gondola/lake-delta';
import { dropDataFiles } from './data-file.js';
import type { UpkeepDeps } from './upkeep-deps.js';

/** Begins with an underscore: for every engine not data, so none deletes it as such. */
export const STAGED_FOLDER = '_widen';

/**
 * Files that waited longer are not committed: to vacuum they look like those of a dead writer. They are copied, which takes
 * a small part of the time of writing them, so that a table that takes days is done some day.
 */
const FILE_AGE_MS_MAX = 12 * 3_600_000;

/**
 * Files that were written to take the place of others and are in no version yet, each with a note by which the next run
 * finds it. Two runs at once may use each other's files: only one of them can commit.
 */
export class StagedFiles {
  /** Files that an earlier run had written. */
  resumed = 0;
  private readonly mine = new Map<string, AddFile>();

  private constructor(
    private readonly deps: UpkeepDeps,
    private readonly table: string,
    private readonly change: string,
    /** Paths of the notes, and sizes of data files, that were there at the start. */
    private readonly found: ReadonlyMap<string, number>,
  ) {}

  /** `change` says what is done to files: notes of another change are not taken. */
  static async open(deps: UpkeepDeps, table: string, change: string): Promise<StagedFiles> {
    const found = new Map<string, number>();
    const notes = await deps.store.list(`${table}/${STAGED_FOLDER}`);
    if (notes.length > 0)
      for await (const { path, bytes } of deps.store.listAll(table)) found.set(path, bytes);
    return new StagedFiles(deps, table, change, found);
  }

  /** What was written for a file, null when there is nothing that can be used. */
  async find(source: AddFile): Promise<AddFile | null> {
    const known = this.mine.get(source.path) ?? (await this.readNote(source));
    if (!known) return null;
    if (!this.isFresh(known)) return this.copy(source, known);
    this.mine.set(source.path, known);
    return known;
  }

  /** Under a new name: vacuum may be about to delete the old one, and another run about to commit it. */
  private async copy(source: AddFile, known: AddFile): Promise<AddFile | null> {
    const { store, clock } = this.deps;
    const bytes = await store.get(`${this.table}/${known.path}`);
    if (bytes?.length !== known.size) return null;
    const path = dataFilePath(known.partitionValues, `part-${randomUUID()}.zstd.parquet`);
    await store.put(`${this.table}/${path}`, bytes);
    return this.add(source, { ...known, path, modificationTime: clock.nowMs() });
  }

  /** Whether a file may still be committed. */
  isFresh({ modificationTime }: AddFile): boolean {
    return modificationTime >= this.deps.clock.nowMs() - FILE_AGE_MS_MAX;
  }

  async add(source: AddFile, written: AddFile): Promise<AddFile> {
    this.mine.set(source.path, written);
    await this.deps.store.put(this.noteOf(source), new TextEncoder().encode(JSON.stringify(written)));
    return written;
  }

  private async readNote(source: AddFile): Promise<AddFile | null> {
    const note = this.noteOf(source);
    const bytes = this.found.has(note) ? await this.deps.store.get(note) : null;
    if (!bytes) return null;
    const written = JSON.parse(new TextDecoder().decode(bytes)) as AddFile;
    if (this.found.get(`${this.table}/${written.path}`) !== written.size) return null;
    this.resumed++;
    return written;
  }

  /** Deletes what was written and came into no version. */
  async drop({ files, tombstones }: Pick<TableSnapshot, 'files' | 'tombstones'>): Promise<void> {
    const used = new Set([...files, ...tombstones].map(({ path }) => path));
    const unused = [...this.mine.values()].filter(({ path }) => !used.has(path));
    await dropDataFiles(this.deps.store, this.table, unused);
    await this.forget();
  }

  private async forget(): Promise<void> {
    for (const { path } of await this.deps.store.list(`${this.table}/${STAGED_FOLDER}`))
      await this.deps.store.delete(path);
  }

  /** By what the file is, too: a path that was written over is another file. */
  private noteOf({ path, size, modificationTime }: AddFile): string {
    const hash = createHash('sha256').update(JSON.stringify([path, size, modificationTime, this.change]));
    return `${this.table}/${STAGED_FOLDER}/${hash.digest('hex')}.json`;
  }
}
