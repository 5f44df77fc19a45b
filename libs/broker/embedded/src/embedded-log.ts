import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { GondolaError, SetupError, type Checkpoint, type OutgoingRecord } from '@gondola/stream';
import { encodeBlock, type StoredBlock } from './block.js';

export interface PartitionEnds {
  readonly partition: string;
  /** Position of the oldest kept record. */
  readonly first: number;
  /** Position that the next record will get. */
  readonly next: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS partition (stream TEXT, partition INTEGER, first INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (stream, partition)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS block (stream TEXT, partition INTEGER, base INTEGER, next INTEGER NOT NULL,
    time_ms REAL NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS block_next ON block (stream, partition, next);
  CREATE TABLE IF NOT EXISTS producer (stream TEXT, id TEXT, sequence INTEGER NOT NULL,
    PRIMARY KEY (stream, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS reader (reader TEXT, stream TEXT, partition INTEGER, position INTEGER NOT NULL,
    PRIMARY KEY (reader, stream, partition)) WITHOUT ROWID;
`;

/** What one block holds at the most: bounds what a read takes at once. A larger record is a block of its own. */
const BLOCK_RECORDS_MAX = 2_000;
const BLOCK_BYTES_MAX = 8 << 20;

/** How long a call may hold up this thread for another process's write; longer waits are the caller's to repeat. */
const LOCK_WAIT_MS = 50;
/** The same while the file is made or opened: nothing runs yet that could be held up. */
const OPEN_WAIT_MS = 10_000;

/**
 * A partitioned log in one SQLite file: the stream that needs no broker. Several processes may have it open. An append
 * is one transaction, synced to disk before it returns, so that kill -9 or a power cut leaves all of it or nothing.
 */
export class EmbeddedLog {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private readonly appended = new EventEmitter().setMaxListeners(0);

  private constructor(readonly path: string) {
    makeFolder(dirname(path));
    this.db = new DatabaseSync(path, { timeout: OPEN_WAIT_MS });
    this.db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    this.db.exec(SCHEMA);
    this.db.exec(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`);
  }

  static open(path: string): EmbeddedLog {
    try {
      return new EmbeddedLog(path);
    } catch (error) {
      throw new SetupError(
        'stream_unavailable',
        `the stream file ${path} cannot be opened: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  /** Makes the stream when it is not there; the number of partitions of a stream never changes. */
  createStream(stream: string, partitions: number): void {
    this.transaction(() => {
      if (this.ends(stream).length > 0) return;
      for (let partition = 0; partition < partitions; partition++)
        this.run('INSERT INTO partition VALUES (?, ?, 0, 0)', stream, partition);
    });
  }

  ends(stream: string): PartitionEnds[] {
    const rows = this.all(
      'SELECT partition, first, next FROM partition WHERE stream = ? ORDER BY partition',
      stream,
    );
    return rows.map((row) => ({
      partition: String(row['partition']),
      first: Number(row['first']),
      next: Number(row['next']),
    }));
  }

  /** See RecordSink.append. Records with equal keys stay in one partition, in order. */
  append(
    stream: string,
    records: readonly OutgoingRecord[],
    producer?: { id: string; sequence: number },
  ): void {
    this.transaction(() => {
      const ends = this.ends(stream);
      if (ends.length === 0)
        throw new SetupError('stream_unavailable', `there is no stream ${stream} in ${this.path}`);
      const known = producer ? this.lastSequence(stream, producer.id) : -1;
      const fresh = producer ? records.slice(Math.max(0, known + 1 - producer.sequence)) : records;
      if (fresh.length === 0) return;
      const byPartition = Map.groupBy(fresh, (record) => partitionOf(record, ends.length));
      for (const [partition, all] of byPartition)
        for (const records of blocksOf(all)) this.appendBlock(stream, partition, records);
      if (producer)
        this.run(
          'INSERT INTO producer VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence',
          stream,
          producer.id,
          producer.sequence + records.length - 1,
        );
    });
    this.appended.emit(stream);
  }

  /** Ids of all that have appended with numbers. */
  producers(stream: string): string[] {
    return this.all('SELECT id FROM producer WHERE stream = ? ORDER BY id', stream).map((row) =>
      String(row['id']),
    );
  }

  lastSequence(stream: string, producerId: string): number {
    const row = this.all('SELECT sequence FROM producer WHERE stream = ? AND id = ?', stream, producerId)[0];
    return row ? Number(row['sequence']) : -1;
  }

  /** Blocks that hold `from` and what follows, up to about `bytesMax`. */
  read(stream: string, partition: string, from: number, bytesMax: number): StoredBlock[] {
    const statement = this.prepare(
      'SELECT base, checksum, body FROM block WHERE stream = ? AND partition = ? AND next > ? ORDER BY next',
    );
    return this.guard(() => {
      const blocks: StoredBlock[] = [];
      let bytes = 0;
      for (const row of statement.iterate(stream, Number(partition), from)) {
        const body = row['body'] as Uint8Array;
        if (crc32(body) !== Number(row['checksum']))
          throw this.damaged(stream, partition, Number(row['base']));
        blocks.push({ base: Number(row['base']), body });
        bytes += body.length;
        if (bytes >= bytesMax) break;
      }
      return blocks;
    });
  }

  /** Forgets blocks whose newest record is older than `beforeMs`. */
  trim(stream: string, beforeMs: number): void {
    this.transaction(() => {
      this.run('DELETE FROM block WHERE stream = ? AND time_ms < ?', stream, beforeMs);
      this.run(
        `UPDATE partition SET first = coalesce((SELECT min(base) FROM block
           WHERE block.stream = partition.stream AND block.partition = partition.partition), next) WHERE stream = ?`,
        stream,
      );
    });
  }

  saveReader(reader: string, stream: string, upTo: Checkpoint): void {
    this.transaction(() => {
      for (const [partition, position] of upTo)
        this.run(
          'INSERT INTO reader VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
          reader,
          stream,
          Number(partition),
          position,
        );
    });
  }

  /** Resolves at the next append of this process to the stream, or when `signal` aborts. */
  nextAppend(stream: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.appended.off(stream, done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.appended.once(stream, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  close(): void {
    if (this.db.isOpen) this.db.close();
  }

  private damaged(stream: string, partition: string, base: number): GondolaError {
    const where = `${stream}/${partition}, position ${base}`;
    return new GondolaError('stream_corrupt', `${this.path}: the block of ${where} is damaged`, false);
  }

  private appendBlock(stream: string, partition: number, records: readonly OutgoingRecord[]): void {
    const body = encodeBlock(records);
    const row = this.all(
      'UPDATE partition SET next = next + ? WHERE stream = ? AND partition = ? RETURNING next',
      records.length,
      stream,
      partition,
    )[0];
    const next = Number(row['next']);
    const timeMs = Math.max(...records.map((record) => record.timestampMs));
    this.run(
      'INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?)',
      stream,
      partition,
      next - records.length,
      next,
      timeMs,
      crc32(body),
      body,
    );
  }

  private transaction(body: () => void): void {
    this.guard(() => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        body();
        this.db.exec('COMMIT');
      } catch (error) {
        if (this.db.isTransaction) this.db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  private run(sql: string, ...values: (string | number | bigint | Uint8Array)[]): void {
    this.guard(() => this.prepare(sql).run(...values));
  }

  private all(sql: string, ...values: (string | number | bigint)[]): Record<string, unknown>[] {
    return this.guard(() => this.prepare(sql).all(...values));
  }

  private prepare(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.db.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }

  private guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw streamError(error, this.path);
    }
  }
}

function* blocksOf(records: readonly OutgoingRecord[]): Generator<OutgoingRecord[]> {
  let block: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = (record.key?.length ?? 0) + (record.value?.length ?? 0);
    if (block.length > 0 && (block.length >= BLOCK_RECORDS_MAX || bytes + size > BLOCK_BYTES_MAX)) {
      yield block;
      block = [];
      bytes = 0;
    }
    block.push(record);
    bytes += size;
  }
  if (block.length > 0) yield block;
}

function partitionOf(record: OutgoingRecord, partitions: number): number {
  return crc32(record.key ?? record.value ?? new Uint8Array(0)) % partitions;
}

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html */
const SQLITE = { busy: 5, locked: 6, ioError: 10, corrupt: 11, full: 13, notADatabase: 26 };
const RETRIABLE: readonly number[] = [SQLITE.busy, SQLITE.locked, SQLITE.ioError, SQLITE.full];
const DAMAGED: readonly number[] = [SQLITE.corrupt, SQLITE.notADatabase];

/** By shape: errors of Node's own modules need not be instances of this realm's Error. */
function streamError(error: unknown, path: string): unknown {
  if (error instanceof GondolaError || typeof error !== 'object' || error === null || !('errcode' in error))
    return error;
  const code = Number(error.errcode) & 0xff;
  const message = `the stream file ${path}: ${messageOf(error)}`;
  if (DAMAGED.includes(code)) return new GondolaError('stream_corrupt', message, false, { cause: error });
  return new GondolaError('stream_unavailable', message, RETRIABLE.includes(code), { cause: error });
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}

/** Step by step: Node's recursive mkdir does not return at all under /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
}
