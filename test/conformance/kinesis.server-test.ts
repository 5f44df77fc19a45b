import { createKinesisBroker, type KinesisSettings } from '@gondola/broker-kinesis';
import { silentLog, systemClock, systemRandom, type Broker } from '@gondola/stream';
import { describeSource, type KnownGaps, type SourceHarness } from '@gondola/testing';
import {
  AWS_CREDENTIALS,
  createKinesisStream,
  describeWithPackages,
  startDynalite,
  startKinesalite,
} from '../servers/aws.js';

Object.assign(process.env, AWS_CREDENTIALS);

/** A thousand conditional writes, and again at each renewal, take dynalite longer than a test may. */
const LEASED_SHARDS_MAX = 100;

async function start(): Promise<SourceHarness> {
  const [kinesis, dynamo] = await Promise.all([startKinesalite(), startDynalite()]);
  const settings: KinesisSettings = {
    endpoint: kinesis.endpoint,
    leases: { tablePrefix: 'test-', endpoint: dynamo.endpoint, failoverMs: 1_500 },
    fanOut: false,
    startAt: 'oldest',
    readsPerSecond: 5,
    bufferBytesMax: 64 << 20,
    aggregate: true,
  };
  const broker = createKinesisBroker(settings);
  const alone = createKinesisBroker({ ...settings, leases: 'none' });
  const brokerOf = new Map<string, Broker>();
  let streams = 0;
  return {
    // The stand-ins take a request for each shard and second: a thousand shards are minutes.
    partitionsMax: 200,
    waitMsMax: 90_000,
    async createStream(partitions) {
      const stream = `stream-${streams++}`;
      await createKinesisStream(kinesis.endpoint, stream, partitions);
      brokerOf.set(stream, partitions > LEASED_SHARDS_MAX ? alone : broker);
      return stream;
    },
    sink: async (stream) => broker.sink(stream),
    source: async (stream, options) =>
      (brokerOf.get(stream) ?? broker).source(
        { stream, ...options },
        { clock: systemClock, log: silentLog, random: systemRandom },
      ),
    // Age is the server's matter: what the suite calls old is all but the newest record.
    forget: async (stream) => {
      await fetch(`${kinesis.endpoint}/forget?stream=${stream}`, { method: 'POST' });
    },
    restart: async () => {
      await fetch(`${kinesis.endpoint}/restart`, { method: 'POST' });
    },
    async close() {
      await broker.close();
      await alone.close();
      await Promise.all([kinesis.stop(), dynamo.stop()]);
    },
  };
}

const gaps: KnownGaps = {
  'gives back every record, with key, value, headers and time':
    'Kinesis has no record without a value, none without a key, and its time is when it took the record',
  'never goes on in silence behind records that were forgotten while it read':
    'Kinesis does not say so; a reader knows by age alone what it may have missed (shard-reader.test.ts), and here nothing is old',
};

describeWithPackages(['kinesalite', 'dynalite'], 'Kinesis', () => {
  describeSource('Kinesis with aggregated records', start, gaps);
});
