import type { Checkpoint } from './position.js';
import type { RecordBatch } from './record-batch.js';
import type { Rejection } from './outcome.js';

/** What every stage and sink may know of the batch it is looking at. */
export interface BatchContext {
  readonly records: RecordBatch;
  /** Everything rejected so far on the way of this batch, in the order of the stages. */
  readonly rejected: readonly Rejection[];
  readonly nowMs: number;
}

export interface StageResult<O> {
  readonly value: O;
  /** Records that end here. Those not listed passed. */
  readonly rejected: readonly Rejection[];
}

/**
 * Batch in, outcomes out, no hidden effect. A bad record is a rejection; a stage throws only when the world
 * outside fails, and then the runner repeats the whole batch.
 */
export interface Stage<I, O> {
  readonly name: string;
  run(input: I, context: BatchContext): StageResult<O> | Promise<StageResult<O>>;
  /** Stages with memory rebuild it here, before the first record from `starts` arrives. */
  assigned?(starts: Checkpoint): Promise<void>;
  /** Time passed, and these partitions have nothing left to read. Returns what that alone makes known, or null. */
  idle?(nowMs: number, caughtUp: readonly string[]): O | null;
}
