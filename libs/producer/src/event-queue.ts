import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { GondolaError, SetupError } from '@gondola/stream';

export interface QueuedEvent {
  /** Ascends in the order of sending and is never given twice, also after a restart. */
  readonly number: number;
  readonly subject: string;
  readonly eventId: string;
  /** The structured CloudEvent. */
  readonly body: Uint8Array;
}

const SCHEMA = `CREATE TABLE IF NOT EXISTS event (number INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL,
  event_id TEXT NOT NULL, body BLOB NOT NULL)`;

/**
 * What was sent and not answered yet, oldest first: an SQLite file, or memory without one. What `append` returned for
 * survives kill -9; a power cut may take the last moments (the write-ahead log is synced now and then, not each time).
 */
export class EventQueue {
  events = 0;
  bytes = 0;
  private readonly db: DatabaseSync;
  private readonly insert: StatementSync;
  private readonly select: StatementSync;
  private readonly remove: StatementSync;

  /** Errors: `config_invalid` when the file cannot be opened or is another process's. */
  constructor(
    file: string | null,
    private readonly bytesMax: number,
  ) {
    try {
      if (file !== null) mkdirSync(dirname(file), { recursive: true });
      this.db = new DatabaseSync(file ?? ':memory:', { timeout: 0 });
      // One process at a time: two would send each other's events twice.
      this.db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      this.db.exec(SCHEMA);
      this.insert = this.db.prepare('INSERT INTO event (subject, event_id, body) VALUES (?, ?, ?)');
      this.select = this.db.prepare(
        'SELECT number, subject, event_id, body FROM event ORDER BY number LIMIT ?',
      );
      this.remove = this.db.prepare('DELETE FROM event WHERE number <= ?');
      const sums = this.db.prepare('SELECT count(*) AS events, sum(length(body)) AS bytes FROM event').get();
      this.events = Number(sums?.['events'] ?? 0);
      this.bytes = Number(sums?.['bytes'] ?? 0);
    } catch (error) {
      throw new SetupError(
        'config_invalid',
        `queueFile: ${file} cannot be used (each producer needs its own): ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /** Its number. Errors: `queue_full`, also when the disk is. */
  append({ subject, eventId, body }: Omit<QueuedEvent, 'number'>): number {
    if (this.bytes + body.length > this.bytesMax)
      throw new GondolaError(
        'queue_full',
        `the queue holds ${this.events} events, which is all it may`,
        true,
      );
    let number: number;
    try {
      number = Number(this.insert.run(subject, eventId, body).lastInsertRowid);
    } catch (error) {
      throw new GondolaError('queue_full', `the queue cannot be written: ${messageOf(error)}`, true, {
        cause: error,
      });
    }
    this.events++;
    this.bytes += body.length;
    return number;
  }

  /** The oldest, at least one when there is any. Errors: SQLite's. */
  head(eventsMax: number, bytesMax: number): readonly QueuedEvent[] {
    const head: QueuedEvent[] = [];
    let bytes = 0;
    for (const row of this.select.iterate(eventsMax)) {
      const body = row['body'] as Uint8Array;
      bytes += body.length;
      if (head.length > 0 && bytes > bytesMax) break;
      head.push({
        number: Number(row['number']),
        subject: String(row['subject']),
        eventId: String(row['event_id']),
        body,
      });
    }
    return head;
  }

  /** These were answered: the head, or its first part. Errors: SQLite's; then nothing is forgotten. */
  forget(answered: readonly QueuedEvent[]): void {
    const last = answered.at(-1);
    if (!last) return;
    this.remove.run(last.number);
    this.events -= answered.length;
    for (const { body } of answered) this.bytes -= body.length;
  }

  close(): void {
    this.db.close();
  }
}

/** By shape: errors of Node's own modules need not be instances of this realm's Error. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
