import { createKinesisBroker, type KinesisSettings } from '@gondola/broker-kinesis';
import { silentLog, systemClock, systemRandom } from '@gondola/stream';
import { describeSource, type KnownGaps, type SourceHarness } from '@gondola/testing';
import {
  AWS_CREDENTIALS,
  createKinesisStream,
  describeWithPackages,
  startDynalite,
  startKinesalite,
} from '../servers/aws.js';

Object.assign(process.env, AWS_CREDENTIALS);

const start = (settings: Partial<KinesisSettings>) => async (): Promise<SourceHarness> => {
  const [kinesis, dynamo] = await Promise.all([startKinesalite(), startDynalite()]);
  const broker = createKinesisBroker({
    endpoint: kinesis.endpoint,
    leases: { tablePrefix: 'test-', endpoint: dynamo.endpoint, failoverMs: 1_500 },
    fanOut: false,
    startAt: 'oldest',
    readsPerSecond: 5,
    bufferBytesMax: 32 << 20,
    aggregate: true,
    ...settings,
  });
  let streams = 0;
  return {
    async createStream(partitions) {
      const stream = `stream-${streams++}`;
      await createKinesisStream(kinesis.endpoint, stream, partitions);
      return stream;
    },
    sink: async (stream) => broker.sink(stream),
    source: async (stream, options) =>
      broker.source({ stream, ...options }, { clock: systemClock, log: silentLog, random: systemRandom }),
    // Age is the server's matter: what the suite calls old is all but the newest record.
    forget: async (stream) => {
      await fetch(`${kinesis.endpoint}/forget?stream=${stream}`, { method: 'POST' });
    },
    restart: async () => {
      await fetch(`${kinesis.endpoint}/restart`, { method: 'POST' });
    },
    async close() {
      await broker.close();
      await Promise.all([kinesis.stop(), dynamo.stop()]);
    },
  };
};

const gaps: KnownGaps = {
  'gives back every record, with key, value, headers and time':
    'Kinesis has no record without a value, none without a key, and its time is when it took the record',
  'knows where every partition ends':
    'Kinesis does not tell where a shard ends, only how old what is left is',
};

describeWithPackages(['kinesalite', 'dynalite'], 'Kinesis', () => {
  describeSource('Kinesis with aggregated records', start({}), gaps);
});
