import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBroker } from '@gondola/broker-kafka';
import { encodeAvro, type Contract } from '@gondola/contract';
import { SIGNAL_KINDS } from '@gondola/events';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation, type SimulatedEvent } from '@gondola/simulate';
import { systemClock, type OutgoingRecord } from '@gondola/stream';
import { lastLine, ROOT, runGondola, type Ended } from '../run-gondola.js';
import { describeWithApicurio, startApicurio, type Apicurio } from '../servers/apicurio.js';
import { describeWithKafka, startKafka, type KafkaServer } from '../servers/kafka.js';
import { describeWithPosTopics, posFrames } from '../servers/pos-topics.js';

const EVENTS = 60_000;
const PARTITIONS = 4;
const SUBJECT = 'retail.pos.event';
const TOPICS = ['pos', 'pos_avro'] as const;
const HISTORY_DAYS = 14;
const HISTORY_START_MS = Date.UTC(2025, 11, 1);
const TEST_MS_MAX = 300_000;
/** What the tool writes, as the schema with the id 1. */
const WRITER = loadEmbeddedRegistry(join(ROOT, 'test/perf/schemas')).contractOf('pos.event') as Contract;

interface PosEvent {
  readonly event_id: string;
  readonly event_type: string;
  readonly store_id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly unit_price: number;
  readonly currency: string;
  readonly event_time: number;
  readonly register_id: string;
  readonly order_id: string;
  readonly channel: string;
  readonly payment_type: string;
  readonly customer_id: string;
  readonly loyalty_id: string | null;
}

type Row = Readonly<Record<string, unknown>>;

describeWithKafka('a subject of a producer, by its contract.yaml alone', () => {
  describeWithApicurio('with its schema in Apicurio', () => {
    describeWithPosTopics('from the topics pos and pos_avro', () => ownSubject());
  });
});

function ownSubject(): void {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-own-subject-'));
  const lake = join(folder, 'lake');
  const expected = new Map<string, PosEvent>();
  let kafka: KafkaServer;
  let apicurio: Apicurio | null;
  let registryUrl: string;
  /** The made-up tills send some of their events twice. */
  let sentTwice: number;

  beforeAll(async () => {
    const apicurioStarts = startApicurio();
    kafka = await startKafka();
    apicurio = await apicurioStarts;
    registryUrl = apicurio.url;
    await register(apicurio.url);
    const history = historyEvents();
    sentTwice = history.length - new Set(history.map((event) => event.event_id)).size;
    expect(sentTwice).toBeGreaterThan(0);
    for (const topic of TOPICS) {
      const made = posFrames(topic, EVENTS, folder);
      await send(topic, [...history.map((event) => recordOf(topic, event)), ...made]);
      if (topic === 'pos')
        for (const { value } of made) expect_(JSON.parse(Buffer.from(value).toString()) as PosEvent);
    }
    history.forEach(expect_);
  }, TEST_MS_MAX);
  afterAll(async () => {
    await apicurio?.stop();
    await kafka.stop();
    rmSync(folder, { recursive: true });
  });

  const expect_ = (event: PosEvent) => void expected.set(event.event_id, event);

  async function send(topic: string, records: readonly Omit<OutgoingRecord, 'timestampMs'>[]): Promise<void> {
    const broker = createKafkaBroker(
      {
        ...{ bootstrap: [kafka.plain], client: 'platformatic', createTopics: true, compression: 'zstd' },
        ...{ sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 15_000 },
        ...{ fetchBytesMax: 1 << 20, requestBytesMax: 1_000_000 },
      },
      { clock: systemClock },
    );
    await broker.prepare(topic, PARTITIONS);
    const [sink, timestampMs] = [broker.sink(topic), systemClock.nowMs()];
    for (let at = 0; at < records.length; at += 5_000)
      await sink.append(records.slice(at, at + 5_000).map((record) => ({ ...record, timestampMs })));
    await broker.close();
  }

  const stream = (name: string) => ({
    ...{ broker: 'kafka', bootstrap: [kafka.plain], createTopics: true, name, signals: `signals_of_${name}` },
  });

  function configOf(service: string, name: string, settings: object): string {
    const path = join(folder, `${service}-${name}.json`);
    const common = {
      ...{ environment: 'dev', schemas: join(ROOT, 'deploy/own-subject'), http: { port: 0 } },
      registry: { kind: 'confluent', urls: [registryUrl], deadlineMs: 30_000 },
      stream: stream(name),
      defaultSubject: SUBJECT,
    };
    writeFileSync(path, JSON.stringify({ ...common, ...settings }));
    return path;
  }

  async function ingest(topic: string, intoLake = lake) {
    const keyFile = join(folder, 'masking.key');
    writeFileSync(keyFile, 'a key of thirty-two bytes or more, for this test');
    const validated = { ...stream(`valid_${topic}`), signals: undefined };
    const config = configOf('ingest', topic, { lake: intoLake, masking: { keyFile }, validated });
    return runGondola(['ingest', '--config', config, '--once', '--json']);
  }

  /** Sorted rows of the signals that detection makes of a stream, in a lake of its own. */
  async function signalsOf(name: string): Promise<string[]> {
    const own = join(folder, `lake-${name}`);
    const config = configOf('detect', name, { lake: own, advanceByClock: false });
    const ended = await runGondola(['detect', '--config', config, '--once', '--json']);
    succeeded(ended);
    expect(lastLine(ended)['rejected']).toEqual(name.startsWith('valid_') ? {} : { duplicate: sentTwice });
    return (await rowsOf(own, 'dev/signals')).map(signalOf).sort();
  }

  it(
    'lands in typed silver, each event once, with personal fields masked',
    async () => {
      for (const topic of TOPICS) {
        const ended = await ingest(topic);
        succeeded(ended);
        expect(lastLine(ended)['rejected']).toEqual({ duplicate: sentTwice });
      }
      const table = `dev/silver/${SUBJECT}`;
      const snapshot = await readSnapshot(createLocalDiskStore(lake), table, readCheckpoint);
      const { fields } = JSON.parse(snapshot?.metadata.schemaString ?? '') as {
        fields: { name: string; type: string }[];
      };
      expect(Object.fromEntries(fields.map(({ name, type }) => [name, type]))).toMatchObject({
        ...{ event_time: 'timestamp', unit_price: 'decimal(12,2)', quantity: 'integer', sku: 'string' },
      });
      const tokens = new Map<string, unknown>();
      const rows = await rowsOf(lake, table);
      const wanted = [...expected.values()].map(lineOf).sort();
      for (const topic of TOPICS) {
        const own = rows.filter((row) => row['source_stream'] === topic);
        expect(own.map((row) => lineOf(eventOf(row))).sort()).toEqual(wanted);
        for (const row of own) noteTokens(row, tokens);
      }
      // Each person has a token of their own, the same in both topics and both columns.
      expect(new Set(tokens.values()).size).toBe(tokens.size);
      for (const token of tokens.values()) expect(token).toMatch(/^[0-9a-f]{16}$/);
    },
    TEST_MS_MAX,
  );

  function noteTokens(row: Row, tokens: Map<string, unknown>): void {
    const event = expected.get(String(row['event_id']));
    for (const field of ['customer_id', 'loyalty_id'] as const) {
      const [person, token] = [event?.[field] ?? null, row[field]];
      if ((person === null) !== (token === null)) throw new Error(`${field} of ${String(row['event_id'])}`);
      if (person === null) continue;
      if ((tokens.get(person) ?? token) !== token) throw new Error(`two tokens of ${person}`);
      tokens.set(person, token);
    }
  }

  it(
    'drives detection: the same signals from JSON, from Avro and from what ingest found valid of each',
    async () => {
      const signals = await signalsOf('pos');
      const kinds = new Set(signals.map((row) => (JSON.parse(row) as { kind: string }).kind));
      expect([...kinds].sort()).toEqual([...SIGNAL_KINDS].sort());
      for (const name of ['pos_avro', 'valid_pos', 'valid_pos_avro'])
        expect({ name, signals: await signalsOf(name) }).toEqual({ name, signals });
    },
    TEST_MS_MAX,
  );

  it(
    'goes on when the registry is down, from what the lake has; a lake that has nothing says what is missing',
    async () => {
      await apicurio?.stop();
      apicurio = null;
      const [event] = expected.values();
      const late = { ...event, event_id: 'when the registry was down' };
      for (const topic of TOPICS) {
        await send(topic, [recordOf(topic, late)]);
        const ended = await ingest(topic);
        succeeded(ended);
      }
      const rows = await rowsOf(lake, `dev/silver/${SUBJECT}`);
      expect(rows.filter((row) => row['event_id'] === late.event_id)).toHaveLength(2);
      const ended = await ingest('pos', join(folder, 'new-lake'));
      expect({ code: ended.code, says: ended.stdout + ended.stderr }).toEqual({
        code: 1,
        says: expect.stringContaining('does not answer'),
      });
    },
    TEST_MS_MAX,
  );
}

/** With what it says when it did not. */
function succeeded({ code, stdout, stderr }: Ended): void {
  if (code !== 0) throw new Error(`exit code ${code}: ${stdout}${stderr}`);
}

/** The first schema of an empty registry has the id 1, which the topic's records name. */
async function register(url: string): Promise<void> {
  const answer = await fetch(`${url}/subjects/pos_avro-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: WRITER.versions[0].text }),
  });
  expect(await answer.json()).toMatchObject({ id: 1 });
}

function recordOf(topic: (typeof TOPICS)[number], event: PosEvent): Omit<OutgoingRecord, 'timestampMs'> {
  const value = topic === 'pos' ? Buffer.from(JSON.stringify(event)) : encodeAvro(WRITER, event);
  return { key: Buffer.from(event.store_id), value };
}

/** Two weeks of made-up shops in the words of the topics: what the tool makes spans a minute and empties no shelf. */
function historyEvents(): PosEvent[] {
  const shops = createSimulation({
    ...{ seed: 11, stores: 3, items: 30, startMs: HISTORY_START_MS, timeZone: 'UTC' },
  });
  const { events } = shops.advanceTo(HISTORY_START_MS + HISTORY_DAYS * 86_400_000);
  return events.flatMap(posEventsOf);
}

function posEventsOf({ subject, event }: SimulatedEvent): PosEvent[] {
  const common = {
    unit_price: 0,
    currency: 'COP',
    register_id: 'R01',
    channel: 'store',
    payment_type: 'card',
  };
  const nobody = { order_id: 'O0', customer_id: 'C-history', loyalty_id: null };
  switch (subject) {
    case 'retail.pos.transaction':
      return event.lines.map((line) => ({
        ...{ ...common, ...nobody, order_id: event.eventId, unit_price: line.unitPrice ?? 0 },
        event_id: `${event.eventId}/${line.lineSequence}`,
        event_type: line.lineType === 'RETURN' ? 'return' : 'sale',
        ...{
          store_id: event.retailStoreId,
          sku: line.itemId,
          quantity: Math.max(1, Math.round(line.quantity)),
        },
        event_time: event.beginDateTime,
      }));
    case 'retail.inventory.movement':
      if (event.reason !== 'RECEIPT') return [];
      return [
        {
          ...{ ...common, ...nobody, event_id: event.eventId, event_type: 'receipt' },
          ...{ store_id: event.locationId, sku: event.itemId, quantity: Math.round(event.quantity) },
          event_time: event.eventTime,
        },
      ];
    case 'retail.inventory.snapshot':
      return [
        {
          ...{ ...common, ...nobody, event_id: event.eventId, event_type: 'inventory_count' },
          ...{
            store_id: event.locationId,
            sku: event.itemId,
            quantity: Math.max(0, Math.round(event.onHand)),
          },
          event_time: event.countedAt,
        },
      ];
    default:
      return [];
  }
}

/** A row of silver as the event that it was, but for its personal fields. */
const eventOf = (row: Row) =>
  ({
    ...row,
    event_time: Number(row['event_time']) / 1000,
    unit_price: Number(row['unit_price']) / 100,
  }) as unknown as PosEvent;

const lineOf = (event: PosEvent): string =>
  (['event_id', 'event_type', 'store_id', 'sku', 'quantity', 'unit_price', 'currency', 'event_time'] as const)
    .map((name) => event[name])
    .concat([event.register_id, event.order_id, event.channel, event.payment_type])
    .join(' ');

async function rowsOf(lake: string, table: string): Promise<Row[]> {
  const store = createLocalDiskStore(lake);
  const rows: Row[] = [];
  for (const { path } of (await readSnapshot(store, table, readCheckpoint))?.files ?? []) {
    const bytes = await store.get(`${table}/${path}`);
    if (!bytes) throw new Error(`${table}/${path} is in the log but not there`);
    for (const row of await readParquet(bytes)) rows.push(row);
  }
  return rows;
}

/** A signal without where it came from: streams that are put together from others have other positions. */
function signalOf(row: Row): string {
  const own = Object.entries(row).filter(([name]) => !name.startsWith('source_') && name !== 'receipt');
  return JSON.stringify(Object.fromEntries(own), (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
}
