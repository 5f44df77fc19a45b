import { z } from 'zod';
import { count } from '../fields.js';
import { commonStreamFields } from './common.js';

/** Without user, password and token: it is shown in messages. */
const endpoint = z
  .string()
  .regex(/^https?:\/\/[^/?#@\s]+(\/[^?#@\s]*)?$/, 'must be a URL such as http://127.0.0.1:4567')
  .optional();

/** Who reads which shard, in DynamoDB, as Amazon's reader library keeps it. */
const leaseFields = z.strictObject({
  /** The table of a reader is `<tablePrefix><reader>-<stream>`; it is made when it is not there. */
  tablePrefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,80}$/, 'must be 0 to 80 of a-z, A-Z, 0-9, dot, - and _')
    .default(''),
  /** Of a server that speaks DynamoDB; Amazon's when not set. */
  endpoint,
  /** Shards of an instance that was not heard of for so long are taken over. */
  failoverMs: count(1_000, 600_000).default(10_000),
});

/** A Kinesis data stream. Credentials come from AWS's default chain, never from here. */
export const kinesisStreamFields = z.strictObject({
  broker: z.literal('kinesis'),
  ...commonStreamFields,
  /** AWS_REGION or the shared configuration file when not set. */
  region: z.string().min(1).optional(),
  /** Of a server that speaks Kinesis (over HTTP/1.1 then); Amazon's when not set. */
  endpoint,
  /** 'none': a single instance reads every shard, and producers are not remembered. */
  leases: z.literal('none').or(leaseFields).prefault({}),
  /** Where shards begin of which the lake knows nothing: the oldest record, or the first one taken at or after this time. */
  startAt: z
    .literal('oldest')
    .or(z.iso.datetime({ offset: true }).transform((text) => new Date(text)))
    .default('oldest'),
  /** A rate of its own (2 MB/s a shard) instead of a part of the one that all readers share. */
  fanOut: z.boolean().default(false),
  /** Under which fan-out is registered; the reader's name when not set. */
  consumerName: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,128}$/, 'must be 1 to 128 of a-z, A-Z, 0-9, dot, - and _')
    .optional(),
  /** Of the five a second that all readers of a shard have together; ingest and detect are two readers. */
  readsPerSecond: z.number().min(0.1).max(5).default(2),
  /** What was read ahead; no more is asked for then. */
  bufferBytesMax: count(1 << 20, 2 ** 31).default(64 << 20),
  /** Written records are packed into records of the Kinesis Producer Library: fewer, ordered, and with headers. */
  aggregate: z.boolean().default(true),
});
