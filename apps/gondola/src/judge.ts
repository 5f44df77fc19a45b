import type { EventBatch } from '@gondola/events';
import {
  createIngestStages,
  handedOver,
  silverSubjects,
  type IngestConfig,
  type IngestStagesDeps,
} from '@gondola/ingest';
import type { JudgePipeline, SubjectColumns, UpkeepDeps } from '@gondola/lake-upkeep';
import { createQuarantineSink, createSilverSink } from '@gondola/sink-lake';
import { from, type CommitSink, type ObjectStore, type Rejection } from '@gondola/stream';

export interface Judge {
  readonly subjects: readonly SubjectColumns[];
  /** Ingest's stages, in its order. */
  into(
    silver: CommitSink<readonly EventBatch[]>,
    quarantine: CommitSink<readonly Rejection[]>,
  ): JudgePipeline;
  /** ... and its sinks, writing to another store. */
  intoTables(store: ObjectStore): JudgePipeline;
}

/** What ingest answers to records, without ingest: for records that bronze has. */
export function createJudge(config: IngestConfig, deps: UpkeepDeps & IngestStagesDeps): Judge {
  const stream = config.stream.name;
  const subjects = silverSubjects(config, deps.registry);
  const { validate, dedupe, mask } = createIngestStages(config, deps);
  const into: Judge['into'] = (silver, quarantine) =>
    from(handedOver(stream))
      .through(validate)
      .through(dedupe)
      .through(mask)
      .into(silver, { quarantine })
      .thenCheckpoint();
  return {
    subjects,
    into,
    intoTables: (staging) =>
      into(
        createSilverSink({ ...deps, store: staging }, { stream, subjects, daysMax: config.flush.daysMax }),
        createQuarantineSink({ ...deps, store: staging }, { stream }),
      ),
  };
}
