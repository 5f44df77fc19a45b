import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEmbeddedBroker,
  createEmbeddedSink,
  createEmbeddedSource,
  EmbeddedLog,
} from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro } from '@gondola/contract';
import { parseModel } from '@gondola/detect';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import { Death, dyingStore, farBroker } from '@gondola/testing';
import {
  silentLog,
  silentObserver,
  systemClock,
  valueAt,
  type DoubtReason,
  type ObjectStore,
  type OutgoingRecord,
} from '@gondola/stream';
import { createDetect, detectServiceConfigSchema } from './index.js';

const ROOT = join(import.meta.dirname, '../../..');
const registry = loadEmbeddedRegistry(join(ROOT, 'schemas'));
const model = parseModel(readFileSync(join(ROOT, 'apps/gondola/models/hmm-2026.11.json'), 'utf8'));
const START_MS = Date.UTC(2026, 9, 1);

/** Two weeks of three made-up shops: sales, deliveries, counts, late and repeated events. */
function shopRecords(isWanted: (subject: string) => boolean = () => true): OutgoingRecord[] {
  const shops = createSimulation({
    seed: 11,
    stores: 3,
    items: 30,
    startMs: START_MS,
    timeZone: 'America/Bogota',
  });
  const { events } = shops.advanceTo(START_MS + 14 * 86_400_000);
  return events
    .filter(({ subject }) => isWanted(subject))
    .map(({ key, subject, event, timeMs }) => {
      const contract = registry.contractOf(subject);
      if (!contract) throw new Error(`no contract ${subject}`);
      return { key: new TextEncoder().encode(key), value: encodeAvro(contract, event), timestampMs: timeMs };
    });
}

describe('detect', () => {
  const records = shopRecords();
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  function line() {
    const folder = mkdtempSync(join(tmpdir(), 'gondola-detect-'));
    folders.push(folder);
    const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('events', 2);
    log.createStream('signals', 4);
    return { folder, log, store: createLocalDiskStore(join(folder, 'lake')) };
  }

  let lateEvents = 0;
  const doubted = new Map<DoubtReason, number>();

  async function drain(
    { folder, log, store }: ReturnType<typeof line>,
    options: {
      batchBytesMax?: number;
      rowsMax?: number;
      store?: ObjectStore;
      reference?: string;
      /** A snapshot after so many records; none but the first and the last when left out. */
      snapshot?: number;
      raiseProbability?: number;
      allowDifference?: boolean;
      environment?: string;
      /** Another stream than `events`, and the one that it continues. */
      stream?: string;
      continues?: string;
    } = {},
  ) {
    const config = parseConfig('detect', detectServiceConfigSchema, {
      environment: options.environment ?? 'dev',
      lake: join(folder, 'lake'),
      stream: { file: join(folder, 'stream.sqlite'), name: options.stream },
      advanceByClock: false,
      reference: options.reference === undefined ? [] : [{ name: options.reference }],
      flush: { rowsMax: options.rowsMax ?? 1_000_000, ageMsMax: 3_600_000 },
      snapshot: {
        recordsMax: options.snapshot ?? 1_000_000,
        allowDifference: options.allowDifference ?? false,
        continues: options.continues,
      },
      detection: { raiseProbability: options.raiseProbability ?? 0.6 },
    });
    const broker = createEmbeddedBroker(log, { batchBytesMax: options.batchBytesMax ?? 1 << 20 });
    const deps = { broker, store: options.store ?? store, registry, model, clock: systemClock };
    const observer = {
      ...silentObserver,
      late: (_: string, events: number) => void (lateEvents += events),
      doubted: (_: string, reason: DoubtReason, rows: number) =>
        void doubted.set(reason, (doubted.get(reason) ?? 0) + rows),
    };
    const { service } = createDetect(
      config,
      { ...deps, observer, log: silentLog, random: () => 0.5, memoryBytes: () => 0 },
      { once: true },
    );
    await service.run(new AbortController().signal);
  }

  /** In small blocks, so that small batches can be read. */
  async function feed(log: EmbeddedLog, some: readonly OutgoingRecord[], stream = 'events'): Promise<void> {
    const sink = createEmbeddedSink(log, stream);
    for (let at = 0; at < some.length; at += 40) await sink.append(some.slice(at, at + 40));
  }

  async function signalsOf(store: ObjectStore): Promise<string[]> {
    const rows: string[] = [];
    for (const file of (await readSnapshot(store, 'dev/signals'))?.files ?? []) {
      const bytes = await store.get(`dev/signals/${file.path}`);
      for (const row of bytes ? await readParquet(bytes) : [])
        rows.push(
          JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
        );
    }
    return rows.sort();
  }

  async function published(log: EmbeddedLog): Promise<string[]> {
    const options = { stream: 'signals', reader: 'test', batchBytesMax: 1 << 24, allowGap: false };
    const source = createEmbeddedSource(log, options, { clock: systemClock, log: silentLog });
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    const values: string[] = [];
    for (let batch = await source.poll(0); batch; batch = await source.poll(0))
      for (let index = 0; index < batch.count; index++)
        values.push(Buffer.from(valueAt(batch, index) ?? []).toString('base64'));
    return values.sort();
  }

  const calm = (async () => {
    const one = line();
    await feed(one.log, records);
    await drain(one);
    const answer = { rows: await signalsOf(one.store), published: await published(one.log) };
    one.log.close();
    return answer;
  })();

  it('begins a stream with the state of the one that it continues, and goes on from its own', async () => {
    const idsOf = async ({ store }: ReturnType<typeof line>) =>
      (await signalsOf(store)).map((row) => (JSON.parse(row) as { signal_id: string }).signal_id).sort();
    const whole = line();
    await feed(whole.log, records);
    await drain(whole);
    const lost = line();
    const [half, most] = [0.5, 0.8].map((share) => Math.floor(records.length * share));
    await feed(lost.log, records.slice(0, half));
    await drain(lost);
    lost.log.createStream('events-2', 2);
    const next = { stream: 'events-2', continues: 'events', rowsMax: 50, batchBytesMax: 1 << 16 };
    // Some are sent again.
    await feed(lost.log, records.slice(half - 200, most), 'events-2');
    await drain(lost, next);
    await feed(lost.log, records.slice(most), 'events-2');
    await drain(lost, next);
    const expected = await idsOf(whole);
    expect(expected.length).toBeGreaterThan(50);
    expect(await idsOf(lost)).toEqual(expected);
  }, 600_000);

  it('makes every kind of signal, in the table and on the stream', async () => {
    const { rows, published: values } = await calm;
    const kinds = new Set(rows.map((row) => (JSON.parse(row) as { kind: string }).kind));
    expect([...kinds].sort()).toEqual([
      'coming',
      'out_of_stock',
      'partial',
      'phantom',
      'recovered',
      'silent',
    ]);
    expect(values).toHaveLength(rows.length);
    // The made-up tills send some of their transactions hours later.
    expect(lateEvents).toBeGreaterThan(0);
  });

  it('counts what it does not take as it is said, by reason', async () => {
    doubted.clear();
    const one = line();
    const contract = registry.contractOf('retail.inventory.movement');
    if (!contract) throw new Error('no contract');
    const receipt = (movementId: string, day: number, documentId = movementId) => {
      const eventTime = START_MS + day * 86_400_000;
      const what = { locationId: 'S1', itemId: 'milk', quantity: 12, reason: 'RECEIPT' as const };
      const value = encodeAvro(contract, { ...what, eventId: movementId, movementId, documentId, eventTime });
      return { key: new TextEncoder().encode('S1'), value, timestampMs: eventTime };
    };
    await feed(one.log, [receipt('d1', 0), receipt('again', 1, 'd1'), receipt('d2', 9), receipt('d3', 1)]);
    await drain(one);
    one.log.close();
    expect(Object.fromEntries(doubted)).toEqual({ repeated: 1, ahead: 1 });
  });

  it.each([2_000, 20_000])(
    'gives the same signals whatever batches the stream is cut into (%i bytes)',
    async (batchBytesMax) => {
      const one = line();
      await feed(one.log, records);
      await drain(one, { batchBytesMax });
      expect(await signalsOf(one.store)).toEqual((await calm).rows);
      one.log.close();
    },
  );

  it('goes on from its last commit: stopped at any record, it says the same', async () => {
    const one = line();
    for (const part of [0, 0.013, 0.4, 0.41, 0.9, 1]
      .map((share) => Math.floor(share * records.length))
      .map((end, index, ends) => records.slice(ends[index - 1] ?? 0, end))) {
      await feed(one.log, part);
      await drain(one);
    }
    const { rows, published: values } = await calm;
    expect(await signalsOf(one.store)).toEqual(rows);
    expect(await published(one.log)).toEqual(values);
    one.log.close();
  });

  it('takes neither signals nor state of another environment', async () => {
    const one = line();
    const half = records.length >> 1;
    await feed(one.log, records.slice(0, half));
    await drain(one);
    const before = await published(one.log);
    renameSync(join(one.folder, 'lake/dev'), join(one.folder, 'lake/qa'));
    await feed(one.log, records.slice(half));
    const refused = { name: 'SetupError', code: 'environment_mismatch' };
    await expect(drain(one, { environment: 'qa' })).rejects.toMatchObject(refused);
    expect(await published(one.log)).toEqual(before);
    one.log.close();
  });

  it.each(
    [0, 1, 3, 8, 13, 34].flatMap((survives) => [
      [survives, 1_000_000],
      [survives, 500],
    ]),
  )(
    'repeats nothing when it dies at its write number %i, a snapshot each %i records',
    async (survives, snapshot) => {
      const one = line();
      await feed(one.log, records);
      const limits = { rowsMax: 50, batchBytesMax: 60_000, snapshot };
      await drain(one, { ...limits, store: dyingStore(one.store, survives) }).catch((error: unknown) => {
        if (!(error instanceof Death)) throw error;
      });
      await drain(one);
      const { rows, published: values } = await calm;
      expect(await signalsOf(one.store)).toEqual(rows);
      expect(await published(one.log)).toEqual(values);
      one.log.close();
    },
  );

  it('says so when what it reads again leads to other signals than it published, and goes on if told to', async () => {
    const one = line();
    await feed(one.log, records);
    const limits = { rowsMax: 50, batchBytesMax: 60_000 };
    const died = drain(one, { ...limits, store: dyingStore(one.store, 30) });
    await expect(died).rejects.toBeInstanceOf(Death);
    const before = await signalsOf(one.store);
    expect(before.length).toBeGreaterThan(50);
    // The same number of records, of another day.
    const other = { ...one, log: EmbeddedLog.open(join(one.folder, 'other.sqlite')) };
    other.log.createStream('events', 2);
    other.log.createStream('signals', 4);
    await feed(other.log, records.toReversed());
    await expect(drain(other, limits)).rejects.toMatchObject({ code: 'replay_differs' });
    expect(await signalsOf(one.store)).toEqual(before);
    await drain(other, { ...limits, allowDifference: true });
    expect(await signalsOf(one.store)).toEqual(expect.arrayContaining(before));
    // Settings that changed are a reason: nobody has to be asked.
    await drain(other, { ...limits, raiseProbability: 0.7 });
    one.log.close();
    other.log.close();
  });

  it('lets two instances work on the same partitions and says everything once', async () => {
    const one = line();
    await feed(one.log, records);
    await Promise.all([
      drain(one, { rowsMax: 40, batchBytesMax: 9_000 }),
      drain(one, { rowsMax: 60, batchBytesMax: 7_000 }),
    ]);
    const { rows, published: values } = await calm;
    expect(await signalsOf(one.store)).toEqual(rows);
    expect(await published(one.log)).toEqual(values);
    one.log.close();
  });

  it('gives the same signals when the catalog is a stream of its own, which is read whole first', async () => {
    const one = line();
    one.log.createStream('catalog', 3);
    const isCatalog = (subject: string) => subject.startsWith('retail.catalog.');
    const catalog = shopRecords(isCatalog);
    expect(catalog.length).toBeGreaterThan(0);
    await feed(one.log, catalog, 'catalog');
    await feed(
      one.log,
      shopRecords((subject) => !isCatalog(subject)),
    );
    await drain(one, { reference: 'catalog' });
    // Its records stand elsewhere, and the settings are others.
    const said = (rows: readonly string[]) =>
      rows.map((row) => JSON.stringify({ ...(JSON.parse(row) as object), receipt: null }));
    expect(said(await signalsOf(one.store))).toEqual(said((await calm).rows));
    one.log.close();
  });

  it('refuses a catalog in a stream that forgets by age alone', async () => {
    const one = line();
    const config = parseConfig('detect', detectServiceConfigSchema, {
      environment: 'dev',
      lake: join(one.folder, 'lake'),
      stream: { file: join(one.folder, 'stream.sqlite') },
      reference: [{ name: 'catalog' }],
    });
    const broker = farBroker(createEmbeddedBroker(one.log, { batchBytesMax: 1 << 20 }));
    const deps = { broker, store: one.store, registry, model, clock: systemClock, observer: silentObserver };
    const others = { log: silentLog, random: () => 0.5, memoryBytes: () => 0 };
    expect(() => createDetect(config, { ...deps, ...others }, { once: true })).toThrow(
      /reference: .*kinesis/,
    );
    one.log.close();
  });

  it('publishes what the table has and the stream has not, when it died between the two', async () => {
    const one = line();
    await feed(one.log, records);
    const append = one.log.append.bind(one.log);
    one.log.append = (stream, ...rest) => {
      if (stream === 'signals') throw new Death();
      append(stream, ...rest);
    };
    await expect(drain(one)).rejects.toBeInstanceOf(Death);
    expect(await published(one.log)).toEqual([]);
    one.log.append = append;
    await drain(one);
    expect(await published(one.log)).toEqual((await calm).published);
    one.log.close();
  });
});
