import {
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
import { z } from 'zod';

/** What a user may set for ingest. Unknown fields are refused; every default is in deploy/config/ingest.reference.yaml. */
export const ingestConfigSchema = z.strictObject({
  environment: environmentField,
  lake: lakeField,
  stream: streamFields,
  /** Where validated events go on, keyed by store, for detection to read; on this or any other broker. Left out: nowhere. */
  validated: streamFields.optional(),
  schemas: schemasField,
  registry: registryFields,
  /** Subject of records that do not name theirs; null: such records are quarantined. */
  defaultSubject: z.string().min(1).nullable().default(null),
  /** How far a till's clock may run ahead of the broker's before its event time is not believed. */
  futureMsMax: z.int().min(0).default(300_000),
  flush: flushFields.prefault({}),
  quarantine: quarantineFields.prefault({}),
  dedupe: dedupeFields
    .extend({
      /**
       * Stream that this one continues, of as many partitions: its broker was lost, and producers send again what they still have.
       * What silver has of its events within the window is a duplicate here.
       */
      continues: streamName.optional(),
    })
    .prefault({}),
  bronze: z
    .strictObject({
      /**
       * Keys, values and headers of records are encrypted in bronze and quarantine: file of the keys, of which one writes. Left
       * out: they are not.
       */
      encryption: z.strictObject({ keyFile: z.string().min(1, 'must name a file') }).optional(),
    })
    .prefault({}),
  silver: z
    .strictObject({
      /** Bloom filters on the columns of store and item, for engines that look up single ones. */
      bloomFilters: z.boolean().default(false),
    })
    .prefault({}),
  masking: z.strictObject({
    /** File with the secret of this environment (at least 32 bytes) by which personal fields become tokens. */
    keyFile: z.string().min(1, 'must name a file'),
  }),
  http: httpFields(8081).prefault({}),
  tracing: tracingFields,
  lineage: lineageFields,
  logLevel: logLevelField,
});

export type IngestConfig = z.output<typeof ingestConfigSchema>;
