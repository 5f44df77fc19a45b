import { createKinesisBroker } from '@gondola/broker-kinesis';
import {
  AWS_CREDENTIALS,
  createKinesisStream,
  describeWithPackages,
  startDynalite,
  startKinesisLocal,
} from '../servers/aws.js';
import { describeScaleOut, type ScaleOutBroker } from './describe-scale-out.js';

Object.assign(process.env, AWS_CREDENTIALS);

/** Short, so that a freeze outlasts it in seconds: the minute is frozen once, with Kafka. */
const FAILOVER_MS = 2_000;

async function start(): Promise<ScaleOutBroker> {
  const [kinesis, dynamo] = await Promise.all([startKinesisLocal(), startDynalite()]);
  const { endpoint } = kinesis;
  const leases = { tablePrefix: 'test-', endpoint: dynamo.endpoint, failoverMs: FAILOVER_MS };
  const broker = createKinesisBroker({
    ...{ endpoint, leases, aggregate: true, fanOut: false, startAt: 'oldest' },
    ...{ readsPerSecond: 5, bufferBytesMax: 64 << 20 },
  });
  return {
    streamConfig: () => ({ broker: 'kinesis', endpoint, leases, readsPerSecond: 5 }),
    createStream: async (shards) => {
      await createKinesisStream(endpoint, 'sales', shards);
      return 'sales';
    },
    sink: async (stream) => broker.sink(stream),
    env: AWS_CREDENTIALS,
    async close() {
      await broker.close();
      await Promise.all([kinesis.stop(), dynamo.stop()]);
    },
  };
}

describeWithPackages(['kinesis-local', 'dynalite'], 'Kinesis', () =>
  describeScaleOut('Kinesis', start, { partitions: 6, freezeMs: 4 * FAILOVER_MS }),
);
