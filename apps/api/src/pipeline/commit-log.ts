import { changesSince, readSnapshot, type AddFile } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import { GondolaError, type ObjectStore } from '@gondola/stream';

/** What a version brought, as its log says it: no data file is read. */
export interface TableCommit {
  /** By the clock of who wrote it. */
  readonly atMs: number;
  readonly rows: number;
  /** Newest event time in it, -Infinity where the log does not say. */
  readonly eventMs: number;
}

const COMMITS_MAX = 200;

/** The newest commits of one table, the oldest first. */
export class CommitLog {
  private version: number | null = null;
  private newest: TableCommit[] = [];
  private seen: TableCommit[] = [];

  constructor(
    private readonly store: ObjectStore,
    readonly table: string,
  ) {}

  get commits(): readonly TableCommit[] {
    return this.newest;
  }

  /** Those that came while we looked: what a snapshot has may have been put together anew, and has no pace. */
  get seenComing(): readonly TableCommit[] {
    return this.seen;
  }

  /** Errors: those of the lake; the next call reads the same again. */
  async read(): Promise<void> {
    if (this.version === null) return this.readAll();
    try {
      const changes = await changesSince(this.store, this.table, this.version);
      for (const { version, added } of changes) {
        if (added.length > 0) this.take(commitOf(added));
        this.version = version;
      }
    } catch (error) {
      if (!(error instanceof GondolaError && error.code === 'position_gap')) throw error;
      await this.readAll();
    }
  }

  private take(commit: TableCommit): void {
    for (const list of [this.newest, this.seen]) {
      list.push(commit);
      if (list.length > COMMITS_MAX) list.shift();
    }
  }

  private async readAll(): Promise<void> {
    const snapshot = await readSnapshot(this.store, this.table, readCheckpoint);
    if (!snapshot) return;
    // Which files came together is no longer known: each counts for itself.
    const files = snapshot.files.toSorted((a, b) => a.modificationTime - b.modificationTime);
    this.newest = files.slice(-COMMITS_MAX).map((file) => commitOf([file]));
    this.version = snapshot.version;
  }
}

function commitOf(files: readonly AddFile[]): TableCommit {
  const stats = files.map(statsOf);
  return {
    atMs: Math.max(...files.map(({ modificationTime }) => modificationTime)),
    rows: stats.reduce((sum, { rows }) => sum + rows, 0),
    eventMs: Math.max(...stats.map(({ eventMs }) => eventMs)),
  };
}

function statsOf({ stats }: AddFile): { readonly rows: number; readonly eventMs: number } {
  const told = stats === '' ? {} : (JSON.parse(stats) as { numRecords?: number; maxValues?: unknown });
  const { event_time: text } = (told.maxValues ?? {}) as { event_time?: unknown };
  const eventMs = typeof text === 'string' ? Date.parse(text) : NaN;
  return { rows: told.numRecords ?? 0, eventMs: Number.isNaN(eventMs) ? -Infinity : eventMs };
}
