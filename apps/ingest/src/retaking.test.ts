import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro, type RemoteRegistry, type SchemaId } from '@gondola/contract';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry, RemoteSchemas } from '@gondola/schema-registry';
import {
  createRandom,
  GondolaError,
  silentLog,
  silentObserver,
  type ObjectStore,
  type RecordSink,
} from '@gondola/stream';
import { createManualClock, Death, dyingStore, faultyStore, type ManualClock } from '@gondola/testing';
import { createIngest, ingestConfigSchema } from './index.js';

const contracts = loadEmbeddedRegistry(join(import.meta.dirname, '../../../schemas'));
const POS = 'retail.pos.transaction';
const NOW_MS = Date.UTC(2026, 10, 23, 12);
const contract = contracts.contractOf(POS);
if (!contract) throw new Error(POS);
const { text } = contract.versions[0];
const bytes = (value: string) => new TextEncoder().encode(value);

function record(id: number, sequence: number, shop = 'S1') {
  const value = encodeAvro(contract as NonNullable<typeof contract>, {
    eventId: `e-${sequence}`,
    retailStoreId: shop,
    workstationId: '1',
    sequenceNumber: sequence,
    businessDayDate: 20_000,
    beginDateTime: NOW_MS - 60_000,
    transactionType: 'SALE',
    currencyCode: 'COP',
    lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I1', quantity: 2, unitPrice: 4.29 }],
  });
  new DataView(value.buffer, value.byteOffset).setInt32(1, id);
  return { key: bytes(shop), value, timestampMs: NOW_MS };
}

/** The registry's side of the port, moved by hand: of each id what it is, that there is none, or that it does not answer. */
function movedByHand() {
  const moods = new Map<SchemaId, 'known' | 'absent' | 'down'>();
  const registry: RemoteRegistry = {
    address: 'by hand',
    idOf: async () => null,
    async find(id) {
      const mood = moods.get(id) ?? 'down';
      if (mood === 'down') throw new GondolaError('registry_unavailable', 'down', true);
      return mood === 'absent'
        ? null
        : { kind: 'avro', text, names: [{ subject: POS, version: 1 }], references: [] };
    },
  };
  return { moods, registry };
}

/** Files that one version of a table both removes and adds: engines differ in what is left then. */
function pathsOutAndIn(lake: string): string[] {
  const versions = readdirSync(lake, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /_delta_log.\d+\.json$/.test(path),
  );
  return versions.flatMap((version) => {
    const lines = readFileSync(join(lake, version), 'utf8').trim().split('\n');
    const actions = lines.map((line) => JSON.parse(line) as Record<string, { path: string } | undefined>);
    const removed = new Set(actions.flatMap(({ remove }) => remove?.path ?? []));
    return actions.flatMap(({ add }) => (add && removed.has(add.path) ? [`${version}: ${add.path}`] : []));
  });
}

describe('records whose schema is not known', () => {
  let folder: string;
  let log: EmbeddedLog;
  let store: ObjectStore;
  let hand: ReturnType<typeof movedByHand>;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-parked-'));
    log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('events', 2);
    log.createStream('validated', 2);
    store = createLocalDiskStore(join(folder, 'lake'));
    hand = movedByHand();
    hand.moods.set(100, 'known');
  });
  afterEach(() => {
    log.close();
    rmSync(folder, { recursive: true });
  });

  interface Change {
    readonly store?: ObjectStore;
    readonly rowsMax?: number;
    readonly validated?: RecordSink;
    /** Of the registry's questions: a deadline must not run through as the other clock does. */
    readonly askingClock?: ManualClock;
  }

  function open({ store: into = store, rowsMax, validated, askingClock }: Change, once: boolean) {
    const schemas = new RemoteSchemas(
      {
        contracts,
        registry: hand.registry,
        store: into,
        folder: 'dev/_schemas/confluent',
        clock: askingClock ?? createManualClock(NOW_MS),
        log: silentLog,
        random: () => 0.5,
      },
      { deadlineMs: 5_000, unknownMs: 60_000, requestsMax: 8, waits: false },
    );
    const config = parseConfig('ingest', ingestConfigSchema, {
      environment: 'dev',
      lake: join(folder, 'lake'),
      stream: { file: join(folder, 'stream.sqlite') },
      registry: { kind: 'confluent', urls: ['http://127.0.0.1:1'] },
      masking: { keyFile: 'not read here' },
      quarantine: { shareMax: 0.1, windowRecords: 1 },
      flush: { rowsMax: rowsMax ?? 1_000, ageMsMax: once ? 3_600_000 : 1_000 },
    });
    const deps = {
      broker: createEmbeddedBroker(log, { batchBytesMax: rowsMax ? 256 : 4 << 20 }),
      validated: validated ?? null,
      store: into,
      registry: schemas,
      maskingKey: bytes('a key of at least thirty-two bytes!'),
      clock: createManualClock(NOW_MS, { autoAdvance: true }),
      eventNowMs: () => NOW_MS,
      observer: silentObserver,
      log: silentLog,
      random: () => 0,
      memoryBytes: () => 0,
    };
    return { schemas, runner: createIngest(config, deps, { once }) };
  }

  /** One process that reads everything there is and ends. */
  async function drain(change: Change = {}) {
    const { schemas, runner } = open(change, true);
    await runner.run(new AbortController().signal).finally(() => schemas.close());
  }

  async function rows(path: string): Promise<Record<string, unknown>[]> {
    const snapshot = await readSnapshot(store, `dev/${path}`);
    const all: Record<string, unknown>[] = [];
    for (const file of snapshot?.files ?? []) {
      const content = await store.get(`dev/${path}/${file.path}`);
      if (content) all.push(...(await readParquet(content)));
    }
    return all;
  }
  const column = async (path: string, name: string) =>
    (await rows(path)).map((row) => String(row[name])).sort();
  const silver = () => column(`silver/${POS}`, 'event_id');
  const reasons = () => column('quarantine', 'reason');
  const send = (records: ReturnType<typeof record>[]) => createEmbeddedSink(log, 'events').append(records);

  it('are parked while the others pass, stop no service, and are taken up by the start after the registry answers', async () => {
    await send([record(100, 1), record(7, 2), record(8, 3), record(9, 4), record(100, 5)]);
    await drain();
    expect(await silver()).toEqual(['e-1', 'e-5']);
    expect(await reasons()).toEqual(['schema_pending', 'schema_pending', 'schema_pending']);
    hand.moods.set(7, 'known');
    hand.moods.set(9, 'absent');
    await drain();
    expect(await silver()).toEqual(['e-1', 'e-2', 'e-5']);
    expect(await reasons()).toEqual(['schema_pending', 'schema_unknown']);
    hand.moods.set(8, 'known');
    await drain();
    await drain();
    expect(await silver()).toEqual(['e-1', 'e-2', 'e-3', 'e-5']);
    expect(await reasons()).toEqual(['schema_unknown']);
    expect(await rows('bronze/events')).toHaveLength(5);
  });

  it('are taken up before a process that only drains has ended', async () => {
    await send([record(100, 1)]);
    await drain();
    hand.moods.set(7, 'known');
    await send([record(7, 2), record(100, 3)]);
    await drain();
    expect([await silver(), await reasons()]).toEqual([['e-1', 'e-2', 'e-3'], []]);
  });

  it('are taken up by a service that runs, also when nothing else comes', async () => {
    await send([record(100, 1), record(7, 2)]);
    const askingClock = createManualClock(NOW_MS);
    const { schemas, runner } = open({ rowsMax: 2, askingClock }, false);
    const stop = new AbortController();
    const running = runner.run(stop.signal);
    const until = async (isSo: () => Promise<boolean>) => {
      for (let tries = 0; !(await isSo()); tries++) {
        if (tries === 1_000) throw new Error('that never came');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await until(async () => (await reasons()).length === 1);
    hand.moods.set(7, 'known');
    // As long as a registry that fails is left alone.
    askingClock.advance(60_000);
    await until(async () => (await silver()).length === 2 && (await reasons()).length === 0);
    await send([record(7, 2), record(7, 3)]);
    await until(async () => (await silver()).length === 3);
    stop.abort();
    await running;
    schemas.close();
    expect(await silver()).toEqual(['e-1', 'e-2', 'e-3']);
  });

  it('stay as event_known when the same event came meanwhile, and are kept from coming again', async () => {
    await send([record(100, 1), record(7, 2), record(7, 3)]);
    await drain();
    await send([record(100, 2)]);
    await drain();
    hand.moods.set(7, 'known');
    await drain();
    await send([record(100, 3), record(7, 2)]);
    await drain();
    expect([await silver(), await reasons()]).toEqual([['e-1', 'e-2', 'e-3'], ['event_known']]);
  });

  it('in an envelope are looked at again too, once for each answer', async () => {
    const { value } = record(7, 2);
    const envelope = {
      specversion: '1.0',
      type: POS,
      dataschema: 'https://registry/schemas/ids/7',
      data_base64: Buffer.from(value.subarray(5)).toString('base64'),
    };
    await send([record(100, 1), { ...record(100, 0), value: bytes(JSON.stringify(envelope)) }, record(8, 3)]);
    await drain();
    hand.moods.set(8, 'known');
    await drain();
    expect([await silver(), await reasons()]).toEqual([['e-1', 'e-3'], ['schema_pending']]);
    hand.moods.set(7, 'known');
    await drain();
    expect([await silver(), await reasons()]).toEqual([['e-1', 'e-2', 'e-3'], []]);
  });

  it('reach the validated stream too', async () => {
    await send([record(100, 1), record(7, 2)]);
    const validated = createEmbeddedSink(log, 'validated');
    await drain({ validated });
    hand.moods.set(7, 'known');
    await drain({ validated });
    const sent = log.ends('validated').reduce((sum, { next }) => sum + Number(next), 0);
    expect(sent).toBe(2);
  });

  it.each(Array.from({ length: 14 }, (_, at) => at))(
    'are taken up by versions that take out no file they add, though the store fails (%i)',
    async (at) => {
      await send([record(100, 1), record(7, 2), record(8, 3)]);
      await drain();
      hand.moods.set(7, 'known');
      const away = new GondolaError('lake_unavailable', 'the store is away', true);
      const failing = faultyStore(store, (write) =>
        write === at ? away : write === at + 1 ? { afterEffect: away } : null,
      );
      await drain({ store: failing });
      expect([await silver(), await reasons()]).toEqual([['e-1', 'e-2'], ['schema_pending']]);
      expect(pathsOutAndIn(join(folder, 'lake'))).toEqual([]);
    },
  );

  const random = (seed: number) => createRandom(1_000 + seed);

  /** Sixty events of two shops by five schemas, some of them twice. */
  function sixty({ below }: ReturnType<typeof random>) {
    const ids = [100, 7, 8, 100, 9];
    const sequences = Array.from({ length: 60 }, (_, index) => (index % 9 === 4 ? index - 3 : index));
    const sent = sequences.map((sequence, index) =>
      record(ids[below(5)], sequence, index % 3 === 0 ? 'S1' : 'S4'),
    );
    return { sent, wanted: new Set(sequences.map((sequence) => `e-${sequence}`)) };
  }

  async function expectOnce(wanted: ReadonlySet<string>): Promise<void> {
    const found = await rows(`silver/${POS}`);
    const identities = found.map((row) => `${row['retail_store_id']} ${row['sequence_number']}`).sort();
    expect(identities).toEqual([...new Set(identities)]);
    expect(new Set(found.map((row) => row['event_id']))).toEqual(wanted);
    // What came again meanwhile stands; which record that is, quarantine says for who reads bronze again.
    const left = await reasons();
    expect(new Set([...left, 'event_known'])).toEqual(new Set(['event_known']));
    expect(found.length + left.length).toBeLessThanOrEqual(60);
    expect(await rows('bronze/events')).toHaveLength(60);
  }

  const inSmallBlocks = async (records: ReturnType<typeof record>[]) => {
    for (let at = 0; at < records.length; at += 3) await send(records.slice(at, at + 3));
  };
  const learn = ({ below }: ReturnType<typeof random>) => {
    for (const id of [7, 8, 9]) if (below(2) === 0) hand.moods.set(id, 'known');
  };

  it.each(Array.from({ length: 12 }, (_, survives) => survives))(
    'are in silver once, whatever the registry says and wherever a process dies (%i)',
    async (survives) => {
      const chance = random(survives);
      const { sent, wanted } = sixty(chance);
      await inSmallBlocks(sent.slice(0, 40));
      for (let death = 0; death < 8; death++) {
        learn(chance);
        if (death === 4) await inSmallBlocks(sent.slice(40));
        const dying = dyingStore(store, death === 0 ? survives : 1 + chance.below(14));
        await drain({ store: dying, rowsMax: 1 + chance.below(6) }).catch((error: unknown) => {
          if (!(error instanceof Death)) throw error;
        });
      }
      for (const id of [7, 8, 9]) hand.moods.set(id, 'known');
      await drain({ rowsMax: 5 });
      await drain();
      await expectOnce(wanted);
    },
  );

  it.each([0, 1, 2])('are in silver once when two instances fight for the partitions (%i)', async (seed) => {
    const chance = random(seed);
    const { sent, wanted } = sixty(chance);
    for (const from of [0, 20, 40]) {
      await inSmallBlocks(sent.slice(from, from + 20));
      await Promise.all([drain({ rowsMax: 3 }), drain({ rowsMax: 5 })]);
      learn(chance);
    }
    for (const id of [7, 8, 9]) hand.moods.set(id, 'known');
    await Promise.all([drain({ rowsMax: 3 }), drain({ rowsMax: 5 })]);
    await drain();
    await expectOnce(wanted);
  });
});
