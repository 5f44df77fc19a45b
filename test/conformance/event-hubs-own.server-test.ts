import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { BlobServiceClient } from '@azure/storage-blob';
import { createEventHubsBroker } from '@gondola/broker-event-hubs';
import {
  recordAt,
  systemClock,
  type Checkpoint,
  type OutgoingRecord,
  type RecordBatch,
  type RecordView,
  type Source,
} from '@gondola/stream';
import rhea from 'rhea';
import { AZURE_CONTAINER } from '../servers/azurite.js';
import { DEPS, startEventHubsServers, type EventHubsServers } from './event-hubs-servers.js';

/** What the suite of all sources cannot ask, or asks of records that a hub does not keep. */
describe('event hubs (look-alike)', () => {
  let servers: EventHubsServers;
  let hubs = 0;
  const opened: Source[] = [];
  beforeAll(async () => {
    servers = await startEventHubsServers();
  }, 300_000);
  afterEach(async () => {
    for (const source of opened.splice(0)) await source.close();
    servers.hubs.nowMs = () => systemClock.nowMs();
  });
  afterAll(() => servers.stop(), 300_000);

  const createHub = (partitions: number) => {
    const hub = `own-${hubs++}`;
    servers.hubs.createHub(hub, partitions, ['readers']);
    return hub;
  };
  const sourceOf = (stream: string, broker = servers.broker(), deps = DEPS) => {
    const source = broker.source({ stream, reader: 'readers', allowGap: false }, deps);
    opened.push(source);
    return source;
  };
  const read = async (stream: string, starts: Checkpoint = new Map()): Promise<RecordView[]> => {
    const source = sourceOf(stream);
    await source.open({ assigned: async () => starts, revoked: async () => {} });
    const batches = await batchesOf(source);
    await source.close();
    return batches.flatMap(viewsOf);
  };

  it('gives back key, value, headers and content type, and the time at which the hub took them', async () => {
    const hub = createHub(1);
    servers.hubs.nowMs = () => 1_234_567;
    const headers = [
      { key: 'content-type', value: bytes('avro/binary+7') },
      { key: 'ce_type', value: bytes('retail.pos.transaction') },
      { key: 'ñ', value: bytes('\ufeffñ') },
      { key: 'binary', value: new Uint8Array([0, 255]) },
    ];
    await servers
      .broker()
      .sink(hub)
      .append([{ ...record('a', 'one'), headers }]);
    await servers
      .broker()
      .sink(hub)
      .append([{ key: null, value: null, timestampMs: 0 }]);
    const [first, second] = await read(hub);
    expect(first.headers.map(({ key, value }) => [key, [...value]])).toEqual(
      headers.map(({ key, value }) => [key, [...value]]),
    );
    expect([textOf(first.key), textOf(first.value), first.timestampMs]).toEqual(['a', 'one', 1_234_567]);
    expect([second.key, second.value?.length, second.headers]).toEqual([null, 0, []]);
  });

  it('starts where it is told and never below', async () => {
    const hub = createHub(1);
    await servers.broker().sink(hub).append(numbered(1_000, 1));
    const got = await read(hub, new Map([['0', 337n]]));
    expect(got.map(({ position, value }) => [position, textOf(value)])).toEqual(
      Array.from({ length: 663 }, (_, index) => [337n + BigInt(index), `value-${337 + index}`]),
    );
  });

  it('repeats nothing when a producer sends again, from another process too', async () => {
    const hub = createHub(2);
    const records = numbered(10, 3);
    await servers.broker().sink(hub).append(records.slice(0, 6), { id: 'till/ñ', sequence: 0 });
    const later = servers.broker().sink(hub);
    expect(await later.lastSequence('till/ñ')).toBe(5);
    await later.append(records, { id: 'till/ñ', sequence: 0 });
    await later.append(records.slice(4), { id: 'till/ñ', sequence: 4 });
    expect(await later.lastSequence('till/ñ')).toBe(9);
    expect((await read(hub)).map((one) => textOf(one.value)).sort()).toEqual(
      records.map((one) => textOf(one.value)),
    );
  });

  it('keeps the positions of as many partitions as most hubs may have', async () => {
    const hub = createHub(32);
    await servers.broker().sink(hub).append(numbered(300, 300));
    const source = sourceOf(hub);
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    const ends = new Map<string, bigint>();
    const batches = await batchesOf(source);
    for (const batch of batches) ends.set(batch.partition, batch.nextPosition);
    expect(batches.reduce((sum, { count }) => sum + count, 0)).toBe(300);
    await source.checkpoint(ends);
    await source.close();
    expect(await read(hub, ends)).toEqual([]);
  });

  it('takes bodies that no client of ours would send, one by one', async () => {
    const hub = createHub(1);
    const { message, types } = rhea;
    const bodies: readonly [unknown, string | null][] = [
      [message.data_section(Buffer.from([0xff, 0xfe])), '\ufffd\ufffd'],
      [message.data_section(Buffer.alloc(0)), ''],
      [message.data_sections([Buffer.from('one'), Buffer.from('two')]), 'onetwo'],
      [message.sequence_section([1, 'two', null]), '[1,"two",null]'],
      ['{"text":true}', '{"text":true}'],
      [{ map: 'value' }, '{"map":"value"}'],
      [types.wrap_int(7), '7'],
      [null, null],
      [message.data_section(Buffer.from('last')), 'last'],
    ];
    for (const [body] of bodies)
      servers.hubs.append(hub, 0, { body, application_properties: { at: new Date(0), n: 1, none: null } });
    const got = await read(hub);
    expect(got.map(({ value }) => (value === null ? null : textOf(value)))).toEqual(
      bodies.map(([, text]) => text),
    );
    expect(got[0].headers.map(({ key, value }) => [key, textOf(value)])).toEqual([
      ['at', '1970-01-01T00:00:00.000Z'],
      ['n', '1'],
      ['none', 'null'],
    ]);
  });

  it('lets go of the hub when nobody polls, and then reads on where it stopped', async () => {
    const hub = createHub(1);
    const source = sourceOf(hub, servers.broker({ prefetchBytesMax: 1 << 20 }));
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    await untilTrue(async () => servers.hubs.receivers(hub) === 1);
    const large = 'x'.repeat(10_000);
    await servers
      .broker()
      .sink(hub)
      .append(Array.from({ length: 1_000 }, () => record('k', large)));
    await untilTrue(async () => servers.hubs.receivers(hub) === 0);
    const batches = await batchesOf(source);
    expect(batches.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
    // About what may be held, and what was on its way when the link was given up.
    for (const batch of batches) expect(batch.bytes.length).toBeLessThan(6 << 20);
    expect(batches.length).toBeGreaterThan(1);
  });

  it('moves partitions between two instances under load, every record exactly once', async () => {
    const hub = createHub(4);
    const lake = new Map<string, bigint>();
    const rows: string[] = [];
    const first = new Instance(sourceOf(hub), lake, rows);
    const second = new Instance(sourceOf(hub), lake, rows);
    const sink = servers.broker().sink(hub);
    let sent = 0;
    let isOver = false;
    const producing = (async () => {
      for (; !isOver; sent += 40) {
        await sink.append(Array.from({ length: 40 }, (_, index) => record(`k${index}`, `${sent + index}`)));
        await sleep(20);
      }
    })();
    await first.start();
    await untilTrue(async () => first.partitions.length === 4 && rows.length > 100);
    await second.start();
    await untilTrue(async () => first.partitions.length === 2 && second.partitions.length === 2);
    const before = rows.length;
    await untilTrue(async () => rows.length > before + 200);
    await first.stop();
    await untilTrue(async () => second.partitions.length === 4);
    await sleep(500);
    isOver = true;
    await producing;
    await untilTrue(async () => rows.length >= sent);
    await second.stop();
    expect(rows.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: sent }, (_, index) => index));
    for (let key = 0; key < 40; key++) {
      const ofKey = rows.map(Number).filter((value) => value % 40 === key);
      expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
    }
  }, 300_000);

  it('stays the owner of its partitions when it is opened again', async () => {
    const hub = createHub(2);
    const ownership = BlobServiceClient.fromConnectionString(servers.env['AZURE_STORAGE_CONNECTION_STRING'])
      .getContainerClient(AZURE_CONTAINER)
      .getBlobClient(`127.0.0.1/${hub}/readers/ownership/0`);
    const source = sourceOf(hub);
    const seen: string[] = [];
    const listener = {
      assigned: async (all: readonly string[]) => (seen.push([...all].sort().join()), new Map()),
      revoked: async () => void seen.push('revoked'),
    };
    await source.open(listener);
    const { etag } = await ownership.getProperties();
    await source.open({ ...listener, assigned: () => Promise.reject(new Error('no lake')) }).catch(() => {});
    await source.open(listener);
    expect(await source.poll(100)).toBeNull();
    expect((await ownership.getProperties()).etag).toBe(etag);
    expect(seen).toEqual(['0,1', '0,1']);
  });

  it('takes everything over from an instance that was not heard of for too long', async () => {
    const hub = createHub(4);
    const broker = servers.broker({ ownerSilentMsMax: 10_000 });
    let thaw = () => {};
    const thawed = new Promise<void>((resolve) => (thaw = resolve));
    const frozen = { ...systemClock, sleep: () => thawed };
    const dead = sourceOf(hub, broker, { ...DEPS, clock: frozen });
    await dead.open({ assigned: async () => new Map(), revoked: async () => {} });
    const living = sourceOf(hub, broker);
    const seen: number[] = [];
    await living.open({
      assigned: async (all) => (seen.push(all.length), new Map()),
      revoked: async () => {},
    });
    await untilTrue(async () => {
      await living.poll(100);
      return seen.at(-1) === 4;
    });
    expect(seen[0]).toBe(2);
    thaw();
  });

  it('steps back from a reader with a higher owner level, and returns when it is gone', async () => {
    const hub = createHub(2);
    const source = sourceOf(hub, servers.broker({ ownerSilentMsMax: 10_000 }));
    const seen: string[] = [];
    await source.open({
      assigned: async (all) => (seen.push([...all].sort().join()), new Map()),
      revoked: async () => void seen.push('revoked'),
    });
    const stranger = new EventHubConsumerClient('readers', servers.hubs.connectionString, hub);
    const handlers = { processEvents: async () => {}, processError: async () => {} };
    await source.poll(500);
    const options = { startPosition: earliestEventPosition, ownerLevel: 2 ** 40 };
    const subscription = stranger.subscribe('0', handlers, options);
    await untilTrue(async () => !(await source.poll(100)) && seen.length === 3);
    expect(seen).toEqual(['0,1', 'revoked', '1']);
    await subscription.close();
    await stranger.close();
    await untilTrue(async () => !(await source.poll(100)) && seen.at(-1) === '0,1');
  });

  it('says in the store how far it is, for tools that show lag', async () => {
    const hub = createHub(1);
    await servers.broker().sink(hub).append(numbered(5, 1));
    const source = sourceOf(hub);
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    const last = (await batchesOf(source)).at(-1);
    await source.checkpoint(new Map([['0', last?.nextPosition ?? 0n]]));
    const blob = BlobServiceClient.fromConnectionString(servers.env['AZURE_STORAGE_CONNECTION_STRING'])
      .getContainerClient(AZURE_CONTAINER)
      .getBlobClient(`127.0.0.1/${hub}/readers/checkpoint/0`);
    expect((await blob.getProperties()).metadata).toMatchObject({ sequencenumber: '4' });
  });

  it('reads every partition without a store', async () => {
    const hub = createHub(3);
    await servers.broker().sink(hub).append(numbered(30, 10));
    const source = sourceOf(hub, servers.broker({ checkpointStore: undefined }));
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    expect((await batchesOf(source)).reduce((sum, { count }) => sum + count, 0)).toBe(30);
  });

  it('names what is wrong with the set-up, and shows no secret', async () => {
    const hub = createHub(1);
    const open = (stream: string, settings: object = {}, env: object = {}) => {
      const broker = createEventHubsBroker(
        { prefetchBytesMax: 1 << 20, ownerSilentMsMax: 30_000, ...settings },
        { ...servers.env, ...env },
      );
      const source = broker.source({ stream, reader: 'readers', allowGap: false }, DEPS);
      return source.open({ assigned: async () => new Map(), revoked: async () => {} });
    };
    const wrongKey = servers.hubs.connectionString.replace(
      /SharedAccessKey=[^;]*/,
      'SharedAccessKey=c2VjcmV0',
    );
    const refused: readonly [Promise<void>, RegExp][] = [
      [open('nothing'), /could not be found.*Make the event hub/],
      [open(hub, {}, { EVENTHUBS_CONNECTION_STRING: wrongKey }), /invalid signature.*right to listen/],
      [open(hub, {}, { EVENTHUBS_CONNECTION_STRING: '' }), /EVENTHUBS_CONNECTION_STRING is empty/],
      [open(hub, {}, { EVENTHUBS_CONNECTION_STRING: 'c2VjcmV0' }), /is no connection string/],
      [
        open(hub, {}, { EVENTHUBS_CONNECTION_STRING: `${wrongKey};EntityPath=other` }),
        /for the event hub other alone/,
      ],
      [open(hub, { connectionStringFile: '/nowhere' }), /\/nowhere cannot be read/],
      [open(hub, { checkpointStore: { container: 'nowhere' } }), /checkpoint container nowhere is not there/],
    ];
    for (const [opening, message] of refused) {
      const error = await opening.then(() => null).catch((error: Error) => error);
      expect(error).toMatchObject({ name: 'SetupError', message: expect.stringMatching(message) });
      expect(String(error)).not.toContain('c2VjcmV0');
    }
    const noGroup = servers.broker().source({ stream: hub, reader: 'nobody', allowGap: false }, DEPS);
    opened.push(noGroup);
    await noGroup.open({ assigned: async () => new Map(), revoked: async () => {} });
    await expect(untilTrue(async () => (await noGroup.poll(100)) !== null)).rejects.toMatchObject({
      name: 'SetupError',
      message: expect.stringContaining('consumer group'),
    });
  });

  it('refuses an append with a record that the hub would not take, and sends nothing of it', async () => {
    const hub = createHub(1);
    const sink = servers.broker().sink(hub);
    const large = record('k', 'x'.repeat(1_048_576));
    await expect(sink.append([record('k', 'small'), large])).rejects.toMatchObject({
      code: 'input_invalid',
      message: expect.stringContaining('1048576 bytes'),
    });
    await expect(sink.append([record('k'.repeat(129), 'x')])).rejects.toMatchObject({
      code: 'input_invalid',
    });
    await sink.append([record('k', 'x'.repeat(700_000)), record('k', 'y'.repeat(700_000))]);
    expect((await read(hub)).map(({ value }) => value?.length)).toEqual([700_000, 700_000]);
  });
});

/** As the runner does it: a commit that is not expected is fenced, and reading starts again from the lake. */
class Instance {
  partitions: readonly string[] = [];
  private readonly expected = new Map<string, bigint>();
  private isStopped = false;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly source: Source,
    private readonly lake: Map<string, bigint>,
    private readonly rows: string[],
  ) {}

  async start(): Promise<void> {
    await this.open();
    this.work = this.run();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.work;
    await this.source.close();
    this.partitions = [];
  }

  private async open(): Promise<void> {
    await this.source.open({
      assigned: async (partitions) => {
        this.partitions = partitions;
        for (const partition of partitions) this.expected.set(partition, this.lake.get(partition) ?? 0n);
        return new Map(this.lake);
      },
      revoked: async () => this.expected.clear(),
    });
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      const batch = await this.source.poll(50);
      if (!batch) continue;
      // A commit takes its time.
      await sleep(5);
      if ((this.lake.get(batch.partition) ?? 0n) !== this.expected.get(batch.partition)) {
        await this.open();
        continue;
      }
      this.rows.push(...viewsOf(batch).map(({ value }) => textOf(value)));
      this.lake.set(batch.partition, batch.nextPosition);
      this.expected.set(batch.partition, batch.nextPosition);
    }
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (value: Uint8Array | null) =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(value ?? undefined);
const record = (key: string, value: string): OutgoingRecord => ({
  key: bytes(key),
  value: bytes(value),
  timestampMs: 0,
});
const numbered = (count: number, keys: number) =>
  Array.from({ length: count }, (_, index) => record(`key-${index % keys}`, `value-${index}`));
const viewsOf = (batch: RecordBatch) =>
  Array.from({ length: batch.count }, (_, index) => recordAt(batch, index));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything up to the end of every partition as it is now: what `caughtUp` goes by alone may be a second old. */
async function batchesOf(source: Source): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  await untilTrue(async () => {
    const batch = await source.poll(100);
    if (batch) batches.push(batch);
    const { partitions } = await source.lag();
    return !batch && (await source.caughtUp()).length === partitions.size;
  });
  return batches;
}

async function untilTrue(isTrue: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error('not true within 60 s');
    await sleep(10);
  }
}
