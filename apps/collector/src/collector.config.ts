import {
  count,
  environmentField,
  httpFields,
  lakeField,
  logLevelField,
  registryFields,
  schemasField,
  streamFields,
  tracingFields,
} from '@gondola/config';
import { z } from 'zod';

/** What a user may set for the collector. Every default is in deploy/config/collector.reference.yaml. */
export const collectorConfigSchema = z
  .strictObject({
    /** Keys of another environment are refused. */
    environment: environmentField,
    /** Where accepted events go. */
    stream: streamFields,
    schemas: schemasField,
    /** Where contracts find the schemas that they name; the same as in ingest. */
    registry: registryFields,
    /** Keeps these schemas, so that a start with the registry down has them; the same as in ingest. */
    lake: lakeField.optional(),
    /** YAML file with the hashes of the producers' keys; `npx gondola keys new` adds to it. Read again when it changes. */
    keysFile: z.string().min(1, 'must name a file'),
    /** How far a producer's clock may run ahead before its event time is not believed: the same as in ingest. */
    futureMsMax: z.int().min(0).default(300_000),
    limits: z
      .strictObject({
        /** Of one request, before and after inflation. */
        bodyBytesMax: count(1_024, 1 << 28).default(4 << 20),
        eventsMax: count(1, 100_000).default(1_000),
        /** Of one event with its envelope: no more than the stream takes. */
        eventBytesMax: count(64, 1 << 28).default(1_000_000),
      })
      .prefault({}),
    /** What waits inside is bounded; above it producers are told to come again (429). */
    queue: z
      .strictObject({
        requestsMax: count(1, 100_000).default(200),
        bytesMax: count(1 << 20, 2 ** 40).default(64 << 20),
      })
      .prefault({}),
    /** Many requests are one append. */
    group: z
      .strictObject({
        lingerMs: count(0, 1_000).default(2),
        recordsMax: count(1, 1_000_000).default(5_000),
      })
      .prefault({}),
    /** How long a stop waits for the answers to what was taken in: less than the grace time of whoever stops it. */
    drainMsMax: count(0, 600_000).default(20_000),
    http: httpFields(8083).prefault({}),
    tracing: tracingFields,
    logLevel: logLevelField,
  })
  .refine(({ limits, queue }) => queue.bytesMax >= 2 * limits.bodyBytesMax, {
    path: ['queue', 'bytesMax'],
    message: 'must be at least twice limits.bodyBytesMax: a body stands there as it came and inflated',
  })
  .refine(({ registry, lake }) => registry.kind === 'embedded' || lake !== undefined, {
    path: ['lake'],
    message: 'must be that of ingest where there is a registry: it keeps the schemas that contracts name',
  })
  .refine(({ stream }) => stream.broker !== 'kinesis' || stream.aggregate, {
    path: ['stream', 'aggregate'],
    message: 'must be true: every event has headers, which Kinesis only has in aggregates',
  });

export type CollectorConfig = z.output<typeof collectorConfigSchema>;
