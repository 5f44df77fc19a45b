import { createKinesisBroker, type KinesisSettings } from '@gondola/broker-kinesis';
import { systemClock, type Broker } from '@gondola/stream';
import {
  askKinesis,
  AWS_CREDENTIALS,
  createKinesisStream,
  describeWithPackages,
  startDynalite,
  startKinesisLocal,
  untilActive,
  type AwsServer,
} from '../servers/aws.js';
import { startSubscriptions } from '../servers/kinesis-subscriptions.js';
import { lakeReader, MemoryLake } from './memory-lake.js';

Object.assign(process.env, AWS_CREDENTIALS);

const KEYS = 20;
const WAIT_MS_MAX = 60_000;

describeWithPackages(['kinesis-local', 'dynalite'], 'Kinesis while shards split and merge', () => {
  let kinesis: AwsServer;
  let dynamo: AwsServer;
  const brokers: Broker[] = [];
  let streams = 0;
  beforeAll(async () => {
    [kinesis, dynamo] = await Promise.all([startKinesisLocal(), startDynalite()]);
  }, 300_000);
  afterAll(async () => {
    for (const broker of brokers) await broker.close();
    await Promise.all([kinesis.stop(), dynamo.stop()]);
  }, 300_000);

  function brokerWith(settings: Partial<KinesisSettings> = {}): Broker {
    const broker = createKinesisBroker({
      endpoint: kinesis.endpoint,
      leases: { tablePrefix: 'test-', endpoint: dynamo.endpoint, failoverMs: 2_000 },
      fanOut: false,
      startAt: 'oldest',
      readsPerSecond: 5,
      bufferBytesMax: 64 << 20,
      aggregate: true,
      ...settings,
    });
    brokers.push(broker);
    return broker;
  }

  async function newStream(shards: number): Promise<string> {
    const stream = `reshard-${streams++}`;
    await createKinesisStream(kinesis.endpoint, stream, shards);
    return stream;
  }

  interface Listed {
    readonly ShardId: string;
    readonly HashKeyRange: { readonly StartingHashKey: string; readonly EndingHashKey: string };
    readonly SequenceNumberRange: { readonly EndingSequenceNumber?: string };
  }

  async function openShards(stream: string): Promise<Listed[]> {
    const { Shards } = await askKinesis<{ Shards: Listed[] }>(kinesis.endpoint, 'ListShards', {
      StreamName: stream,
    });
    return Shards.filter((shard) => !shard.SequenceNumberRange.EndingSequenceNumber).sort((a, b) =>
      BigInt(a.HashKeyRange.StartingHashKey) < BigInt(b.HashKeyRange.StartingHashKey) ? -1 : 1,
    );
  }

  async function split(stream: string): Promise<void> {
    const [{ ShardId, HashKeyRange }] = await openShards(stream);
    const middle = (BigInt(HashKeyRange.StartingHashKey) + BigInt(HashKeyRange.EndingHashKey)) / 2n;
    await askKinesis(kinesis.endpoint, 'SplitShard', {
      StreamName: stream,
      ShardToSplit: ShardId,
      NewStartingHashKey: middle.toString(),
    });
    await untilActive(kinesis.endpoint, stream);
  }

  async function merge(stream: string): Promise<void> {
    const [first, second] = await openShards(stream);
    await askKinesis(kinesis.endpoint, 'MergeShards', {
      StreamName: stream,
      ShardToMerge: first.ShardId,
      AdjacentShardToMerge: second.ShardId,
    });
    await untilActive(kinesis.endpoint, stream);
  }

  /** Appends numbered records of each key, a few at a time. */
  function producer(broker: Broker, stream: string) {
    const sink = broker.sink(stream);
    let sent = 0;
    const append = async (count: number) => {
      const records = Array.from({ length: count }, (_, index) => ({
        key: Buffer.from(`key-${(sent + index) % KEYS}`),
        value: Buffer.from(String(sent + index)),
        timestampMs: 0,
      }));
      await sink.append(records);
      sent += count;
    };
    return { append, sent: () => sent };
  }

  async function until(what: () => string, isTrue: () => boolean): Promise<void> {
    const endMs = systemClock.nowMs() + WAIT_MS_MAX;
    while (!isTrue()) {
      if (systemClock.nowMs() > endMs) throw new Error(`not in time: ${what()}`);
      await systemClock.sleep(50);
    }
  }

  /** Every record once, and of each key in the order in which they were sent: also across parents and children. */
  function expectExact(lake: MemoryLake, sent: number): void {
    const byKey = new Map<string, number[]>();
    for (const { key, value } of lake.rows) byKey.set(key, [...(byKey.get(key) ?? []), Number(value)]);
    for (const values of byKey.values()) expect(values).toEqual([...values].sort((a, b) => a - b));
    const all = lake.rows.map(({ value }) => Number(value)).sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: sent }, (_, index) => index));
  }

  async function reshardUnderLoad(reader: Broker, writer: Broker, instances: number): Promise<MemoryLake> {
    const stream = await newStream(2);
    const lake = new MemoryLake();
    const stop = new AbortController();
    const runs = Array.from({ length: instances }, () =>
      lakeReader(lake, reader, { stream, reader: 'gondola' }).run(stop.signal),
    );
    const { append, sent } = producer(writer, stream);
    const isDone = new AbortController();
    const load = (async () => {
      while (!isDone.signal.aborted) await append(50);
    })();
    try {
      for (const change of [split, merge, split, split, merge]) {
        await systemClock.sleep(500);
        await change(stream);
      }
      await systemClock.sleep(500);
      isDone.abort();
      await load;
      await until(
        () => `${lake.rows.length} of ${sent()} rows`,
        () => lake.rows.length >= sent(),
      );
      await systemClock.sleep(500);
    } finally {
      isDone.abort();
      stop.abort();
      await Promise.allSettled([load, ...runs]);
    }
    await Promise.all(runs);
    expectExact(lake, sent());
    return lake;
  }

  it('one instance without a lease table skips and repeats nothing', async () => {
    const broker = brokerWith({ leases: 'none' });
    await reshardUnderLoad(broker, broker, 1);
  }, 300_000);

  it('two instances that share the shards skip and repeat nothing', async () => {
    const broker = brokerWith();
    await reshardUnderLoad(broker, broker, 2);
  }, 300_000);

  it('fan-out follows shards to their children', async () => {
    const subscriptions = await startSubscriptions(kinesis);
    try {
      const reader = brokerWith({ endpoint: subscriptions.endpoint, fanOut: true });
      await reshardUnderLoad(reader, brokerWith(), 2);
    } finally {
      await subscriptions.close();
    }
  }, 300_000);

  it('fan-out is exact under load, also when it is started again in between', async () => {
    const stream = await newStream(3);
    const broker = brokerWith({ fanOut: true });
    const { append, sent } = producer(broker, stream);
    await append(300);
    const lake = new MemoryLake();
    for (let start = 0; start < 2; start++) {
      const stop = new AbortController();
      const run = lakeReader(lake, broker, { stream, reader: 'fan-out' }).run(stop.signal);
      try {
        for (let round = 0; round < 10; round++) await append(50);
        await until(
          () => `${lake.rows.length} of ${sent()} rows`,
          () => lake.rows.length >= sent(),
        );
      } finally {
        stop.abort();
        await run;
      }
    }
    expectExact(lake, sent());
  }, 300_000);

  it('--once reads children too, after their parents', async () => {
    const stream = await newStream(1);
    const broker = brokerWith();
    const { append, sent } = producer(broker, stream);
    await append(100);
    await split(stream);
    await append(100);
    await merge(stream);
    await append(100);
    const lake = new MemoryLake();
    const once = () =>
      lakeReader(lake, broker, { stream, reader: 'once', once: true }).run(new AbortController().signal);
    await once();
    expectExact(lake, sent());
    // A new start knows from the leases and the lake that the parents are done with.
    await append(10);
    await once();
    expectExact(lake, sent());
    // And a new lake is not misled by old leases.
    const other = new MemoryLake();
    await lakeReader(other, broker, { stream, reader: 'once', once: true }).run(new AbortController().signal);
    expect(other.rows).toHaveLength(sent());
  }, 300_000);
});
