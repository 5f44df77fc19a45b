import type { SumsRecord } from '@gondola/detect';
import type { EventBatch } from '@gondola/events';
import type { PartitionIncidents, PartitionSignals } from '@gondola/sink-lake';
import {
  from,
  type CommitSink,
  type Pipeline,
  type RecordBatch,
  type Source,
  type Stage,
} from '@gondola/stream';

/** What detection makes known of one partition. */
export type PartitionFindings = PartitionSignals &
  PartitionIncidents & { readonly sums: readonly SumsRecord[] };

export interface DetectParts {
  readonly source: Source;
  readonly validate: Stage<RecordBatch, readonly EventBatch[]>;
  readonly dedupe: Stage<readonly EventBatch[], readonly EventBatch[]>;
  readonly detect: Stage<readonly EventBatch[], readonly PartitionFindings[]>;
  /** Before signals: their commit has the state that an incident was made of. */
  readonly incidents: CommitSink<readonly PartitionIncidents[]>;
  readonly signals: CommitSink<readonly PartitionSignals[]>;
  /** Null where sums stay within their partition. */
  readonly sums: CommitSink<readonly PartitionFindings[]> | null;
}

/** The whole service, top to bottom. */
export const createDetectPipeline = (parts: DetectParts): Pipeline =>
  from(parts.source)
    .through(parts.validate)
    .through(parts.dedupe)
    .through(parts.detect)
    .teeIf(parts.sums)
    .tee(parts.incidents)
    .into(parts.signals)
    .thenCheckpoint();
