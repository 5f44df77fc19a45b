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
import { NodeHttpHandler } from '@smithy/node-http-handler';
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
/** Of HTTP/1.1: each subscription keeps one. */
const SOCKETS_MAX = 2_000;

/**
 * Kinesis Data Streams. Credentials come from the SDK's default chain: environment, shared files, web identity,
 * container or instance.
 */
export function createKinesisBroker(settings: KinesisSettings): Broker {
  const { region, endpoint, aggregate } = settings;
  // Each attempt is ours to repeat.
  const common = { maxAttempts: 1, ...(region === undefined ? {} : { region }) };
  const http1 = () =>
    new NodeHttpHandler({ connectionTimeout: CONNECT_MS_MAX, httpAgent: { maxSockets: SOCKETS_MAX } });
  const client = new KinesisClient({
    ...common,
    // Servers other than Amazon's speak no HTTP/2 or speak it badly.
    ...(endpoint === undefined ? {} : { endpoint, region: region ?? 'us-east-1', requestHandler: http1() }),
  });
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
          fetchers: () => fetchersOf(client, shards, settings, options, deps),
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
      table.close();
    },
  };
}

async function fetchersOf(
  client: KinesisClient,
  shards: ShardMap,
  { fanOut, consumerName }: KinesisSettings,
  { stream, reader }: SourceOptions,
  { clock }: SourceDeps,
): Promise<(shard: string) => ShardFetcher> {
  if (!fanOut) return (shard) => createPollFetcher(client, stream, shard);
  const { StreamARN } = await shards.describe();
  const consumer = await registerConsumer(client, StreamARN, consumerName ?? reader, clock);
  return (shard) => createFanOutFetcher(client, consumer, shard);
}

function createTables({ leases, region }: KinesisSettings, common: { maxAttempts: number; region?: string }) {
  if (leases === 'none')
    return { leases: () => createMemoryLeases(), producers: refuseProducers(), close: () => {} };
  const { endpoint, tablePrefix } = leases;
  const client = new DynamoDBClient({
    ...common,
    requestHandler: { connectionTimeout: CONNECT_MS_MAX },
    ...(endpoint === undefined ? {} : { endpoint, region: region ?? 'us-east-1' }),
  });
  return {
    leases: ({ reader, stream }: SourceOptions, { clock }: SourceDeps) =>
      createDynamoLeases(client, `${tablePrefix}${reader}-${stream}`, clock),
    producers: createProducerStore(client, `${tablePrefix}gondola-producers`, systemClock),
    close: () => client.destroy(),
  };
}
