import { createKinesisBroker, type KinesisSettings } from '@gondola/broker-kinesis';
import {
  recordAt,
  silentLog,
  systemClock,
  systemRandom,
  type Broker,
  type OutgoingRecord,
} from '@gondola/stream';
import {
  askKinesis,
  AWS_CREDENTIALS,
  createKinesisStream,
  describeWithPackages,
  startKinesalite,
  type AwsServer,
} from '../servers/aws.js';
import { startFaultProxy } from '../servers/fault-proxy.js';

Object.assign(process.env, AWS_CREDENTIALS);

const bytes = (text: string) => Buffer.from(text);
const record = (key: string, value: string): OutgoingRecord => ({
  key: bytes(key),
  value: bytes(value),
  timestampMs: 0,
});

describeWithPackages(['kinesalite'], 'Records of Kinesis', () => {
  let kinesis: AwsServer;
  let streams = 0;
  const brokers: Broker[] = [];
  beforeAll(async () => {
    kinesis = await startKinesalite();
  }, 300_000);
  afterAll(async () => {
    for (const broker of brokers) await broker.close();
    await kinesis.stop();
  }, 300_000);

  function brokerWith(settings: Partial<KinesisSettings> = {}): Broker {
    const broker = createKinesisBroker({
      endpoint: kinesis.endpoint,
      leases: 'none',
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
    const stream = `records-${streams++}`;
    await createKinesisStream(kinesis.endpoint, stream, shards);
    return stream;
  }

  async function readAll(broker: Broker, stream: string, count: number) {
    const source = broker.source(
      { stream, reader: 'r', allowGap: false },
      { clock: systemClock, log: silentLog, random: systemRandom },
    );
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    const records = [];
    const endMs = systemClock.nowMs() + 20_000;
    while (records.length < count && systemClock.nowMs() < endMs) {
      const batch = await source.poll(500);
      for (let index = 0; index < (batch?.count ?? 0); index++)
        if (batch) records.push(recordAt(batch, index));
    }
    await source.close();
    return records;
  }

  it('aggregated carry headers of any bytes, empty keys and empty values', async () => {
    const stream = await newStream(1);
    const broker = brokerWith();
    const headers = [{ key: 'ñ', value: new Uint8Array([0, 255]) }];
    await broker
      .sink(stream)
      .append([{ ...record('k', 'v'), headers }, record('', ''), { ...record('', 'x'), key: null }]);
    const [first, second, third] = await readAll(broker, stream, 3);
    expect(first).toMatchObject({
      key: bytes('k'),
      value: bytes('v'),
      headers: [{ key: 'ñ', value: Buffer.from([0, 255]) }],
    });
    expect([second.key?.length, second.value?.length]).toEqual([0, 0]);
    expect(third.key?.length).toBe(36);
    expect(Math.abs(first.timestampMs - systemClock.nowMs())).toBeLessThan(60_000);
  });

  it('not aggregated keep the order of a key', async () => {
    const stream = await newStream(3);
    const broker = brokerWith({ aggregate: false });
    await broker
      .sink(stream)
      .append(Array.from({ length: 200 }, (_, index) => record(`k${index % 7}`, `${index}`)));
    const byKey = new Map<string, number[]>();
    const records = await readAll(broker, stream, 200);
    for (const { key, value } of records)
      byKey.set(String(key), [...(byKey.get(String(key)) ?? []), Number(String(value))]);
    expect(records).toHaveLength(200);
    for (const values of byKey.values()) expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it.each<[string, OutgoingRecord, boolean, RegExp]>([
    ['no value', { ...record('k', ''), value: null }, true, /record 1 .* no value/],
    [
      'headers without aggregation',
      { ...record('k', 'v'), headers: [{ key: 'h', value: bytes('') }] },
      false,
      /headers/,
    ],
    ['a key that is no text', { ...record('k', 'v'), key: Uint8Array.of(255) }, true, /no UTF-8/],
    ['too many bytes', record('k', 'x'.repeat(1 << 20)), true, /Kinesis takes 1048576/],
  ])('with %s are refused before anything is sent', async (_, bad, aggregate, message) => {
    const stream = await newStream(1);
    const broker = brokerWith({ aggregate });
    const append = broker.sink(stream).append([record('k', 'good'), bad]);
    await expect(append).rejects.toMatchObject({
      code: 'input_invalid',
      canRetry: false,
      message: expect.stringMatching(message),
    });
    await broker.sink(stream).append([record('k', 'later')]);
    expect((await readAll(broker, stream, 1)).map(({ value }) => String(value))).toEqual(['later']);
  });

  it('begin at the time that is set, where the lake knows nothing', async () => {
    const stream = await newStream(1);
    const sink = brokerWith().sink(stream);
    await sink.append([record('k', 'old')]);
    await systemClock.sleep(1_100);
    const startAt = new Date(systemClock.nowMs());
    await systemClock.sleep(1_100);
    await sink.append([record('k', 'new')]);
    expect((await readAll(brokerWith({ startAt }), stream, 1)).map(({ value }) => String(value))).toEqual([
      'new',
    ]);
  });

  it('that were forgotten are a gap however often one asks, nothing behind it is read', async () => {
    const stream = await newStream(1);
    const broker = brokerWith({ aggregate: false });
    await broker.sink(stream).append([record('k', 'old'), record('k', 'new')]);
    const [old, kept] = await readAll(broker, stream, 2);
    await fetch(`${kinesis.endpoint}/forget?stream=${stream}`, { method: 'POST' });
    const source = broker.source(
      { stream, reader: 'late', allowGap: false },
      { clock: systemClock, log: silentLog, random: systemRandom },
    );
    const assigned = async ([shard]: readonly string[]) => new Map([[shard, old.position]]);
    await source.open({ assigned, revoked: async () => {} });
    for (let time = 0; time < 2; time++)
      await expect(source.poll(5_000)).rejects.toMatchObject({
        code: 'position_gap',
        message: expect.stringContaining(`from ${kept.position / 1_000_000n} on`),
      });
    await source.close();
  });

  it('of other producers are read as they are, a broken aggregate as well', async () => {
    const stream = await newStream(1);
    const broken = Buffer.concat([Buffer.from('f3899ac2', 'hex'), Buffer.alloc(40)]);
    for (const Data of [bytes('plain'), broken])
      await askKinesis(kinesis.endpoint, 'PutRecord', {
        StreamName: stream,
        PartitionKey: 'ñ',
        Data: Data.toString('base64'),
      });
    const records = await readAll(brokerWith(), stream, 2);
    expect(records.map(({ key, value }) => [String(key), value])).toEqual([
      ['ñ', bytes('plain')],
      ['ñ', broken],
    ]);
  });

  it('wait longer and longer where Kinesis says that it is asked too much, and all arrive once, in order', async () => {
    const proxy = await startFaultProxy(kinesis.port);
    const asked: Record<string, number> = {};
    let isThrottled = true;
    proxy.faultOf = ({ headers }) => {
      const operation = String(headers['x-amz-target']).split('.')[1];
      asked[operation] = (asked[operation] ?? 0) + 1;
      if (operation === 'PutRecords' && asked[operation] % 2 === 1) return 'throttled';
      return operation === 'GetRecords' && isThrottled ? 'throttled' : 'none';
    };
    const broker = brokerWith({ endpoint: `http://127.0.0.1:${proxy.port}` });
    try {
      const stream = await newStream(1);
      const sink = broker.sink(stream);
      for (let part = 0; part < 3; part++)
        await sink.append(Array.from({ length: 100 }, (_, index) => record('k', `${part * 100 + index}`)));
      expect(asked['PutRecords']).toBe(6);
      const deps = { clock: systemClock, log: silentLog, random: () => 1 };
      const source = broker.source({ stream, reader: 'r', allowGap: false }, deps);
      await source.open({ assigned: async () => new Map(), revoked: async () => {} });
      expect(await source.poll(4_000)).toBeNull();
      // After 0, 0.7 and 1.9 s; every 0.2 s without throttling.
      expect(asked['GetRecords']).toBeGreaterThan(1);
      expect(asked['GetRecords']).toBeLessThanOrEqual(4);
      isThrottled = false;
      const values: string[] = [];
      while (values.length < 300) {
        const batch = await source.poll(10_000);
        if (!batch) break;
        for (let index = 0; index < batch.count; index++)
          values.push(Buffer.from(recordAt(batch, index).value ?? []).toString());
      }
      expect(values).toEqual(Array.from({ length: 300 }, (_, index) => `${index}`));
      await source.close();
    } finally {
      await proxy.close();
    }
  });

  it('of a stream that is not there are a set-up error that names it', async () => {
    await expect(brokerWith().prepare('nowhere', 0)).rejects.toMatchObject({
      name: 'SetupError',
      message: expect.stringContaining('stream nowhere: is not there'),
    });
  });
});
