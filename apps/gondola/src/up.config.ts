import {
  count,
  environmentField,
  httpFields,
  lakeField,
  lineageFields,
  logLevelField,
  registryFields,
  schemasField,
  streamFields,
  tracingFields,
} from '@gondola/config';
import { z } from 'zod';

/** Fields of a service's own configuration, checked by that service's schema. */
const serviceFields = z.record(z.string(), z.unknown()).default({});

/** Everything in one process. What the services share is said once; `ingest`, `detect`, `api` and `collector` hold the rest. */
export const upConfigSchema = z.strictObject({
  environment: environmentField,
  lake: lakeField,
  /** The embedded stream; beside the lake when not set. */
  stream: streamFields.optional(),
  schemas: schemasField,
  registry: registryFields,
  /** Made beside the lake when not set: for one machine only. */
  masking: z.strictObject({ keyFile: z.string().min(1) }).optional(),
  /** Records of the embedded stream are forgotten after so long; the lake keeps them. */
  retentionHours: z.number().positive().default(168),
  http: httpFields(8080).prefault({}),
  tracing: tracingFields,
  lineage: lineageFields,
  ingest: serviceFields,
  detect: serviceFields,
  api: serviceFields,
  /** Its door is on the same port; its keys are beside the lake when no file is named. */
  collector: serviceFields,
  /** Shops that do not exist, so that there is something to see; left out: only what producers send. */
  demo: z
    .strictObject({
      stores: count(1, 200).default(6),
      items: count(1, 2_000).default(60),
      seed: z.int().default(7),
      historyDays: count(1, 60).default(14),
      /** Simulated seconds per second once the past is sold. */
      speed: z.number().positive().max(10_000).default(360),
    })
    .optional(),
  logLevel: logLevelField,
});

export type UpConfig = z.output<typeof upConfigSchema>;
