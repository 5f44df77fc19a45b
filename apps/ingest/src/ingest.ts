import type { Expectation } from '@gondola/events';
import { createColumnarEncoder, type Keyring } from '@gondola/lake-parquet';
import type { JudgePipeline } from '@gondola/lake-upkeep';
import { RemoteSchemas, type SchemaRegistry } from '@gondola/schema-registry';
import {
  createBronzeSink,
  createQualitySink,
  createQuarantineSink,
  createSilverSink,
  PublishedCounts,
} from '@gondola/sink-lake';
import {
  from,
  ownSource,
  PipelineRunner,
  type Broker,
  type ObjectStore,
  type PipelineWatcher,
  type RecordSink,
  type RunnerDeps,
  type SentTraces,
} from '@gondola/stream';
import { createIsPending, holdingDuplicates } from '@gondola/validate';
import { handedOver } from './handed-over.js';
import {
  createIngestExpectations,
  createIngestStages,
  silverSubjects,
  type IngestStagesDeps,
} from './ingest-stages.js';
import type { IngestConfig } from './ingest.config.js';
import { createIngestPipeline, type IngestParts } from './ingest.pipeline.js';
import { QualityWatch } from './quality-watch.js';
import { Retaking } from './retaking.js';
import { createValidated } from './validated.js';

export interface IngestDeps extends RunnerDeps, IngestStagesDeps {
  readonly broker: Broker;
  /** The stream of validated events, where one is wanted. */
  readonly validated: RecordSink | null;
  /** Where somebody traces: what validated events say of that. */
  readonly traces?: SentTraces | null;
  /** Where somebody follows what is done. */
  readonly watcher?: PipelineWatcher | null;
  /** By which raw records are encrypted; left out: they are not. */
  readonly keyring?: Keyring | undefined;
}

const POLL_MS = 200;

/** Wires the service. `once` drains what is there and ends. */
export function createIngest(
  config: IngestConfig,
  deps: IngestDeps,
  options: { once: boolean },
): PipelineRunner {
  const { environment } = config;
  const { name: stream, allowGap } = config.stream;
  const { broker, store, clock, log, registry } = deps;
  const schemas = registry instanceof RemoteSchemas ? registry : null;
  const counts = new PublishedCounts();
  if (config.bronze.encryption && !deps.keyring) throw new Error('records are to be encrypted, without keys');
  const encoder = createColumnarEncoder('zstd', deps.keyring);
  const lake = { store, encoder, clock, log, environment };
  const subjects = silverSubjects(config, registry);
  const silverInto = (into: ObjectStore, onStored?: (subject: string, rows: number) => void) =>
    createSilverSink({ ...lake, store: into }, { stream, subjects, daysMax: config.flush.daysMax, onStored });
  const validatedWith = (numbers: PublishedCounts | null) => createValidated(config, deps, numbers);

  const silver = silverInto(store, (subject, rows) => deps.observer.stored(stream, subject, rows));
  const stageDeps: IngestStagesDeps = {
    ...deps,
    isJudgedAgain: (partition, position) => retaking?.isParked(partition, position) ?? false,
  };
  const stages = createIngestStages(config, stageDeps);
  const watch = new QualityWatch(stream, deps.observer);
  const expectations = expectationsOf(registry, environment);
  const retaking =
    schemas &&
    new Retaking({
      schemas,
      upkeep: { ...lake, progress: () => {} },
      stream,
      subjects: subjects.map(({ subject }) => subject),
      isPending: createIsPending({ registry, defaultSubject: config.defaultSubject }),
      createPipeline: (staging) =>
        takenUp(stream, {
          ...stages,
          validated: validatedWith(null),
          silver: silverInto(staging),
          quarantine: createQuarantineSink({ ...lake, store: staging }, { stream }),
        }),
      silver,
      once: options.once,
    });
  const quarantine = createQuarantineSink(lake, { stream, counts });

  const pipeline = createIngestPipeline({
    source: ownSource(broker, { service: 'ingest', environment, stream, allowGap }, deps),
    bronze: createBronzeSink(lake, { source: broker.kind, stream, notes: schemas ?? undefined }),
    ...stages,
    expect: createIngestExpectations(config, stageDeps),
    quality:
      expectations.size === 0
        ? null
        : createQualitySink(lake, { stream, expectations, onAssigned: watch.clear, onCommitted: watch.add }),
    validated: validatedWith(counts),
    silver,
    quarantine: retaking?.around(quarantine) ?? quarantine,
  });

  return new PipelineRunner(
    pipeline,
    {
      ...{ name: 'ingest', policy: config.flush },
      quarantineLimit: config.quarantine,
      pollMs: POLL_MS,
      once: options.once,
      guard: watch.broken,
      watcher: deps.watcher,
    },
    deps,
  );
}

function expectationsOf(registry: SchemaRegistry, environment: string): Map<string, readonly Expectation[]> {
  const all = registry.contracts().map((one) => [one.subject, one.expectationsIn(environment)] as const);
  return new Map(all.filter(([, expectations]) => expectations.length > 0));
}

/**
 * The service's own stages for records that it read before, so none is assigned anew. What came again meanwhile stands, as when
 * quarantine is replayed.
 */
function takenUp(
  stream: string,
  {
    validate,
    dedupe,
    validated,
    mask,
    silver,
    quarantine,
  }: Omit<IngestParts, 'source' | 'bronze' | 'expect' | 'quality'>,
): JudgePipeline {
  const { process, sinks } = from(handedOver(stream))
    .through(validate)
    .through(holdingDuplicates(dedupe))
    .teeIf(validated)
    .through(mask)
    .into(silver, { quarantine })
    .thenCheckpoint();
  return { process, sinks, stages: [] };
}
