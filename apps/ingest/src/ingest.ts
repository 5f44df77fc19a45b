import { columnarEncoder } from '@gondola/lake-parquet';
import { createBronzeSink, createQuarantineSink, createSilverSink } from '@gondola/sink-lake';
import { PipelineRunner, type Broker, type RunnerDeps } from '@gondola/stream';
import { createIngestStages, silverSubjects, type IngestStagesDeps } from './ingest-stages.js';
import type { IngestConfig } from './ingest.config.js';
import { createIngestPipeline } from './ingest.pipeline.js';

export interface IngestDeps extends RunnerDeps, IngestStagesDeps {
  readonly broker: Broker;
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
  const lake = { store, encoder: columnarEncoder, clock, log, environment };

  const pipeline = createIngestPipeline({
    source: broker.source({ stream, reader: `gondola-ingest-${environment}`, allowGap }, deps),
    bronze: createBronzeSink(lake, { source: broker.kind, stream }),
    ...createIngestStages(config, deps),
    silver: createSilverSink(lake, { stream, subjects: silverSubjects(config, registry) }),
    quarantine: createQuarantineSink(lake, { stream }),
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
