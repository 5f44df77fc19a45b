import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectorConfigSchema, createCollector } from '@gondola/collector';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { parseModel } from '@gondola/detect';
import { createDetect, detectServiceConfigSchema } from '@gondola/detect-service';
import { signalOfRow, type Signal } from '@gondola/events';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { createProducer } from '@gondola/producer';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import {
  parseTraceparent,
  recordAt,
  silentLog,
  silentObserver,
  systemClock,
  type OutgoingRecord,
  type RecordView,
} from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { createRegistry } from '@gondola/telemetry';
import { addKey } from '../../apps/collector/src/producer-keys.js';
import { openFollowing } from '../../apps/gondola/src/following.js';
import { SHIPPED } from '../../apps/gondola/src/line.js';
import { startOtlpReceiver, type ReceivedSpan } from '../servers/otlp-receiver.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TILL = '00f067aa0ba902b7';
const POS = 'retail.pos.transaction';

const registry = loadEmbeddedRegistry(SHIPPED.schemas);
const folder = mkdtempSync(join(tmpdir(), 'gondola-traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Eight days of two shops; all but what is in `data` as its producer would have written it. */
function shopEvents() {
  const startMs = NOW_MS - 8 * 86_400_000;
  const shops = createSimulation({ seed: 5, stores: 2, items: 8, startMs, timeZone: 'America/Bogota' });
  return shops.advanceTo(NOW_MS).events;
}
type ShopEvent = ReturnType<typeof shopEvents>[number];

const recordOf = ({ key, subject, event, timeMs }: ShopEvent): OutgoingRecord => ({
  key: Buffer.from(key),
  headers: [{ key: 'ce_type', value: Buffer.from(subject) }],
  value: Buffer.from(JSON.stringify(event)),
  timestampMs: timeMs,
});

/** One line of its own: a stream of one partition, so that positions are what they are in every run. */
function openLine(name: string) {
  const file = join(folder, `${name}.sqlite`);
  const log = EmbeddedLog.open(file);
  for (const stream of ['events', 'validated', 'signals']) log.createStream(stream, 1);
  const lake = join(folder, `lake-of-${name}`);
  return { log, file, lake, broker: createEmbeddedBroker(log, { batchBytesMax: 1 << 20 }) };
}
type Line = ReturnType<typeof openLine>;

async function append(line: Line, events: readonly ShopEvent[]): Promise<void> {
  const sink = createEmbeddedSink(line.log, 'events');
  for (let at = 0; at < events.length; at += 500) await sink.append(events.slice(at, at + 500).map(recordOf));
}

async function streamed(line: Line, stream: string): Promise<RecordView[]> {
  const deps = { clock: systemClock, log: silentLog, random: () => 0 };
  const source = line.broker.source({ stream, reader: 'test', allowGap: false }, deps);
  await source.open({ assigned: async () => new Map(), revoked: async () => {} });
  const records: RecordView[] = [];
  for (let batch = await source.poll(0); batch; batch = await source.poll(0))
    for (let index = 0; index < batch.count; index++) records.push(recordAt(batch, index));
  await source.close();
  return records;
}

const depsOf = ({ broker, lake }: Line) => ({
  ...{
    broker,
    registry,
    store: createLocalDiskStore(lake),
    clock: createManualClock(NOW_MS, { autoAdvance: true }),
  },
  ...{
    eventNowMs: () => NOW_MS,
    observer: silentObserver,
    log: silentLog,
    random: () => 0,
    memoryBytes: () => 0,
  },
});

/** A process of its own for each, with its own tracer, as on a cluster. */
async function followed<T>(
  name: string,
  endpoint: string | null,
  use: (following: Awaited<ReturnType<typeof openFollowing>>) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack();
  const tracing = endpoint === null ? undefined : { endpoint, sampleRatio: 0, recordsMax: 64 };
  const tools = { name, runId: 'run', metrics: createRegistry(), log: silentLog, opened };
  return await use(await openFollowing({ environment: 'dev', tracing }, tools));
}

async function ingest(line: Line, endpoint: string | null): Promise<void> {
  const keyFile = join(folder, 'masking.key');
  writeFileSync(keyFile, 'a key of at least thirty-two bytes!');
  const stream = { file: line.file };
  const config = parseConfig('ingest', ingestConfigSchema, {
    ...{ environment: 'dev', lake: line.lake, stream, validated: { ...stream, name: 'validated' } },
    masking: { keyFile },
  });
  await followed('ingest', endpoint, async (following) => {
    const parts = {
      ...depsOf(line),
      ...following.of({ pipeline: 'ingest', stream: config.stream, lake: config.lake }),
      ...{ validated: line.broker.sink('validated'), maskingKey: readFileSync(keyFile) },
    };
    await createIngest(config, parts, { once: true }).run(new AbortController().signal);
  });
}

async function detect(line: Line, endpoint: string | null): Promise<void> {
  const config = parseConfig('detect', detectServiceConfigSchema, {
    ...{
      environment: 'dev',
      lake: line.lake,
      stream: { file: line.file, name: 'validated', signals: 'signals' },
    },
    advanceByClock: false,
  });
  await followed('detect', endpoint, async (following) => {
    const parts = {
      ...depsOf(line),
      ...following.of({ pipeline: 'detect', stream: config.stream, lake: config.lake }),
      model: parseModel(readFileSync(SHIPPED.filterModel, 'utf8')),
    };
    await createDetect(config, parts, { once: true }).runner.run(new AbortController().signal);
  });
}

/** The last sale of a shop that made a signal known, found by a line without traces, which no collector was part of. */
async function lastTellingSale(events: readonly ShopEvent[]): Promise<number> {
  const line = openLine('untraced');
  await append(line, events);
  await ingest(line, null);
  await detect(line, null);
  const signals = await streamed(line, 'signals');
  expect(signals.length).toBeGreaterThan(10);
  for (const { headers } of signals) expect(headers.map(({ key }) => key)).not.toContain('traceparent');
  const validated = await streamed(line, 'validated');
  const origins = (await signalsIn(line.lake)).map(({ receipt }) =>
    headerOf(validated[Number(receipt?.position)], 'gondola_origin'),
  );
  line.log.close();
  return Math.max(
    ...origins.map((origin) => Number(origin.split('/')[2])).filter((at) => events[at].subject === POS),
  );
}

async function signalsIn(lake: string): Promise<Signal[]> {
  const folder = join(lake, 'dev/signals');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.parquet'),
  );
  const rows = await Promise.all(files.map((name) => readParquet(readFileSync(join(folder, name)))));
  return rows.flat().map(signalOfRow);
}

const headerOf = ({ headers }: RecordView, key: string): string =>
  Buffer.from(headers.find((header) => header.key === key)?.value ?? []).toString();

it('follows one sale from its till through collector, ingest and detect to its signal', async () => {
  const events = shopEvents();
  const at = await lastTellingSale(events);
  const sale = events[at];
  const receiver = await startOtlpReceiver();
  const line = openLine('traced');
  await append(line, events.slice(0, at));

  const keysFile = join(folder, 'producers.yaml');
  const key = { producer: 'tills', environment: 'dev', subjects: ['*'], eventsPerSecond: 1_000 };
  const apiKey = addKey(keysFile, key, randomBytes);
  await followed('collector', receiver.endpoint, async ({ tracer }) => {
    const stop = new AbortController();
    const collector = createCollector({
      config: parseConfig('collector', collectorConfigSchema, {
        ...{ environment: 'dev', stream: { file: line.file }, keysFile, http: { port: 0 } },
      }),
      ...{ broker: line.broker, registry, clock: systemClock, eventNowMs: () => NOW_MS, log: silentLog },
      ...{ random: () => 0, metrics: createRegistry(), tracer, prepare: async () => {} },
    });
    const app = await collector.start(stop.signal);
    const producer = createProducer({ url: app.url, apiKey, source: '/tills/1' });
    const traceparent = `00-${TRACE}-${TILL}-01`;
    const { status } = await producer.send(POS, sale.event as never, { traceparent });
    expect(status).toBe('accepted');
    await producer.close();
    stop.abort();
    await app.stopped;
  });
  await ingest(line, receiver.endpoint);
  await detect(line, receiver.endpoint);

  const spans = receiver.spans();
  const way = wayFrom(spans, TILL);
  expect(way.map(({ service, name, kind }) => [service, name, kind])).toEqual([
    ['gondola-collector', 'send events', 4],
    ['gondola-ingest', 'ingest events', 5],
    ['gondola-ingest', 'send validated', 4],
    ['gondola-detect', 'detect validated', 5],
    ['gondola-detect', 'send signals', 4],
  ]);
  const starts = way.map(({ startTimeUnixNano }) => BigInt(startTimeUnixNano));
  expect(starts).toEqual(starts.toSorted((one, other) => Number(one - other)));
  for (const { traceId, startTimeUnixNano, endTimeUnixNano, status } of way) {
    expect(traceId).toBe(TRACE);
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
    expect(status.code ?? 0).toBe(0);
  }
  expect(way[1].attributes).toMatchObject({ 'gondola.outcome': 'passed', 'gondola.position': `${at}` });

  // What was done for many at once is a trace of its own, recorded because this sale was in it; each names the other.
  for (const [index, pipeline] of [
    [1, 'ingest'],
    [3, 'detect'],
  ] as const) {
    const flush = spans.find(({ name, links }) => name === `flush ${pipeline}` && names(links, way[index]));
    expect(flush && names(way[index].links, flush)).toBe(true);
    const children = spans
      .filter(({ parentSpanId }) => parentSpanId === flush?.spanId)
      .map(({ name }) => name);
    expect(children).toContain(pipeline === 'ingest' ? 'commit silver' : 'commit signals');
  }
  // Only what it was part of: nothing else was wanted.
  expect(spans.filter(({ traceId }) => traceId === TRACE)).toHaveLength(way.length);

  const [last] = (await streamed(line, 'signals')).slice(-1);
  const { spanId } = way[4];
  expect(parseTraceparent(headerOf(last, 'traceparent'))).toEqual({
    traceId: TRACE,
    spanId,
    isSampled: true,
  });
  line.log.close();
  await receiver.close();
}, 600_000);

const names = (
  links: ReceivedSpan['links'],
  { traceId, spanId }: Pick<ReceivedSpan, 'traceId' | 'spanId'>,
): boolean => links.some((link) => link.traceId === traceId && link.spanId === spanId);

/** From child to child, the first of each. */
function wayFrom(spans: readonly ReceivedSpan[], from: string): ReceivedSpan[] {
  const child = spans.find(({ parentSpanId }) => parentSpanId === from);
  return child ? [child, ...wayFrom(spans, child.spanId)] : [];
}
