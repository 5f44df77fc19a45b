import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import {
  GondolaError,
  systemClock,
  systemRandom,
  type Broker,
  type SourceDeps,
  type SourceOptions,
} from '@gondola/stream';
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler';
import { createDynamoLeases } from './dynamo-leases.js';
import { registerConsumer } from './fan-out.js';
import { createKinesisSink } from './kinesis-sink.js';
import { KinesisSource } from './kinesis-source.js';
import { createMemoryLeases } from './lease.js';
import { createProducerStore, refuseProducers } from './producer-store.js';
import { createFanOutFetcher, createPollFetcher, type ShardFetcher } from './shard-fetcher.js';
import { ShardMap } from './shard-map.js';

export interface KinesisSettings {
  /** Where the SDK's own settings say none: `AWS_REGION`, the shared configuration file. */
  readonly region?: string | undefined;
  /** Base URL of a server that speaks Kinesis; Amazon's when not set. */
  readonly endpoint?: string | undefined;
  readonly leases: KinesisLeaseSettings | 'none';
  readonly fanOut: boolean;
  /** The reader's name when not set. */
  readonly consumerName?: string | undefined;
  /** Where shards begin that the lake does not know. */
  readonly startAt: 'oldest' | Date;
  /** Of the five that all readers of a shard have together. */
  readonly readsPerSecond: number;
  readonly bufferBytesMax: number;
  readonly aggregate: boolean;
}

export interface KinesisLeaseSettings {
  /** The table of a reader's leases is `<tablePrefix><reader>-<stream>`. */
  readonly tablePrefix: string;
  readonly endpoint?: string | undefined;
  readonly failoverMs: number;
}

/** A single instance has nobody to take over from: this only paces the look for new shards. */
const ALONE_FAILOVER_MS = 10_000;
const CONNECT_MS_MAX = 5_000;
/** A peer that takes a question and says nothing is given up then. Amazon sends an event every few seconds on a subscription. */
const SILENT_MS_MAX = 30_000;
/** Other servers may have nothing to say on a subscription, which is over after five minutes. */
const SUBSCRIPTION_SILENT_MS_MAX = 6 * 60_000;
/** Of leases: short against the time in which they fail over. */
const LEASES_SILENT_MS_MAX = 10_000;
/** Of HTTP/1.1: each shard that is asked, and each subscription, has one. */
const SOCKETS_MAX = 2_000;

/**
 * Kinesis Data Streams. Credentials come from the SDK's default chain: environment, shared files, web identity,
 * container or instance.
 */
export function createKinesisBroker(settings: KinesisSettings): Broker {
  const { region, endpoint, aggregate } = settings;
  // Each attempt is ours to repeat.
  const common = { maxAttempts: 1, ...(region === undefined ? {} : { region }) };
  const place = { ...common, ...(endpoint === undefined ? {} : { endpoint, region: region ?? 'us-east-1' }) };
  const client = new KinesisClient({ ...place, requestHandler: http1(SILENT_MS_MAX) });
  // Servers other than Amazon's speak no HTTP/2 or speak it badly.
  const subscriptions = endpoint === undefined ? http2() : http1(SUBSCRIPTION_SILENT_MS_MAX);
  const subscriber = new KinesisClient({ ...place, requestHandler: subscriptions });
  const table = createTables(settings, common);
  const shardMaps = new Map<string, ShardMap>();
  const shardsOf = (stream: string): ShardMap => {
    const known = shardMaps.get(stream) ?? new ShardMap(client, stream);
    shardMaps.set(stream, known);
    return known;
  };

  return {
    kind: 'kinesis',

    async prepare(stream) {
      const { StreamStatus } = await shardsOf(stream).describe();
      if (StreamStatus !== 'ACTIVE' && StreamStatus !== 'UPDATING')
        throw new GondolaError('stream_unavailable', `stream ${stream} is ${StreamStatus}`, true);
    },

    source(options, deps) {
      const shards = shardsOf(options.stream);
      const { leases, startAt, readsPerSecond } = settings;
      return new KinesisSource(
        {
          ...options,
          failoverMs: leases === 'none' ? ALONE_FAILOVER_MS : leases.failoverMs,
          startUnknown:
            startAt === 'oldest' ? { Type: 'TRIM_HORIZON' } : { Type: 'AT_TIMESTAMP', Timestamp: startAt },
          intervalMs: 1_000 / readsPerSecond,
          bufferBytesMax: settings.bufferBytesMax,
          fanOut: settings.fanOut,
        },
        {
          ...deps,
          shards,
          leases: table.leases(options, deps),
          fetchers: () => fetchersOf({ client, subscriber }, shards, settings, options, deps),
        },
      );
    },

    sink: (stream) =>
      createKinesisSink(
        { stream, aggregate },
        {
          client,
          shards: shardsOf(stream),
          producers: table.producers,
          clock: systemClock,
          random: systemRandom,
        },
      ),

    async close() {
      client.destroy();
      subscriber.destroy();
      table.close();
    },
  };
}

/**
 * For subscriptions, which need it, a session each, and for nothing else: an answer that is cut off there is an empty one to the
 * SDK, and an empty answer says that a shard is over.
 */
const http2 = () => new NodeHttp2Handler({ requestTimeout: SILENT_MS_MAX, disableConcurrentStreams: true });

const http1 = (silentMs: number) =>
  new NodeHttpHandler({
    ...silentFor(SILENT_MS_MAX),
    socketTimeout: silentMs,
    httpAgent: { maxSockets: SOCKETS_MAX },
    httpsAgent: { maxSockets: SOCKETS_MAX },
  });

/** Until the answer begins, and within it. */
const silentFor = (silentMs: number) => ({
  connectionTimeout: CONNECT_MS_MAX,
  requestTimeout: silentMs,
  throwOnRequestTimeout: true,
  socketTimeout: silentMs,
});

async function fetchersOf(
  { client, subscriber }: { readonly client: KinesisClient; readonly subscriber: KinesisClient },
  shards: ShardMap,
  { fanOut, consumerName }: KinesisSettings,
  { stream, reader }: SourceOptions,
  { clock }: SourceDeps,
): Promise<(shard: string) => ShardFetcher> {
  if (!fanOut) return (shard) => createPollFetcher(client, stream, shard);
  const { StreamARN } = await shards.describe();
  const consumer = await registerConsumer(client, StreamARN, consumerName ?? reader, clock);
  return (shard) => createFanOutFetcher(subscriber, consumer, shard);
}

function createTables({ leases, region }: KinesisSettings, common: { maxAttempts: number; region?: string }) {
  if (leases === 'none')
    return { leases: () => createMemoryLeases(), producers: refuseProducers(), close: () => {} };
  const { endpoint, tablePrefix } = leases;
  const client = new DynamoDBClient({
    ...common,
    requestHandler: silentFor(LEASES_SILENT_MS_MAX),
    ...(endpoint === undefined ? {} : { endpoint, region: region ?? 'us-east-1' }),
  });
  return {
    leases: ({ reader, stream }: SourceOptions, { clock }: SourceDeps) =>
      createDynamoLeases(client, `${tablePrefix}${reader}-${stream}`, clock),
    producers: createProducerStore(client, `${tablePrefix}gondola-producers`, systemClock),
    close: () => client.destroy(),
  };
}
