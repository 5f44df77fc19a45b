import { z } from 'zod';

export const streamName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be 1 to 100 of a-z, A-Z, 0-9, dot, - and _');

/** What the stream of every broker has. */
export const commonStreamFields = {
  /** Stream that holds the shops' events, keyed by store: a Kafka topic, a Kinesis stream, an event hub. */
  name: streamName.default('events'),
  /** Stream of signals of the same broker. */
  signals: z.string().min(1).default('signals'),
  /** Go on, with the gap logged, when records were forgotten before they were read. */
  allowGap: z.boolean().default(false),
};
