import type { ColumnSpec } from './columns.js';
import type { Rejection } from './outcome.js';
import type { Checkpoint } from './position.js';
import type { RecordBatch } from './record-batch.js';
import type { TraceContext } from './trace-context.js';

/** What a commit of one sink made readable in one table or stream. */
export interface Published {
  readonly kind: 'table' | 'stream';
  /** Of a table its path below the environment's folder. */
  readonly name: string;
  /** Rows or records. */
  readonly rows: number;
  /** Of the files that were written; a stream does not say. */
  readonly bytes?: number;
  readonly files?: number;
  readonly columns?: readonly ColumnSpec[];
  /** Of the table, after it. */
  readonly version?: number;
}

export interface SinkCommit {
  readonly sink: string;
  readonly rows: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly published: readonly Published[];
}

/** Everything that one flush published. */
export interface Commit {
  readonly stream: string;
  /** Position after the last record of each partition. */
  readonly upTo: Checkpoint;
  readonly sinks: readonly SinkCommit[];
}

/**
 * Follows what a pipeline does to say it elsewhere: traces, lineage. Calls are per batch and per commit, and nothing waits for
 * them; none may throw. Contexts that are returned are those of the span that the work is part of, null where there is none.
 */
export interface PipelineWatcher {
  /** These partitions and no others are read from now on, from there. */
  assigned(stream: string, starts: Checkpoint): void;
  /** A batch is about to go through the stages. */
  reading(batch: RecordBatch): TraceContext | null;
  /** All of it is in the sinks' buffers. */
  processed(batch: RecordBatch, rejected: readonly Rejection[]): void;
  /** What is buffered is about to be published. */
  committing(): TraceContext | null;
  committed(commit: Commit): void;
  /** What was read and not published is forgotten: it is read again, by this process or another. */
  discarded(): void;
  /** Nothing comes any more; `error`: why, null when it was to end. */
  ended(error: unknown): void;
}

/** Several as one; null: nobody watches. */
export function watchersAsOne(watchers: readonly (PipelineWatcher | null)[]): PipelineWatcher | null {
  const all = watchers.filter((watcher) => watcher !== null);
  if (all.length < 2) return all.at(0) ?? null;
  const firstOf = (contexts: readonly (TraceContext | null)[]) =>
    contexts.find((one) => one !== null) ?? null;
  return {
    assigned: (stream, starts) => all.forEach((one) => one.assigned(stream, starts)),
    reading: (batch) => firstOf(all.map((one) => one.reading(batch))),
    processed: (batch, rejected) => all.forEach((one) => one.processed(batch, rejected)),
    committing: () => firstOf(all.map((one) => one.committing())),
    committed: (commit) => all.forEach((one) => one.committed(commit)),
    discarded: () => all.forEach((one) => one.discarded()),
    ended: (error) => all.forEach((one) => one.ended(error)),
  };
}
