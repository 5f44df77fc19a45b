import { z } from 'zod';
import { count } from './fields.js';

/** What a process writes to its log. */
export const logLevelField = z.enum(['error', 'warn', 'info', 'debug']).default('info');

const urlField = z.url({ protocol: /^https?$/, message: 'must be an http or https address' });

/** Traces; left out: none, and nothing that makes them is loaded. */
export const tracingFields = z
  .strictObject({
    /** Of a receiver of OTLP over HTTP, without `/v1/traces`. Its keys come from OTEL_EXPORTER_OTLP_HEADERS. */
    endpoint: urlField,
    /** 0 to 1: share of the traces that begin here. Those of producers are followed as their flag says. */
    sampleRatio: z.number().min(0).max(1).default(0.01),
    /** Records with a span of their own between two commits, at the most: producers say which want one. */
    recordsMax: count(0, 10_000).default(64),
  })
  .optional();

/** Where OpenLineage run events go: a file or an address; left out: nowhere. */
export const lineageFields = z
  .strictObject({
    /** JSON lines. The process has it alone. */
    file: z.string().min(1).optional(),
    /** The file is renamed at that size, to its name with `.1`; older ones move up. */
    fileBytesMax: count(1_024, 2 ** 40).default(64 << 20),
    /** Files of that size that are kept beside the one that is written. */
    filesMax: count(1, 1_000).default(4),
    /** Each event is a POST to it: with Marquez `http://HOST:5000/api/v1/lineage`. */
    url: urlField.optional(),
    /** File with the value of the header `authorization` for `url`. */
    authorizationFile: z.string().min(1).optional(),
    /** Of jobs; left out: `gondola-<environment>`. */
    namespace: z.string().min(1).optional(),
  })
  .refine(({ file, url }) => (file === undefined) !== (url === undefined), {
    path: ['file'],
    message: 'either this or url must be set, and not both',
  })
  .optional();

export type TracingConfig = z.output<typeof tracingFields>;
export type LineageConfig = z.output<typeof lineageFields>;
