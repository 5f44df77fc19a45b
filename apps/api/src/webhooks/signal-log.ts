import { signalOfRow, type Signal } from '@gondola/events';
import { changesSince, readSnapshot, type AddFile } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';

/** A place in the log of the signals table: after all of `version`, and after so many rows of the next one. */
export interface Place {
  /** -1: before the first. */
  readonly version: number;
  readonly rows: number;
}

export interface LoggedSignal {
  readonly signal: Signal;
  /** Right after it. */
  readonly place: Place;
  /** When it was written, by the writer's clock: milliseconds since 1970. */
  readonly writtenMs: number;
}

/** Versions whose rows are kept for the other subscriptions, which read the same ones soon. */
const VERSIONS_KEPT = 4;

interface Change {
  readonly version: number;
  readonly added: readonly AddFile[];
}

/** The signals table, read by several at their own places. */
export class SignalTable {
  private readonly table: string;
  private readonly recent = new Map<number, Promise<LoggedSignal[] | null>>();

  constructor(
    private readonly store: ObjectStore,
    environment: string,
  ) {
    this.table = `${environment}/signals`;
  }

  /** After what is there now. Errors: those of the store. */
  async end(): Promise<Place> {
    const snapshot = await readSnapshot(this.store, this.table, readCheckpoint);
    return { version: snapshot?.version ?? -1, rows: 0 };
  }

  /** Errors: `position_gap` where the log no longer reaches back that far, those of the store. */
  changesAfter({ version }: Place): Promise<Change[]> {
    return changesSince(this.store, this.table, version);
  }

  /** Null: a file of it is gone, put into another one while nobody sent. Errors: `lake_unavailable`, `lake_corrupt`. */
  async signalsOf(change: Change): Promise<readonly LoggedSignal[] | null> {
    const known = this.recent.get(change.version);
    if (known) return known;
    const reading = this.read(change);
    this.recent.set(change.version, reading);
    for (const version of this.recent.keys())
      if (this.recent.size > VERSIONS_KEPT) this.recent.delete(version);
    try {
      return await reading;
    } catch (error) {
      this.recent.delete(change.version);
      throw error;
    }
  }

  private async read({ version, added }: Change): Promise<LoggedSignal[] | null> {
    const logged: LoggedSignal[] = [];
    for (const { path, modificationTime: writtenMs } of added) {
      const bytes = await this.store.get(`${this.table}/${path}`);
      if (!bytes) return null;
      for (const row of await readParquet(bytes)) {
        const place = { version: version - 1, rows: logged.length + 1 };
        logged.push({ signal: signalOfRow(row), place, writtenMs });
      }
    }
    return logged;
  }
}

/** Reads on from a place, a version of the table at a time. */
export class SignalLog {
  private changes: Change[] = [];

  constructor(
    private readonly table: SignalTable,
    private at: Place,
    private readonly onGone: (version: number) => void,
  ) {}

  /** Up to where it was read. */
  get place(): Place {
    return this.at;
  }

  /** Goes there, whatever lies between. */
  skipTo(place: Place): void {
    this.changes = [];
    this.at = place;
  }

  /** What is next; null: nothing yet. After an error nothing is lost: the next call reads the same. */
  async next(): Promise<readonly LoggedSignal[] | null> {
    if (this.changes.length === 0) this.changes = await this.table.changesAfter(this.at);
    const [change] = this.changes;
    if (!change) return null;
    const rows = await this.table.signalsOf(change);
    const before = this.at.rows;
    this.changes.shift();
    this.at = { version: change.version, rows: 0 };
    if (rows === null) this.onGone(change.version);
    return rows?.slice(before) ?? [];
  }
}
