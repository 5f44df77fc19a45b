import type { Checkpoint, Position } from './position.js';
import type { BatchContext } from './stage.js';
import type { OutgoingRecord } from './record-batch-of.js';
import type { Published } from './watcher.js';

/** A stream that takes records, partitioned by key. */
export interface RecordSink {
  readonly stream: string;
  /**
   * Appends in order and resolves once all are durable, or throws with nothing appended.
   * With a producer, records up to the sequence already known for that producer id are skipped: `sequence` numbers
   * the first record, the next one has `sequence + 1`. This is what makes a retry after a crash repeat nothing.
   */
  append(records: readonly OutgoingRecord[], producer?: { id: string; sequence: number }): Promise<void>;
  /** Sequence of the last record that this producer appended, -1 when there is none. */
  lastSequence(producerId: string): Promise<number>;
}

/**
 * Where a pipeline's values end: a table, several tables, a stream. Writes are buffered; a commit publishes them
 * together with the positions they reach. The runner commits a pipeline's sinks in the order they are written in.
 */
export interface CommitSink<T> {
  readonly name: string;
  /**
   * Partitions are ours now. Returns for each the position of the next record this sink needs, null for the oldest
   * there is; partitions it has no say on are left out. The runner starts at the least that any sink needs.
   */
  assigned(partitions: readonly string[]): Promise<ReadonlyMap<string, Position | null>>;
  /** Buffers. Skips records below the sink's own position, so a crash between two commits repeats nothing. */
  write(value: T, context: BatchContext): void;
  /** Rows and bytes in the buffer, for the batch policy, and of how many days where these may be many. */
  buffered(): { readonly rows: number; readonly bytes: number; readonly days?: number };
  /**
   * Makes everything buffered readable, with `upTo`, in one atomic step. Throws `FencedError` when another writer
   * was there, a retriable error when the store refused: then nothing is lost from the buffer and the call may be
   * repeated.
   */
  commit(upTo: Checkpoint): Promise<void>;
  /** What the last commit made readable, by table and stream: for lineage. */
  published?(): readonly Published[];
  /** The next commit is the last of this run, unless it is fenced: whoever comes next should find what spares work. */
  ending?(): void;
  /** Forgets the buffer: the batch will be read again. */
  discard(): void;
}
