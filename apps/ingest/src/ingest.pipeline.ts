import type { EventBatch, JudgedBatch } from '@gondola/events';
import {
  from,
  type CommitSink,
  type Pipeline,
  type RecordBatch,
  type Rejection,
  type Source,
  type Stage,
} from '@gondola/stream';

export interface IngestParts {
  readonly source: Source;
  readonly bronze: CommitSink<RecordBatch>;
  readonly validate: Stage<RecordBatch, readonly EventBatch[]>;
  readonly dedupe: Stage<readonly EventBatch[], readonly EventBatch[]>;
  readonly expect: Stage<readonly EventBatch[], readonly JudgedBatch[]>;
  /** Null: no contract expects anything. */
  readonly quality: CommitSink<readonly JudgedBatch[]> | null;
  /** A stream keyed by store; null: nobody asked for one. */
  readonly validated: CommitSink<readonly EventBatch[]> | null;
  readonly mask: Stage<readonly EventBatch[], readonly EventBatch[]>;
  readonly silver: CommitSink<readonly EventBatch[]>;
  readonly quarantine: CommitSink<readonly Rejection[]>;
}

/** The whole service, top to bottom. */
export const createIngestPipeline = (parts: IngestParts): Pipeline =>
  from(parts.source)
    .tee(parts.bronze)
    .through(parts.validate)
    .through(parts.dedupe)
    .through(parts.expect)
    .teeIf(parts.quality)
    .teeIf(parts.validated)
    .through(parts.mask)
    .into(parts.silver, { quarantine: parts.quarantine })
    .thenCheckpoint();
