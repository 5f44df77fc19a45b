import { z } from 'zod';
import { count } from '../fields.js';
import { commonStreamFields } from './common.js';

const file = z.string().min(1, 'must name a file');

const tlsFields = z.strictObject({
  /** PEM file of the authorities that sign the brokers; those that Node knows when not set. */
  caFile: file.optional(),
  /** PEM files by which this client shows who it is. */
  certFile: file.optional(),
  keyFile: file.optional(),
});

const password = { username: z.string().min(1), passwordFile: file };
/** A token out of a file, which something else keeps fresh and which is read for each connection, or OAuth's client credentials. */
const oauthFields = z
  .strictObject({
    mechanism: z.literal('oauthbearer'),
    tokenFile: file.optional(),
    clientCredentials: z
      .strictObject({
        endpoint: z.url(),
        clientId: z.string().min(1),
        secretFile: file,
        scope: z.string().min(1).optional(),
      })
      .optional(),
  })
  .refine(
    ({ tokenFile, clientCredentials }) => (tokenFile === undefined) !== (clientCredentials === undefined),
    'needs tokenFile or clientCredentials',
  );

const saslFields = z.discriminatedUnion('mechanism', [
  z.strictObject({ mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']), ...password }),
  oauthFields,
  /** Amazon MSK, with AWS's default chain of credentials. */
  z.strictObject({ mechanism: z.literal('aws-msk-iam'), region: z.string().min(1) }),
  /** The Kafka endpoint of Event Hubs: the file holds the connection string of the namespace. */
  z.strictObject({ mechanism: z.literal('event-hubs'), connectionStringFile: file }),
]);

const EVENT_HUBS_REQUEST_BYTES_MAX = 1_046_528;

/** A Kafka cluster, or what speaks its protocol: MSK, Event Hubs, Redpanda. */
export const kafkaStreamFields = z
  .strictObject({
    broker: z.literal('kafka'),
    ...commonStreamFields,
    /** Some of the brokers; the others are learnt from them. */
    bootstrap: z.array(z.string().regex(/^[^\s:]+:\d+$/, 'must be host:port')).min(1),
    /** Which client reads: @platformatic/kafka's membership (cooperative-sticky, static) with our own reader or with its own, or kafkajs. */
    client: z.enum(['columnar', 'kafkajs', 'platformatic']).default('columnar'),
    tls: tlsFields.optional(),
    sasl: saslFields.optional(),
    /** Makes topics that are not there, one copy each: for a machine of your own. */
    createTopics: z.boolean().default(false),
    /** Partitions of topics that are made so. */
    partitions: count(1, 10_000).default(4),
    /** Without a heartbeat for so long, an instance loses its partitions. */
    sessionTimeoutMs: count(1_000, 1_800_000).default(30_000),
    /** How long the group waits for all instances when partitions change hands. */
    rebalanceTimeoutMs: count(1_000, 1_800_000).default(60_000),
    /** Name that an instance keeps over restarts; another for each. Only `platformatic` has it. */
    instanceId: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,200}$/)
      .optional(),
    /** Bytes of one fetch (kafkajs and platformatic ask for 256 KiB at most); as much again may wait to be polled. */
    fetchBytesMax: count(1_024, 1 << 29).default(8 << 20),
    /** Of what is written; zstd when not set, gzip on Event Hubs. */
    compression: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).optional(),
    /** Of one request that writes; below the topic's max.message.bytes. */
    requestBytesMax: count(1_024, 1 << 29).default(1_000_000),
  })
  .superRefine((stream, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (stream.rebalanceTimeoutMs < stream.sessionTimeoutMs)
      refuse('rebalanceTimeoutMs', 'must not be less than sessionTimeoutMs');
    if (stream.instanceId !== undefined && stream.client === 'kafkajs')
      refuse('instanceId', 'the client kafkajs has no static membership');
    if (stream.sasl?.mechanism !== 'event-hubs') return;
    if (stream.compression && stream.compression !== 'gzip' && stream.compression !== 'none')
      refuse('compression', 'Event Hubs takes gzip or none');
    if (stream.requestBytesMax >= EVENT_HUBS_REQUEST_BYTES_MAX)
      refuse('requestBytesMax', `Event Hubs takes less than ${EVENT_HUBS_REQUEST_BYTES_MAX} bytes`);
  })
  .transform((stream) => {
    const isEventHubs = stream.sasl?.mechanism === 'event-hubs';
    return {
      ...stream,
      tls: stream.tls ?? (isEventHubs ? {} : undefined),
      compression: stream.compression ?? (isEventHubs ? 'gzip' : 'zstd'),
    };
  });
