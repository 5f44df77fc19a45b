import { columnarEncoder } from '@gondola/lake-parquet';
import {
  createBronzeSink,
  createQuarantineSink,
  createSilverSink,
  createValidatedSink,
  PublishedCounts,
} from '@gondola/sink-lake';
import { PipelineRunner, type Broker, type RecordSink, type RunnerDeps } from '@gondola/stream';
import { createIngestStages, silverSubjects, type IngestStagesDeps } from './ingest-stages.js';
import type { IngestConfig } from './ingest.config.js';
import { createIngestPipeline } from './ingest.pipeline.js';

export interface IngestDeps extends RunnerDeps, IngestStagesDeps {
  readonly broker: Broker;
  /** The stream of validated events, where one is wanted. */
  readonly validated: RecordSink | null;
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
  const counts = new PublishedCounts();
  const lake = { store, encoder: columnarEncoder, clock, log, environment };

  const pipeline = createIngestPipeline({
    source: broker.source({ stream, reader: `gondola-ingest-${environment}`, allowGap }, deps),
    bronze: createBronzeSink(lake, { source: broker.kind, stream }),
    ...createIngestStages(config, deps),
    validated: deps.validated
      ? createValidatedSink({
          environment,
          stream,
          output: deps.validated,
          counts,
          keyColumnsOf: (subject) => registry.contractOf(subject)?.keyColumns ?? [],
        })
      : null,
    silver: createSilverSink(lake, {
      stream,
      subjects: silverSubjects(config, registry),
      daysMax: config.flush.daysMax,
    }),
    quarantine: createQuarantineSink(lake, { stream, counts }),
  });

  return new PipelineRunner(
    pipeline,
    {
      name: 'ingest',
      policy: config.flush,
      quarantineLimit: config.quarantine,
      pollMs: POLL_MS,
      once: options.once,
    },
    deps,
  );
}
