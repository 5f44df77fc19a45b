import { createEmbeddedSource, type EmbeddedLog } from '@gondola/broker-embedded';
import { columnarEncoder } from '@gondola/lake-parquet';
import { createBronzeSink, createQuarantineSink, createSilverSink } from '@gondola/sink-lake';
import { PipelineRunner, type RunnerDeps } from '@gondola/stream';
import { createIngestStages, silverSubjects, type IngestStagesDeps } from './ingest-stages.js';
import type { IngestConfig } from './ingest.config.js';
import { createIngestPipeline } from './ingest.pipeline.js';

export interface IngestDeps extends RunnerDeps, IngestStagesDeps {
  readonly stream: EmbeddedLog;
}

const POLL_MS = 200;

/** Wires the service: which broker, which store. `once` drains what is there and ends. */
export function createIngest(
  config: IngestConfig,
  deps: IngestDeps,
  options: { once: boolean },
): PipelineRunner {
  const { environment } = config;
  const { name: stream, batchBytesMax, allowGap } = config.stream;
  const { store, clock, log, registry } = deps;
  const lake = { store, encoder: columnarEncoder, clock, log, environment };

  const pipeline = createIngestPipeline({
    source: createEmbeddedSource(
      deps.stream,
      { stream, reader: `ingest-${environment}`, batchBytesMax, allowGap },
      { clock, report: log },
    ),
    bronze: createBronzeSink(lake, { source: 'embedded', stream }),
    ...createIngestStages(config, deps),
    silver: createSilverSink(lake, {
      stream,
      subjects: silverSubjects(config, registry),
      daysMax: config.flush.daysMax,
    }),
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
