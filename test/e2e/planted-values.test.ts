import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig, readConfigFile } from '@gondola/config';
import { parseModel } from '@gondola/detect';
import { createDetect, detectServiceConfigSchema } from '@gondola/detect-service';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import { recordAt, type OutgoingRecord } from '@gondola/stream';
import { createLogger, createPipelineMetrics, createRegistry } from '@gondola/telemetry';
import { createManualClock } from '@gondola/testing';
import { apiConfigSchema, createApi } from '@gondola/api';
import { BATCH, envelope, NDJSON, NOW_MS, openDoor, SINGLE } from '../../apps/collector/test/door-harness.js';
import { quarantine } from '../../apps/gondola/src/commands/quarantine.js';
import { openFollowing } from '../../apps/gondola/src/following.js';
import { SHIPPED } from '../../apps/gondola/src/line.js';
import { runGondola } from '../run-gondola.js';
import { startOtlpReceiver } from '../servers/otlp-receiver.js';
import {
  badRecords,
  bytesOf,
  foundIn,
  goodEvents,
  goodRecords,
  mappedBodies,
  PERSON,
  refusedEvents,
  textsBelow,
} from './planted.js';

const FORMATS = ['poslog', 'ga4', 'segment', 'snowplow', 'epcis', 'square', 'shopify'] as const;
const fixtures = join(import.meta.dirname, '../../libs/mappers/test/fixtures');
const MASKING_KEY = 'a key of at least thirty-two bytes!';

const folder = mkdtempSync(join(tmpdir(), 'gondola-planted-'));
const lake = join(folder, 'lake');
const schemas = join(folder, 'schemas');
const registry = withOwnContracts();
const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
for (const stream of ['events', 'validated', 'signals']) log.createStream(stream, 2);
const store = createLocalDiskStore(lake);
const configFile = join(folder, 'ingest.yaml');
const receiver = await startOtlpReceiver();
/** As from a till that wants everything traced. */
const TRACED = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
afterAll(async () => {
  log.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

/** The shipped contracts, which are in Avro, and those of the tests in JSON Schema and Protobuf. */
function withOwnContracts(): ReturnType<typeof loadEmbeddedRegistry> {
  const folders = [SHIPPED.schemas, join(import.meta.dirname, '../schemas')];
  for (const one of folders) cpSync(one, schemas, { recursive: true });
  const ids = folders.map((one) => JSON.parse(readFileSync(join(one, 'ids.json'), 'utf8')) as object);
  writeFileSync(join(schemas, 'ids.json'), JSON.stringify(Object.assign({}, ...ids)));
  return loadEmbeddedRegistry(schemas);
}

/** Everything that anybody may see, by what it is. */
const seen = new Map<string, string>();
const saw = (what: string, text: string) => seen.set(what, `${seen.get(what) ?? ''}${text}\n`);
const logTo = (name: string) =>
  createLogger(
    name,
    'debug',
    new Writable({
      write: (line: Buffer, _, done) => {
        saw(`log of ${name}`, line.toString());
        done();
      },
    }),
  );
/** Where any part of the person was found. */
const leaks = () =>
  [...seen].map(([what, text]) => [what, foundIn(text)] as const).filter(([, found]) => found.length > 0);

const tracing = { endpoint: receiver.endpoint, sampleRatio: 1, recordsMax: 10_000 };
/** Traces and lineage of one process, which are seen when it has ended. */
async function followed<T>(
  name: string,
  use: (following: Awaited<ReturnType<typeof openFollowing>>) => Promise<T>,
): Promise<T> {
  const file = join(folder, `lineage-of-${name}.jsonl`);
  const opened = new AsyncDisposableStack();
  const tools = { name, runId: 'run', metrics: createRegistry(), log: logTo(name), opened };
  const config = { environment: 'dev', tracing, lineage: { file, fileBytesMax: 1 << 26, filesMax: 1 } };
  const result = await use(await openFollowing(config, tools));
  await opened.disposeAsync();
  if (existsSync(file)) saw(`lineage of ${name}`, readFileSync(file, 'utf8'));
  return result;
}

/** What a collector makes of them; what it answers is seen. */
async function throughTheDoor(): Promise<OutgoingRecord[]> {
  const records: OutgoingRecord[] = [];
  const door = async (
    options: Parameters<typeof openDoor>[0],
    use: (door: Awaited<ReturnType<typeof openDoor>>) => Promise<void>,
  ) => {
    await followed('collector', async ({ tracer }) => {
      const open = await openDoor({ log: logTo('collector'), registry, tracer, ...options });
      await use(open);
      saw('metrics of the collector', await open.metrics.metrics());
      records.push(...(await open.records()));
      await open.close();
    });
  };
  const events = [...goodEvents(registry, schemas), ...refusedEvents(registry, schemas)];
  const planted = events.map(({ subject, event }) =>
    envelope({ ...event, email: PERSON.email }, { type: subject, subject: PERSON.email }),
  );
  const whole = JSON.stringify(planted);
  const headers: Record<string, string> = {
    'x-user': encodeURIComponent(PERSON.name),
    'ce-subject': PERSON.email,
    ...TRACED,
    tracestate: `shop=${PERSON.customer}`,
    baggage: `customer=${PERSON.customer}`,
  };
  await door({}, async ({ send, post, key }) => {
    const ask = async (answer: Promise<{ status: number; body: unknown }>) =>
      saw('answers of the collector', JSON.stringify(await answer));
    for (const type of [SINGLE, BATCH, NDJSON, 'application/json', 'text/plain', `text/${PERSON.customer}`])
      for (const body of [
        whole,
        whole.slice(0, whole.length / 2),
        JSON.stringify(planted[0]),
        PERSON.name,
        `{"a":${PERSON.name}}`,
        `${JSON.stringify(planted[0])}\n${PERSON.email}\n{"${PERSON.email}":`,
      ])
        await ask(send(body, { ...headers, 'content-type': type }));
    for (const { subject, event } of events)
      await ask(
        send(JSON.stringify(event), {
          ...headers,
          'ce-specversion': '1.0',
          'ce-id': '1',
          'ce-source': '/x',
          'ce-type': subject,
          'content-type': 'application/json',
        }),
      );
    await ask(send(JSON.stringify({ ...planted[0], type: PERSON.email }), { 'content-type': SINGLE }));
    await ask(send(PERSON.name, { ...headers, 'content-encoding': 'gzip', 'content-type': SINGLE }));
    await ask(post('/v1/events', PERSON.name, { authorization: `Bearer ${PERSON.customer}` }));
    await ask(send(whole, { 'content-type': BATCH, traceparent: `00-${PERSON.customer}` }));
    const named = { ...planted[0], traceparent: TRACED.traceparent, tracestate: PERSON.customer };
    await ask(send(JSON.stringify(named), { 'content-type': SINGLE }));
    await ask(
      post(`/v1/events?user=${PERSON.email}`, '{', {
        authorization: `Bearer ${key}`,
        'content-type': SINGLE,
      }),
    );
    await ask(post('/v1/events/from/tills', PERSON.name, { 'x-shopify-hmac-sha256': PERSON.customer }));
  });
  for (const format of FORMATS)
    await door(
      { key: { format, storeId: 'S1', timeZone: 'America/Bogota', currency: 'COP' } },
      async ({ send }) => {
        for (const body of mappedBodies(join(fixtures, format)))
          saw('answers of the collector', JSON.stringify((await send(body, TRACED)).body));
      },
    );
  return records;
}

/** Enough sales of known buyers for signals. */
function shopRecords(): OutgoingRecord[] {
  const startMs = NOW_MS - 8 * 86_400_000;
  const shops = createSimulation({ seed: 5, stores: 2, items: 8, startMs, timeZone: 'America/Bogota' });
  return shops.advanceTo(NOW_MS).events.map(({ key, subject, event, timeMs }) => ({
    key: bytesOf(key),
    headers: [
      { key: 'ce_type', value: bytesOf(subject) },
      { key: 'traceparent', value: bytesOf(TRACED.traceparent) },
    ],
    value: bytesOf(
      JSON.stringify({
        ...event,
        ...(subject.includes('.pos.') ? { customerId: PERSON.customer, operatorId: PERSON.name } : {}),
      }),
    ),
    timestampMs: timeMs,
  }));
}

async function ingest(): Promise<void> {
  const config = readConfigFile(configFile, ingestConfigSchema);
  const metrics = createRegistry();
  const parts = {
    broker: createEmbeddedBroker(log, { batchBytesMax: 1 << 20 }),
    validated: createEmbeddedSink(log, 'validated'),
    store,
    registry,
    maskingKey: bytesOf(MASKING_KEY),
    clock: createManualClock(NOW_MS, { autoAdvance: true }),
    eventNowMs: () => NOW_MS,
    observer: createPipelineMetrics(metrics, 'ingest'),
    log: logTo('ingest'),
    random: () => 0,
    memoryBytes: () => 0,
  };
  await followed('ingest', async (following) => {
    const { stream, lake, validated } = config;
    const watched = following.of({ pipeline: 'ingest', stream, lake, output: validated });
    await createIngest(config, { ...parts, ...watched }, { once: true }).run(new AbortController().signal);
  });
  saw('metrics of ingest', await metrics.metrics());
}

async function detect(stream: string): Promise<void> {
  const target = join(folder, `signals-of-${stream}`);
  const config = parseConfig('detect', detectServiceConfigSchema, {
    environment: 'dev',
    lake: target,
    stream: { file: join(folder, 'stream.sqlite'), name: stream, signals: 'signals' },
    quarantine: { shareMax: 1, windowRecords: 10 },
    advanceByClock: false,
  });
  const metrics = createRegistry();
  const parts = {
    store: createLocalDiskStore(target),
    broker: createEmbeddedBroker(log, { batchBytesMax: 1 << 20 }),
    registry,
    model: parseModel(readFileSync(SHIPPED.model, 'utf8')),
    clock: createManualClock(NOW_MS, { autoAdvance: true }),
    observer: createPipelineMetrics(metrics, 'detect'),
    log: logTo('detect'),
    random: () => 0,
    memoryBytes: () => 0,
  };
  await followed(`detect-${stream}`, async (following) => {
    const watched = following.of({ ...config, pipeline: 'detect' });
    const { runner } = createDetect(config, { ...parts, ...watched }, { once: true });
    await runner.run(new AbortController().signal);
  });
  saw('metrics of detect', await metrics.metrics());
  for (const [name, text] of await textsBelow(target)) saw(`lake of detect: ${name}`, text);
}

async function streamed(stream: string): Promise<number> {
  const source = createEmbeddedBroker(log, { batchBytesMax: 1 << 20 }).source(
    { stream, reader: 'test', allowGap: false },
    { clock: createManualClock(NOW_MS), log: logTo('test'), random: () => 0 },
  );
  await source.open({ assigned: async () => new Map(), revoked: async () => {} });
  let count = 0;
  for (let batch = await source.poll(0); batch; batch = await source.poll(0))
    for (let index = 0; index < batch.count; index++, count++) {
      const { key, value, headers } = recordAt(batch, index);
      for (const bytes of [key, value, ...headers.map((one) => one.value)])
        saw(
          `stream ${stream}`,
          Buffer.from(bytes ?? []).toString('utf8') + Buffer.from(bytes ?? []).toString('latin1'),
        );
    }
  return count;
}

async function ask(paths: readonly string[]): Promise<void> {
  const stop = new AbortController();
  const metrics = createRegistry();
  const api = createApi({
    config: parseConfig('api', apiConfigSchema, {
      environment: 'dev',
      lake: join(folder, 'signals-of-events'),
      http: { port: 0 },
      pollMs: 10,
    }),
    lake: createLocalDiskStore(join(folder, 'signals-of-events')),
    clock: createManualClock(NOW_MS, { autoAdvance: false }),
    log: logTo('api'),
    metrics,
    demo: false,
    schemas: registry,
    quarantine: null,
  });
  const app = await api.start(stop.signal);
  for (let tries = 0; tries < 500 && (await fetch(`${app.url}/health/ready`)).status !== 200; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  for (const path of paths) saw('answers of the api', await (await fetch(app.url + path)).text());
  saw('metrics of the api', await metrics.metrics());
  stop.abort();
  await app.stopped;
}

const context = {
  progress: (text: string) => void saw('progress of commands', text),
  say: (text: string) => void saw('what commands say', text),
  signal: new AbortController().signal,
};
const options = { config: configFile, rows: '1000000', page: '1' };

interface Listed {
  readonly rows: readonly Readonly<Record<'id' | 'reason' | 'subject' | 'pointer' | 'message', string>>[];
}

it('nobody who may not read bronze finds a person again', async () => {
  writeFileSync(join(folder, 'masking.key'), MASKING_KEY);
  writeFileSync(
    configFile,
    [
      'environment: dev',
      `lake: ${lake}`,
      `schemas: ${schemas}`,
      `stream: { file: ${join(folder, 'stream.sqlite')} }`,
      `validated: { file: ${join(folder, 'stream.sqlite')}, name: validated }`,
      'defaultSubject: retail.pos.transaction',
      `masking: { keyFile: ${join(folder, 'masking.key')} }`,
      'quarantine: { shareMax: 1, windowRecords: 10 }',
    ].join('\n'),
  );
  const good = goodEvents(registry, schemas);
  const refused = refusedEvents(registry, schemas);
  const records = [
    ...good.flatMap((event) => [
      ...goodRecords(registry, event, NOW_MS),
      ...badRecords(registry, event, NOW_MS),
    ]),
    ...refused.flatMap((event) => goodRecords(registry, event, NOW_MS)),
    {
      key: null,
      value: bytesOf(JSON.stringify({ ...good[0].event, email: PERSON.email.repeat(40_000) })),
      headers: [],
      timestampMs: NOW_MS,
    },
    ...(await throughTheDoor()),
    ...shopRecords(),
  ];
  const sink = createEmbeddedSink(log, 'events');
  for (let at = 0; at < records.length; at += 100) await sink.append(records.slice(at, at + 100));

  await ingest();
  expect(await streamed('validated')).toBeGreaterThan(100);
  await detect('validated');
  await detect('events');
  expect(await streamed('signals')).toBeGreaterThan(10);
  await ask([
    '/',
    '/signals',
    '/signals?environment=dev&limit=500',
    '/subjects',
    '/shelves',
    '/stores',
    `/signals?since=yesterday`,
    '/nothing',
    '/metrics',
    '/openapi.json',
  ]);
  const { rows } = (await quarantine.run(
    { positionals: ['list'], values: options },
    context,
  )) as unknown as Listed;
  saw('quarantine list', JSON.stringify(rows));
  // One of each reason and message: `show` reads the whole table.
  const kinds = new Map(rows.map((row) => [`${row.reason} ${row.message}`, row.id]));
  for (const id of kinds.values())
    saw(
      'quarantine show',
      JSON.stringify(await quarantine.run({ positionals: ['show', id], values: options }, context)),
    );
  for (const command of [
    ['quarantine', 'replay', '--config', configFile],
    ['reconcile', '--config', configFile],
    ['rebuild', '--config', configFile],
  ]) {
    const { stdout, stderr } = await runGondola([...command, '--json']);
    saw(`gondola ${command.slice(0, -2).join(' ')}`, stdout + stderr);
  }
  const files = await textsBelow(lake);
  const isRestricted = (name: string) =>
    /^dev\/bronze\/.*#(key|value|headers)$/.test(name) ||
    /^dev\/quarantine\/.*#(key|value|headers)$/.test(name);
  for (const [name, text] of files) if (!isRestricted(name)) saw(`lake: ${name}`, text);

  const spans = receiver.spans();
  saw('spans', receiver.text());
  expect(leaks()).toEqual([]);

  // There was something to look at: spans of single records, of those that did not pass too, and lineage of every service.
  const isOf = (name: string) => spans.some((span) => span.name === name);
  for (const name of ['POST /v1/events', 'ingest events', 'detect events', 'commit silver', 'send signals'])
    expect([name, isOf(name)]).toEqual([name, true]);
  const outcomes = new Set(spans.map(({ attributes }) => attributes['gondola.outcome']));
  for (const outcome of ['passed', 'quarantine']) expect([...outcomes]).toContain(outcome);
  for (const name of ['ingest', 'detect-events', 'detect-validated'])
    expect(seen.get(`lineage of ${name}`)).toContain('"COMPLETE"');

  // It was there to be found: in bronze and quarantine, in good records and in bad ones of most reasons.
  const restricted = [...files].filter(([name]) => isRestricted(name));
  for (const table of ['bronze', 'quarantine'])
    expect(
      foundIn(restricted.filter(([name]) => name.startsWith(`dev/${table}/`)).join('')).length,
    ).toBeGreaterThan(5);
  const reasons = new Set(rows.map(({ reason }) => reason));
  for (const reason of [
    'decode_failed',
    'schema_mismatch',
    'rule_broken',
    'schema_unknown',
    'subject_unknown',
    'framing_unknown',
    'value_too_large',
    'event_time_invalid',
    'mapper_unreadable',
    'mapper_field_invalid',
    'mapper_field_missing',
  ])
    expect([...reasons]).toContain(reason);
  const tables = readdirSync(join(lake, 'dev/silver'));
  for (const { subject } of good) expect(tables).toContain(subject);
}, 900_000);
