import type { EventBatch } from '@gondola/events';
import {
  createIngestStages,
  createValidated,
  handedOver,
  silverSubjects,
  type IngestConfig,
  type IngestStagesDeps,
} from '@gondola/ingest';
import {
  quarantinedPositions,
  type BronzeBatch,
  type JudgePipeline,
  type SubjectColumns,
  type UpkeepDeps,
} from '@gondola/lake-upkeep';
import { createQuarantineSink, createSilverSink, type SilverEvent } from '@gondola/sink-lake';
import {
  from,
  type CommitSink,
  type ObjectStore,
  type Position,
  type RecordSink,
  type Rejection,
  type Stage,
} from '@gondola/stream';
import { createEventKnownStage } from '@gondola/validate';
import { createKnownEvents } from './known-events.js';

type EventStage = Stage<readonly EventBatch[], readonly EventBatch[]>;
type SilverSink = CommitSink<readonly EventBatch[]>;
type QuarantineSink = CommitSink<readonly Rejection[]>;

export interface Judge {
  readonly subjects: readonly SubjectColumns[];
  /** Ingest's stages, in its order. */
  into(silver: SilverSink, quarantine: QuarantineSink): JudgePipeline;
  /** ... and its sinks, writing to another store. */
  intoTables(store: ObjectStore): JudgePipeline;
  /** The same for records of quarantine, whose events dedupe looks up in all of silver. */
  replay(store: ObjectStore, records: ReplayedRecords): JudgePipeline;
}

export interface ReplayedRecords {
  readonly batches: readonly BronzeBatch[];
  /** How often each has been judged again, this time among them. */
  readonly replaysOf: (partition: string, position: Position) => number;
  /** What was found in silver when these batches were judged before (see `SilverLookup`). */
  readonly found: Map<string, readonly SilverEvent[]>;
  /** Partition -> events that earlier steps would have put into silver; the step adds its own. Null: they are there. */
  readonly earlier: Map<string, Set<bigint>> | null;
}

export interface JudgeDeps extends UpkeepDeps, IngestStagesDeps {
  /** The stream of validated events, for records that pass a replay; left out where there is none, or a dry run. */
  readonly validated?: RecordSink | null;
}

/** What ingest answers to records, without ingest: for records that bronze has. */
export function createJudge(config: IngestConfig, deps: JudgeDeps): Judge {
  const stream = config.stream.name;
  const subjects = silverSubjects(config, deps.registry);
  const { validate, dedupe, mask } = createIngestStages(config, deps);
  const held = heldStage(deps, stream);
  const judging = (
    deduping: readonly EventStage[],
    silver: SilverSink,
    quarantine: QuarantineSink,
    validated: SilverSink | null = null,
  ) =>
    deduping
      .reduce((flow, stage) => flow.through(stage), from(handedOver(stream)).through(validate))
      .teeIf(validated)
      .through(mask)
      .into(silver, { quarantine })
      .thenCheckpoint();
  const silverIn = (staging: ObjectStore) =>
    createSilverSink({ ...deps, store: staging }, { stream, subjects, daysMax: config.flush.daysMax });
  const into: Judge['into'] = (silver, quarantine) => judging([held, dedupe], silver, quarantine);
  return {
    subjects,
    into,
    intoTables: (staging) =>
      into(silverIn(staging), createQuarantineSink({ ...deps, store: staging }, { stream })),
    replay: (staging, { replaysOf, ...records }) => {
      // Without numbers, which are the running ingest's: what is sent twice, because of a kill, its readers drop.
      const validated = createValidated(config, { ...deps, validated: deps.validated ?? null }, null);
      const pipeline = judging(
        [createKnownEvents(config, deps, { validate, ...records })],
        silverIn(staging),
        createQuarantineSink({ ...deps, store: staging }, { stream, replaysOf }),
        validated && { ...validated, commit: async () => {} },
      );
      return validated ? { ...pipeline, afterSilver: () => validated.commit(new Map()) } : pipeline;
    },
  };
}

/** What a replay of quarantine held back because a later record of the event stands, is held back here too. */
function heldStage(deps: UpkeepDeps, stream: string): EventStage {
  const choice = { stream, partitions: null, reasons: new Set(['event_known']) };
  let held: Awaited<ReturnType<typeof quarantinedPositions>> | null = null;
  return createEventKnownStage({
    assigned: async () => {
      held = await quarantinedPositions(deps, choice);
    },
    isKnown: ({ partition, position }) => held?.has(partition, position) ?? false,
  });
}
