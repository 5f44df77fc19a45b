import { createKinesisBroker } from '@gondola/broker-kinesis';
import {
  recordAt,
  silentLog,
  systemClock,
  systemRandom,
  type Broker,
  type Clock,
  type Source,
} from '@gondola/stream';
import {
  askDynamo,
  AWS_CREDENTIALS,
  createKinesisStream,
  describeWithPackages,
  startDynalite,
  startKinesalite,
  type AwsServer,
} from '../servers/aws.js';
import { lakeReader, MemoryLake } from './memory-lake.js';

Object.assign(process.env, AWS_CREDENTIALS);

const FAILOVER_MS = 5_000;
const WAIT_MS_MAX = 60_000;

type Item = Record<string, { S?: string; N?: string; SS?: string[] } | undefined>;

/** Its sleepers wake no more while it is frozen, as those of a stopped process. */
function freezable(): Clock & { isFrozen: boolean } {
  const clock = {
    isFrozen: false,
    nowMs: () => systemClock.nowMs(),
    async sleep(ms: number, signal?: AbortSignal): Promise<void> {
      await systemClock.sleep(ms, signal);
      while (clock.isFrozen) await systemClock.sleep(20);
    },
  };
  return clock;
}

describeWithPackages(['kinesalite', 'dynalite'], 'Leases of Kinesis shards', () => {
  let kinesis: AwsServer;
  let dynamo: AwsServer;
  let broker: Broker;
  let streams = 0;
  const opened: Source[] = [];
  beforeAll(async () => {
    [kinesis, dynamo] = await Promise.all([startKinesalite(), startDynalite()]);
    broker = brokerOf(FAILOVER_MS);
  }, 300_000);
  afterEach(async () => {
    for (const source of opened.splice(0)) await source.close();
  });
  afterAll(async () => {
    await broker.close();
    await Promise.all([kinesis.stop(), dynamo.stop()]);
  }, 300_000);

  const brokerOf = (failoverMs: number) =>
    createKinesisBroker({
      endpoint: kinesis.endpoint,
      leases: { tablePrefix: '', endpoint: dynamo.endpoint, failoverMs },
      fanOut: false,
      startAt: 'oldest',
      readsPerSecond: 5,
      bufferBytesMax: 64 << 20,
      aggregate: true,
    });

  async function newStream(shards: number): Promise<string> {
    const stream = `leased-${streams++}`;
    await createKinesisStream(kinesis.endpoint, stream, shards);
    return stream;
  }

  async function open(stream: string, clock: Clock = systemClock, by = broker) {
    const source = by.source(
      { stream, reader: 'r', allowGap: false },
      { clock, log: silentLog, random: systemRandom },
    );
    opened.push(source);
    const state = { source, shards: [] as readonly string[], told: [] as string[] };
    await source.open({
      assigned: async (partitions) => {
        state.shards = partitions;
        state.told.push(`assigned ${partitions.length}`);
        return new Map();
      },
      revoked: async () => void state.told.push('revoked'),
    });
    return state;
  }

  async function table(stream: string): Promise<Item[]> {
    const { Items } = await askDynamo<{ Items: Item[] }>(dynamo.endpoint, 'Scan', {
      TableName: `r-${stream}`,
    });
    return Items.sort((a, b) => (String(a['leaseKey']?.S) < String(b['leaseKey']?.S) ? -1 : 1));
  }

  async function until(isTrue: () => Promise<boolean>): Promise<void> {
    const endMs = systemClock.nowMs() + WAIT_MS_MAX;
    while (!(await isTrue())) if (systemClock.nowMs() > endMs) throw new Error('not in time');
  }

  const append = (stream: string, count: number) =>
    broker.sink(stream).append(
      Array.from({ length: count }, (_, index) => ({
        key: Buffer.from(`k${index % 9}`),
        value: Buffer.from(`${index}`),
        timestampMs: 0,
      })),
    );

  it('are taken and renewed in a table that KCL would know', async () => {
    const stream = await newStream(2);
    const { source } = await open(stream);
    const before = await table(stream);
    expect(before.map((item) => item['leaseKey']?.S)).toEqual([
      'shardId-000000000000',
      'shardId-000000000001',
    ]);
    expect(before[0]).toMatchObject({
      leaseOwner: { S: expect.stringContaining(':') },
      leaseCounter: { N: expect.any(String) },
      checkpoint: { S: 'TRIM_HORIZON' },
      checkpointSubSequenceNumber: { N: '0' },
      ownerSwitchesSinceCheckpoint: { N: '1' },
    });
    await until(
      async () =>
        Number((await table(stream))[0]['leaseCounter']?.N) > Number(before[0]['leaseCounter']?.N) + 1,
    );
    await source.close();
    expect((await table(stream)).map((item) => item['leaseOwner'])).toEqual([undefined, undefined]);
  });

  it('carry the checkpoint as sequence number and place in the aggregated record', async () => {
    const stream = await newStream(1);
    await append(stream, 10);
    const { source, shards } = await open(stream);
    let batch = null;
    while (!batch) batch = await source.poll(500);
    await source.checkpoint(new Map([[shards[0], batch.nextPosition]]));
    await source.close();
    const [item] = await table(stream);
    expect(item).toMatchObject({
      checkpointSubSequenceNumber: { N: '9' },
      ownerSwitchesSinceCheckpoint: { N: '0' },
    });
    expect(recordAt(batch, 9).position.toString()).toBe(`${item['checkpoint']?.S}000009`);
  });

  it('given back at the end are taken at once', async () => {
    // So long that a busy machine is faster, and who waits for it is not.
    const failoverMs = 30_000;
    const patient = brokerOf(failoverMs);
    const stream = await newStream(2);
    const first = await open(stream, systemClock, patient);
    await first.source.close();
    const startMs = systemClock.nowMs();
    const second = await open(stream, systemClock, patient);
    expect(second.shards).toHaveLength(2);
    expect(systemClock.nowMs() - startMs).toBeLessThan(failoverMs);
    await second.source.close();
    await patient.close();
  });

  it('of an instance that is no more are taken after the failover time, by an open that waits for them', async () => {
    const stream = await newStream(2);
    const clock = freezable();
    await open(stream, clock);
    clock.isFrozen = true;
    try {
      expect((await open(stream)).shards).toHaveLength(2);
    } finally {
      clock.isFrozen = false;
    }
  });

  it('lost while an instance was frozen are let go before it reads on', async () => {
    const stream = await newStream(2);
    const clock = freezable();
    const zombie = await open(stream, clock);
    clock.isFrozen = true;
    const other = await open(stream);
    clock.isFrozen = false;
    await until(async () => {
      await Promise.all([zombie.source.poll(100), other.source.poll(100)]);
      return zombie.shards.length + other.shards.length === 2 && zombie.shards.length === 1;
    });
    expect(zombie.told.slice(1, 3)).toEqual(['revoked', 'assigned 0']);
  });

  it('that change hands under load, with a frozen instance among them, repeat and skip nothing', async () => {
    const stream = await newStream(4);
    const lake = new MemoryLake();
    const clock = freezable();
    const stops = [new AbortController(), new AbortController(), new AbortController()];
    const start = (index: number, of: Clock = systemClock) =>
      lakeReader(lake, broker, { stream, reader: 'r', clock: of }).run(stops[index].signal);
    const isDone = new AbortController();
    let sent = 0;
    const load = (async () => {
      for (; !isDone.signal.aborted; sent += 50) await append(stream, 50);
    })();
    const runs = [start(0, clock)];
    try {
      await systemClock.sleep(1_000);
      runs.push(start(1));
      await systemClock.sleep(2 * FAILOVER_MS);
      clock.isFrozen = true;
      runs.push(start(2));
      await systemClock.sleep(2 * FAILOVER_MS);
      clock.isFrozen = false;
      await systemClock.sleep(1_000);
      stops[1].abort();
      await systemClock.sleep(1_000);
      isDone.abort();
      await load;
      await until(async () => {
        await systemClock.sleep(50);
        return lake.rows.length >= sent;
      });
    } finally {
      clock.isFrozen = false;
      isDone.abort();
      for (const stop of stops) stop.abort();
      await Promise.allSettled([load, ...runs]);
    }
    await Promise.all(runs);
    expect(lake.rows).toHaveLength(sent);
    expect(new Set(lake.rows.map(({ partition, position }) => `${partition} ${position}`)).size).toBe(sent);
  }, 300_000);
});
