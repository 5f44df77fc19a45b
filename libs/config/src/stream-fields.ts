import { z } from 'zod';
import { count } from './fields.js';

/** What every broker has. */
const commonFields = {
  /** Stream that holds the shops' events, keyed by store: a Kafka topic, a Kinesis stream, an event hub. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be 1 to 100 of a-z, A-Z, 0-9, dot, - and _')
    .default('events'),
  /** Stream of signals of the same broker. */
  signals: z.string().min(1).default('signals'),
  /** Go on, with the gap logged, when records were forgotten before they were read. */
  allowGap: z.boolean().default(false),
};

/** The stream that needs no broker. */
const embeddedStreamFields = z.strictObject({
  broker: z.literal('embedded'),
  ...commonFields,
  /** SQLite file of the embedded log. */
  file: z.string().min(1, 'must name a file'),
  /** Partitions of a stream that is made new; an existing one keeps its own. */
  partitions: count(1, 1_000).default(4),
  /** Bytes read at once from one partition. */
  batchBytesMax: count(1_024, 1 << 28).default(4 << 20),
});

/** Which broker, and what is to be known of it. Without `broker` it is the embedded one. */
export const streamFields = z.preprocess(
  (raw) =>
    typeof raw === 'object' && raw !== null && !('broker' in raw) ? { broker: 'embedded', ...raw } : raw,
  z.discriminatedUnion('broker', [embeddedStreamFields]),
);

export type StreamConfig = z.output<typeof streamFields>;
