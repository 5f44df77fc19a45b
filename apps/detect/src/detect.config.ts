import {
  count,
  dedupeFields,
  environmentField,
  flushFields,
  httpFields,
  lakeField,
  lineageFields,
  logLevelField,
  quarantineFields,
  registryFields,
  schemasField,
  streamFields,
  streamName,
  tracingFields,
} from '@gondola/config';
import { detectConfigSchema } from '@gondola/detect';
import { z } from 'zod';

/** What a user may set for detect. Unknown fields are refused; every default is in deploy/config/detect.reference.yaml. */
export const detectServiceConfigSchema = z
  .strictObject({
    environment: environmentField,
    lake: lakeField,
    stream: streamFields,
    /** Streams of the same broker that say what stores and items are: each instance reads them whole before anything else. */
    reference: z
      .array(
        z.strictObject({
          name: streamName,
          /** Subject of records that do not name theirs. */
          defaultSubject: z.string().min(1).nullable().default(null),
        }),
      )
      .max(10)
      .default([]),
    schemas: schemasField,
    registry: registryFields,
    /** Model file until a model of the lake is promoted; the one that comes with this version when not set. */
    model: z.string().min(1).optional(),
    /** How often the lake is asked which models are champion and challenger (`gondola models`). */
    modelPollMs: z.int().min(100).max(3_600_000).default(10_000),
    /** Subject of records that do not name theirs; null: such records are left out. */
    defaultSubject: z.string().min(1).nullable().default(null),
    /** How far a till's clock may run ahead of the broker's before its event time is not believed. */
    futureMsMax: z.int().min(0).default(300_000),
    /** Signals are published this often. */
    flush: flushFields.prefault({ rowsMax: 10_000, ageMsMax: 1_000 }),
    /** A signal waits so long for others that are published with it; while a stream is drained (`--once`), for the flush. */
    signalAgeMsMax: z.int().min(0).default(100),
    /** The state of all shelves is kept this often: a restart reads from there on again. */
    snapshot: z
      .strictObject({
        /** Records of all partitions of a process since: about as many are read again. A shelf whose hour ended counts for two. */
        recordsMax: count(1, 1_000_000_000).default(500_000),
        ageMsMax: z.int().min(1_000).default(600_000),
        /** Go on when what is read again leads to other signals than were published: those stand. */
        allowDifference: z.boolean().default(false),
        /**
         * Stream that this one continues, of as many partitions, as its broker was lost: a partition without a state of its own
         * begins with the last one there.
         */
        continues: streamName.optional(),
      })
      .prefault({}),
    quarantine: quarantineFields.prefault({}),
    dedupe: dedupeFields.prefault({}),
    detection: detectConfigSchema.prefault({}),
    /** Move silent stores on by the clock. Off when the past is replayed: then only event time counts. */
    advanceByClock: z.boolean().default(true),
    /** Partitions of the stream of signals when it is made new. */
    signalPartitions: count(1, 1_000).default(4),
    /** How many have series of their own in /metrics. */
    metrics: z
      .strictObject({
        /** Those with the most shelves; how many are left out is told. */
        storesMax: count(0, 10_000).default(1_000),
        /** Those that lose most sales. */
        itemsMax: count(0, 1_000).default(20),
        /** Those with the most shelves. */
        categoriesMax: count(0, 1_000).default(100),
      })
      .prefault({}),
    http: httpFields(8082).prefault({}),
    tracing: tracingFields,
    lineage: lineageFields,
    logLevel: logLevelField,
  })
  .refine(
    ({ reference, stream: { broker } }) =>
      reference.length === 0 || broker === 'kafka' || broker === 'embedded',
    {
      path: ['reference'],
      message:
        'needs Kafka or the embedded stream: others forget by age and cannot be read whole; send the catalog with the events',
    },
  );

export type DetectServiceConfig = z.output<typeof detectServiceConfigSchema>;
