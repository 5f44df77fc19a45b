import type { Checkpoint } from './position.js';
import type { RecordBatch } from './record-batch.js';

/**
 * Called by a source, from inside `open` or `poll`, when partitions become ours or stop being ours. A change of any kind
 * is `revoked` (everything we had) and then `assigned` (everything we have now): nobody has to merge assignments.
 */
export interface SourceListener {
  /**
   * These and no other partitions are ours now. Returns where to start each of them; a partition without an entry starts at its
   * oldest record. The source delivers none of their records before this resolves.
   */
  assigned(partitions: readonly string[]): Promise<Checkpoint>;
  /** Best effort: no client can be trusted to wait for this, the fenced commit is what protects the lake. */
  revoked(): Promise<void>;
}

/** How far reading is behind the end of each partition that is ours. */
export interface Lag {
  /** Positions from the next record to the end, holes counted; where the broker tells no end (Kinesis), how old a record may be unread. */
  readonly unit: 'records' | 'milliseconds';
  readonly partitions: ReadonlyMap<string, number>;
}

/**
 * Where records come from. One runner owns one source and calls it from one place at a time.
 * Every implementation passes the suite in `@gondola/testing` (`describeSource`).
 */
export interface Source {
  readonly stream: string;
  /**
   * Joins the stream. Resolves once the first assignment was handed to the listener. Called again, it stays a member, drops
   * what it holds and asks the listener anew where to start what it has: leaving would set all other members moving.
   */
  open(listener: SourceListener): Promise<void>;
  /**
   * The next batch of any partition that is ours, in position order within a partition; null when nothing
   * arrived within `waitMs`. Throws `stream_unavailable` (can be retried) or `position_gap` (cannot: the records
   * between the wanted start and the oldest kept record are gone).
   */
  poll(waitMs: number): Promise<RecordBatch | null>;
  /**
   * Asked every few seconds, also while the pipeline waits for the lake and nobody polls. Throws `stream_unavailable`; of a
   * source that is not open nothing is known.
   */
  lag(): Promise<Lag>;
  /** Partitions that are ours and of which every record that is there now has been handed over. */
  caughtUp(): Promise<readonly string[]>;
  /** Tells the broker how far the lake is. Only lag tools read it; positions in the lake are the truth. */
  checkpoint(upTo: Checkpoint): Promise<void>;
  close(): Promise<void>;
}
