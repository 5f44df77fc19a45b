import type { EventBatch } from '@gondola/events';
import type { PartitionSignals } from '@gondola/sink-lake';
import {
  from,
  type CommitSink,
  type Pipeline,
  type RecordBatch,
  type Source,
  type Stage,
} from '@gondola/stream';

export interface DetectParts {
  readonly source: Source;
  readonly validate: Stage<RecordBatch, readonly EventBatch[]>;
  readonly dedupe: Stage<readonly EventBatch[], readonly EventBatch[]>;
  readonly detect: Stage<readonly EventBatch[], readonly PartitionSignals[]>;
  readonly signals: CommitSink<readonly PartitionSignals[]>;
}

/** The whole service, top to bottom. */
export const createDetectPipeline = (parts: DetectParts): Pipeline =>
  from(parts.source)
    .through(parts.validate)
    .through(parts.dedupe)
    .through(parts.detect)
    .into(parts.signals)
    .thenCheckpoint();
