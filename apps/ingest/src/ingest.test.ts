import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro } from '@gondola/contract';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry, type SchemaRegistry } from '@gondola/schema-registry';
import {
  silentLog,
  silentObserver,
  createRandom,
  GondolaError,
  type ObjectStore,
  type OutgoingRecord,
} from '@gondola/stream';
import {
  createManualClock,
  Death,
  dyingStore,
  farBroker,
  farPartition,
  farPosition,
  faultyStore,
} from '@gondola/testing';
import { createIngest, ingestConfigSchema } from './index.js';

const SCHEMAS = join(import.meta.dirname, '../../../schemas');
const registry = loadEmbeddedRegistry(SCHEMAS);
const POS = 'retail.pos.transaction';
const NOW_MS = Date.UTC(2026, 10, 23, 12);

type SchemaFile = { fields: object[] };
type Ids = Record<string, Record<string, number>>;

const bytes = (text: string) => new TextEncoder().encode(text);
const record = (value: Uint8Array | null, headers: Record<string, string> = {}): OutgoingRecord => ({
  key: bytes('S1'),
  value,
  headers: Object.entries(headers).map(([key, text]) => ({ key, value: bytes(text) })),
  timestampMs: NOW_MS,
});

function transaction(sequence: number, change: object = {}, line: object = {}) {
  return {
    eventId: `e-${sequence}`,
    retailStoreId: 'S1',
    workstationId: '1',
    sequenceNumber: sequence,
    businessDayDate: Math.floor(NOW_MS / 86_400_000),
    beginDateTime: NOW_MS - 60_000,
    transactionType: 'SALE',
    currencyCode: 'COP',
    operatorId: 'op-PLANTED-1',
    customerId: 'cust-PLANTED-2',
    loyaltyId: null,
    lines: [
      {
        lineSequence: 1,
        lineType: 'SALE',
        itemId: 'I1',
        gtin: null,
        description: null,
        merchandiseGroup: null,
        quantity: 2,
        unitPrice: 0.29,
        promotionId: null,
        ...line,
      },
    ],
    ...change,
  };
}

const contract = registry.contractOf(POS);
if (!contract) throw new Error(`no contract ${POS}`);
const avro = (event: object) => encodeAvro(contract, event);
const json = (event: object) => bytes(JSON.stringify(event));
const patched = (value: Uint8Array, at: number, byte: number) =>
  value.map((old, index) => (index === at ? byte : old));

/** What is sent, and what quarantine must say of it; null: it passes. */
const BAD_INPUT: [string, OutgoingRecord, string | null][] = [
  ['a good one', record(avro(transaction(1))), null],
  ['garbage', record(new Uint8Array([0xde, 0xad, 0xbe, 0xef])), 'framing_unknown'],
  ['truncated Avro', record(avro(transaction(2)).slice(0, 40)), 'decode_failed'],
  ['Avro with a tail', record(new Uint8Array([...avro(transaction(3)), 7])), 'decode_failed'],
  ['a wrong magic byte', record(patched(avro(transaction(4)), 0, 9)), 'framing_unknown'],
  ['an unknown schema id', record(patched(avro(transaction(5)), 3, 77)), 'schema_unknown'],
  ['nothing', record(new Uint8Array(0)), 'value_empty'],
  ['null', record(null), 'value_empty'],
  ['10 MB', record(new Uint8Array(10 << 20).fill(0x7b)), 'value_too_large'],
  ['a negative time', record(avro(transaction(6, { beginDateTime: -1 }))), 'event_time_invalid'],
  [
    'the year 9999',
    record(avro(transaction(7, { beginDateTime: Date.UTC(9999, 0) }))),
    'event_time_in_future',
  ],
  ['a quantity of 1e12', record(json(transaction(8, {}, { quantity: 1e12 }))), 'rule_broken'],
  ['NaN', record(avro(transaction(9, {}, { quantity: NaN }))), 'number_not_finite'],
  [
    'an unknown subject',
    record(json(transaction(10)), { ce_type: 'retail.nobody.knows' }),
    'subject_unknown',
  ],
  [
    'invalid UTF-8',
    record(new Uint8Array([...bytes('{"eventId":"'), 0xff, ...bytes('"}')])),
    'decode_failed',
  ],
  ['JSON of another shape', record(json({ hello: 'world' })), 'schema_mismatch'],
  ['another good one', record(json(transaction(11))), null],
  ['the first one again', record(avro(transaction(1))), null],
];

describe('ingest', () => {
  let folder: string;
  let log: EmbeddedLog;
  let store: ObjectStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-ingest-'));
    log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('events', 2);
    store = createLocalDiskStore(join(folder, 'lake'));
  });
  afterEach(() => {
    log.close();
    rmSync(folder, { recursive: true });
  });

  async function drain(
    change: {
      store?: ObjectStore;
      environment?: string;
      shareMax?: number;
      rowsMax?: number;
      registry?: SchemaRegistry;
      /** Positions like those of Kinesis. */
      far?: boolean;
      /** Another stream than `events`, and the one that it continues. */
      stream?: string;
      continues?: string;
    } = {},
  ) {
    const config = parseConfig('ingest', ingestConfigSchema, {
      environment: change.environment ?? 'dev',
      lake: join(folder, 'lake'),
      stream: { file: join(folder, 'stream.sqlite'), name: change.stream },
      dedupe: { continues: change.continues },
      defaultSubject: POS,
      masking: { keyFile: 'not read here' },
      quarantine: { shareMax: change.shareMax ?? 1, windowRecords: 10 },
      ...(change.rowsMax ? { flush: { rowsMax: change.rowsMax, ageMsMax: 3_600_000 } } : {}),
    });
    const broker = createEmbeddedBroker(log, { batchBytesMax: change.rowsMax ? 1_024 : 4 << 20 });
    const runner = createIngest(
      config,
      {
        broker: change.far ? farBroker(broker) : broker,
        validated: null,
        store: change.store ?? store,
        registry: change.registry ?? registry,
        maskingKey: bytes('a key of at least thirty-two bytes!'),
        clock: createManualClock(NOW_MS, { autoAdvance: true }),
        eventNowMs: () => NOW_MS,
        observer: silentObserver,
        log: silentLog,
        random: () => 0,
        memoryBytes: () => 0,
      },
      { once: true },
    );
    await runner.run(new AbortController().signal);
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

  it('keeps every bad record in bronze, names each in quarantine and goes on', async () => {
    await createEmbeddedSink(log, 'events').append(BAD_INPUT.map(([, sent]) => sent));
    await drain();
    const bronze = await rows('bronze/events');
    expect(bronze).toHaveLength(BAD_INPUT.length);
    const reasons = new Map(
      (await rows('quarantine')).map((row) => [Number(row['source_position']), row['reason']]),
    );
    expect(BAD_INPUT.map(([name], index) => [name, reasons.get(index) ?? null])).toEqual(
      BAD_INPUT.map(([name, , reason]) => [name, reason]),
    );
    const silver = await rows(`silver/${POS}`);
    expect(silver.map((row) => row['event_id'])).toEqual(['e-1', 'e-11']);
    expect(silver[0]).toMatchObject({ quantity: 2_000n, unit_price: 2_900n, operator_id: null });
  });

  it('keeps the bytes of a bad record as they came', async () => {
    const [, sent] = BAD_INPUT[1];
    await createEmbeddedSink(log, 'events').append([sent]);
    await drain();
    expect((await rows('quarantine'))[0]['value']).toEqual(sent.value);
    expect((await rows('bronze/events'))[0]['value']).toEqual(sent.value);
  });

  it('shows no personal value in silver, only tokens', async () => {
    await createEmbeddedSink(log, 'events').append([record(avro(transaction(1)))]);
    await drain();
    const silver = JSON.stringify(await rows(`silver/${POS}`), (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    expect(silver).not.toContain('PLANTED');
    expect((await rows(`silver/${POS}`))[0]['customer_id']).toMatch(/^[0-9a-f]{16}$/);
  });

  it('puts events of two schema versions into one file', async () => {
    const schemas = join(folder, 'schemas');
    cpSync(SCHEMAS, schemas, { recursive: true });
    const [v1, ids] = [join(schemas, POS, 'v1.avsc'), join(schemas, 'ids.json')];
    const edited = (path: string, edit: (json: SchemaFile & Ids) => void, to = path) => {
      const json = JSON.parse(readFileSync(path, 'utf8')) as SchemaFile & Ids;
      edit(json);
      writeFileSync(to, JSON.stringify(json));
    };
    const field = { name: 'tillModel', type: ['null', 'string'], default: null };
    edited(v1, ({ fields }) => fields.push(field), join(schemas, POS, 'v2.avsc'));
    edited(ids, (json) => (json[POS]['2'] = 300));
    const both = loadEmbeddedRegistry(schemas);
    const newest = both.contractOf(POS);
    if (!newest) throw new Error(`no contract ${POS}`);
    await createEmbeddedSink(log, 'events').append([
      record(avro(transaction(1))),
      record(encodeAvro(newest, transaction(2, { tillModel: 'T-9' }))),
      record(avro(transaction(3))),
    ]);
    await drain({ registry: both });
    expect((await readSnapshot(store, `dev/silver/${POS}`))?.files).toHaveLength(1);
    const silver = await rows(`silver/${POS}`);
    expect(silver.map((row) => [row['schema_version'], row['till_model']])).toEqual([
      [1, null],
      [2, 'T-9'],
      [1, null],
    ]);
  });

  it('drops a duplicate that comes after a restart', async () => {
    const sink = createEmbeddedSink(log, 'events');
    await sink.append([record(avro(transaction(1)))]);
    await drain();
    await sink.append([record(avro(transaction(1))), record(avro(transaction(2)))]);
    await drain();
    expect((await rows(`silver/${POS}`)).map((row) => row['event_id'])).toEqual(['e-1', 'e-2']);
    expect(await rows('bronze/events')).toHaveLength(3);
  });

  it.each([
    [undefined, ['e-1', 'e-2', 'e-2', 'e-3']],
    ['events', ['e-1', 'e-2', 'e-3']],
  ])('knows the events of the stream that it continues: %s', async (continues, expected) => {
    const sales = (...sequences: number[]) =>
      sequences.map((sequence) => record(avro(transaction(sequence))));
    await createEmbeddedSink(log, 'events').append(sales(1, 2));
    await drain();
    log.createStream('events-2', 2);
    const sink = createEmbeddedSink(log, 'events-2');
    await sink.append(sales(2));
    await drain({ stream: 'events-2', continues });
    // After a restart too.
    await sink.append(sales(2, 3));
    await drain({ stream: 'events-2', continues });
    expect((await rows(`silver/${POS}`)).map((row) => row['event_id']).sort()).toEqual(expected);
  });

  /** Two stores in two partitions: good ones, garbage, some from the future, some twice. */
  const mixed = Array.from({ length: 80 }, (_, index) => {
    const store = index % 3 === 0 ? 'S1' : 'S4';
    const change = { retailStoreId: store, ...(index % 11 === 5 ? { beginDateTime: NOW_MS + 600_000 } : {}) };
    const sequence = index % 13 === 7 ? index - 6 : index;
    const value = index % 7 === 3 ? bytes(`garbage ${index}`) : avro(transaction(sequence, change));
    return { ...record(value), key: bytes(store) };
  });

  /** In small blocks, so that small batches can be read. */
  async function sendMixed(): Promise<void> {
    const sink = createEmbeddedSink(log, 'events');
    for (let at = 0; at < mixed.length; at += 3) await sink.append(mixed.slice(at, at + 3));
  }

  async function everything(): Promise<Record<string, string[]>> {
    const lines = (all: Record<string, unknown>[], names: readonly string[]) =>
      all.map((row) => names.map((name) => row[name]).join(' ')).sort();
    const place = ['source_partition', 'source_position', 'source_sequence'];
    return {
      bronze: lines(await rows('bronze/events'), ['partition', 'position', 'sequence', 'schema_id']),
      silver: lines(await rows(`silver/${POS}`), [...place, 'event_id']),
      quarantine: lines(await rows('quarantine'), [...place, 'reason']),
    };
  }

  /** Those lines as they must be when the same records are read at far positions. */
  const farLines = (all: Record<string, string[]>) =>
    Object.fromEntries(Object.entries(all).map(([table, lines]) => [table, lines.map(farLine).sort()]));
  const farLine = (line: string) =>
    line.replace(
      /^(\d+) (\d+) /,
      (_, partition: string, position: string) =>
        `${farPartition(partition)}  ${farPosition(BigInt(position))}`,
    );

  async function undisturbed(): Promise<Record<string, string[]>> {
    await drain();
    const answer = await everything();
    rmSync(join(folder, 'lake'), { recursive: true });
    return answer;
  }

  const orDeath = (error: unknown) => {
    if (!(error instanceof Death)) throw error;
  };

  describe.each([
    ['small positions', false],
    ['positions of more than 64 bits', true],
  ])('at %s', (_, far) => {
    it.each([0, 1, 2, 3, 4, 5, 6, 7])(
      'repeats nothing when it dies at its write number %i, and then again before it has caught up',
      async (survives) => {
        await sendMixed();
        const calm = await undisturbed();
        expect(calm['bronze']).toHaveLength(mixed.length);
        await drain({ far, store: dyingStore(store, survives) }).catch(orDeath);
        const random = createRandom(survives);
        // Small flushes: positions are committed while the tables stand at different places.
        for (let death = 0; death < 6; death++)
          await drain({
            far,
            store: dyingStore(store, 1 + random.below(9)),
            rowsMax: 1 + random.below(5),
          }).catch(orDeath);
        await drain({ far, rowsMax: 4 });
        expect(await everything()).toEqual(far ? farLines(calm) : calm);
      },
    );

    it('lets two instances work on the same partitions and writes everything once', async () => {
      await sendMixed();
      const calm = await undisturbed();
      await Promise.all([drain({ far, rowsMax: 3 }), drain({ far, rowsMax: 5 })]);
      expect(await everything()).toEqual(far ? farLines(calm) : calm);
    });
  });

  it('stops with the reason when more than the set share is bad, and has published what it read', async () => {
    await createEmbeddedSink(log, 'events').append(
      Array.from({ length: 20 }, () => record(bytes('garbage'))),
    );
    await expect(drain({ shareMax: 0.5 })).rejects.toMatchObject({ code: 'quarantine_limit' });
    expect(await rows('quarantine')).toHaveLength(20);
  });

  it('refuses the tables of another environment', async () => {
    await createEmbeddedSink(log, 'events').append([record(avro(transaction(1)))]);
    await drain();
    renameSync(join(folder, 'lake/dev'), join(folder, 'lake/qa'));
    await expect(drain({ environment: 'qa' })).rejects.toMatchObject({ code: 'environment_mismatch' });
  });

  it('writes nothing of a stream that another environment took in', async () => {
    const prod = { gondola_environment: 'prod' };
    await createEmbeddedSink(log, 'events').append(
      Array.from({ length: 20 }, (_, index) => record(avro(transaction(index)), index < 11 ? prod : {})),
    );
    await expect(drain()).rejects.toMatchObject({
      code: 'environment_mismatch',
      canRetry: false,
      message: expect.stringMatching(
        /^stream\.name: 11 of 20 records of events, .* are of prod, this is dev/,
      ),
    });
    expect(existsSync(join(folder, 'lake/dev/bronze'))).toBe(false);
  });

  it('quarantines a record that strayed, whatever it is, and goes on', async () => {
    const own = Array.from({ length: 20 }, (_, index) =>
      record(avro(transaction(index)), index === 7 ? { gondola_environment: 'dev' } : {}),
    );
    const strayed = record(avro(transaction(99)), { gondola_environment: 'prod' });
    await createEmbeddedSink(log, 'events').append([strayed, ...own]);
    await drain();
    expect(await rows(`silver/${POS}`)).toHaveLength(20);
    expect(await rows('quarantine')).toMatchObject([{ reason: 'environment_foreign' }]);
  });

  it('waits out a full disk and loses nothing', async () => {
    await createEmbeddedSink(log, 'events').append([record(avro(transaction(1))), record(bytes('garbage'))]);
    const full = new GondolaError('lake_full', 'no space left', true);
    await drain({ store: faultyStore(store, (write) => (write < 3 ? full : null)) });
    expect(await rows('bronze/events')).toHaveLength(2);
    expect(await rows(`silver/${POS}`)).toHaveLength(1);
    expect(await rows('quarantine')).toHaveLength(1);
  });
});
