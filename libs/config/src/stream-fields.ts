import { z } from 'zod';
import { count } from './fields.js';
import { commonStreamFields } from './stream/common.js';
import { eventHubsStreamFields } from './stream/event-hubs.js';
import { kafkaStreamFields } from './stream/kafka.js';
import { kinesisStreamFields } from './stream/kinesis.js';

/** The stream that needs no broker. */
const embeddedStreamFields = z.strictObject({
  broker: z.literal('embedded'),
  ...commonStreamFields,
  /** SQLite file of the embedded log. */
  file: z.string('must name the file of the embedded stream').min(1, 'must name a file'),
  /** Partitions of a stream that is made new; an existing one keeps its own. */
  partitions: count(1, 1_000).default(4),
  /** Bytes read at once from one partition. */
  batchBytesMax: count(1_024, 1 << 28).default(4 << 20),
});

/** Which broker, and what is to be known of it. Without `broker` it is the embedded one. */
export const streamFields = z.preprocess(
  (raw, context) => {
    if (typeof raw === 'object' && raw !== null)
      return 'broker' in raw ? raw : { broker: 'embedded', ...raw };
    context.addIssue(
      'must say where events come from: `file: PATH` for the embedded stream, or `broker:` with its settings ' +
        '(deploy/config has an example of each)',
    );
    return z.NEVER;
  },
  z.discriminatedUnion('broker', [
    embeddedStreamFields,
    kafkaStreamFields,
    kinesisStreamFields,
    eventHubsStreamFields,
  ]),
);

export type StreamConfig = z.output<typeof streamFields>;
