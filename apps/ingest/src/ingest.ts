import { createEmbeddedSource, type EmbeddedLog } from '@gondola/broker-embedded';
import { hyparquetEncoder } from '@gondola/lake-parquet';
import type { SchemaRegistry } from '@gondola/schema-registry';
import {
  createBronzeSink,
  createQuarantineSink,
  createSilverSink,
  readSilverIdentities,
} from '@gondola/sink-lake';
import { PipelineRunner, type ObjectStore, type RunnerDeps } from '@gondola/stream';
import { createDedupeStage, createMaskStage, createValidateStage } from '@gondola/validate';
import type { IngestConfig } from './ingest.config.js';
import { createIngestPipeline } from './ingest.pipeline.js';

export interface IngestDeps extends RunnerDeps {
  readonly stream: EmbeddedLog;
  readonly store: ObjectStore;
  readonly registry: SchemaRegistry;
  readonly maskingKey: Uint8Array;
}

const HOUR_MS = 3_600_000;
const POLL_MS = 200;

/** Wires the service: which broker, which store. `once` drains what is there and ends. */
export function createIngest(
  config: IngestConfig,
  deps: IngestDeps,
  options: { once: boolean },
): PipelineRunner {
  const { environment } = config;
  const { name: stream, batchBytesMax, allowGap } = config.stream;
  const { store, registry, clock } = deps;
  const lake = { store, encoder: hyparquetEncoder, clock, environment };
  const subjects = registry.contracts().map(({ subject, columns }) => ({ subject, columns }));
  const windowMs = config.dedupe.windowHours * HOUR_MS;

  const pipeline = createIngestPipeline({
    source: createEmbeddedSource(
      deps.stream,
      { stream, reader: `ingest-${environment}`, batchBytesMax, allowGap },
      { clock, report: deps.log },
    ),
    bronze: createBronzeSink(lake, { source: 'embedded', stream }),
    validate: createValidateStage({
      registry,
      defaultSubject: config.defaultSubject,
      futureMsMax: config.futureMsMax,
    }),
    dedupe: createDedupeStage({
      windowMs,
      remember: (starts) =>
        readSilverIdentities(
          { store, environment, stream, subjects: subjects.map((one) => one.subject), windowMs },
          starts,
        ),
    }),
    mask: createMaskStage({ registry, key: deps.maskingKey }),
    silver: createSilverSink(lake, { stream, subjects }),
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
