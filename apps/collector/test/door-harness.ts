import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { loadEmbeddedRegistry, type SchemaRegistry } from '@gondola/schema-registry';
import {
  GondolaError,
  recordAt,
  silentLog,
  systemClock,
  type Broker,
  type Clock,
  type Log,
  type RecordSink,
  type RecordView,
  type SourceDeps,
  type Tracer,
} from '@gondola/stream';
import { createRegistry } from '@gondola/telemetry';
import type { z } from 'zod';
import { collectorConfigSchema } from '../src/collector.config.js';
import { createCollector } from '../src/create-collector.js';
import { addKey, type NewProducer } from '../src/producer-keys.js';

export const registry = loadEmbeddedRegistry(join(import.meta.dirname, '../../../schemas'));
export const POS = 'retail.pos.transaction';
export const NOW_MS = Date.UTC(2026, 10, 23, 12);

export type Json = Readonly<Record<string, unknown>>;

export function sale(sequence: number, change: Json = {}): Json {
  return {
    eventId: `e-${sequence}`,
    retailStoreId: `S${sequence % 7}`,
    workstationId: '1',
    sequenceNumber: sequence,
    businessDayDate: Math.floor(NOW_MS / 86_400_000),
    beginDateTime: NOW_MS - 60_000,
    transactionType: 'SALE',
    currencyCode: 'COP',
    lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I1', quantity: 2, unitPrice: 0.29 }],
    ...change,
  };
}

export const envelope = (data: unknown, change: Json = {}): Json => ({
  specversion: '1.0',
  id: 'ce-1',
  source: '/till/1',
  type: POS,
  data,
  ...change,
});

export const SINGLE = 'application/cloudevents+json';
export const BATCH = 'application/cloudevents-batch+json';
export const NDJSON = 'application/x-ndjson';

export type Body = string | Uint8Array<ArrayBuffer> | null;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

interface DoorOptions {
  readonly config?: Partial<z.input<typeof collectorConfigSchema>>;
  readonly sink?: (sink: RecordSink) => RecordSink;
  readonly probe?: () => Promise<void>;
  readonly log?: Log;
  readonly clock?: Clock;
  readonly tracer?: Tracer | null;
  /** Default: the shipped contracts. */
  readonly registry?: SchemaRegistry;
  readonly subjects?: string[];
  readonly eventsPerSecond?: number;
  /** More of the key. */
  readonly key?: Partial<NewProducer>;
}

/** As the brokers that have a limit: nothing of an append with a larger record is taken. */
export const takesUpTo =
  (bytesMax: number) =>
  (inner: RecordSink): RecordSink => ({
    ...inner,
    append: async (records) => {
      if (records.some(({ value }) => (value?.length ?? 0) > bytesMax))
        throw new GondolaError('input_invalid', `${inner.stream} takes records of ${bytesMax} bytes`, false);
      await inner.append(records);
    },
  });

/** A collector with a stream of its own, as `gondola collector` runs it, in this process. */
export async function openDoor(options: DoorOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-door-'));
  const keysFile = join(folder, 'producers.yaml');
  const entry = {
    producer: 'tills',
    environment: 'dev',
    subjects: options.subjects ?? ['*'],
    eventsPerSecond: options.eventsPerSecond ?? 1_000_000,
    ...options.key,
  };
  const key = addKey(keysFile, entry, randomBytes);
  const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
  log.createStream('events', 4);
  const embedded = createEmbeddedBroker(log, { batchBytesMax: 1 << 20 });
  const broker: Broker = {
    ...embedded,
    sink: (stream) => (options.sink ?? ((sink) => sink))(embedded.sink(stream)),
    prepare: options.probe ?? embedded.prepare,
  };
  const stop = new AbortController();
  const metrics = createRegistry();
  const collector = createCollector({
    config: parseConfig('collector', collectorConfigSchema, {
      environment: 'dev',
      stream: { file: join(folder, 'stream.sqlite') },
      keysFile,
      // Not ready at once when it is cut off.
      http: { port: 0, unreadyMs: 0 },
      ...options.config,
    }),
    broker,
    prepare: async () => {},
    registry: options.registry ?? registry,
    clock: options.clock ?? systemClock,
    eventNowMs: () => NOW_MS,
    log: options.log ?? silentLog,
    tracer: options.tracer ?? null,
    random: () => 0.5,
    metrics,
  });
  const app = await collector.start(stop.signal);

  const post = (path: string, body: Body, headers: Record<string, string>) =>
    fetch(`${app.url}${path}`, { method: 'POST', body, headers }).then(answerOf);
  const send = (body: Body, headers: Record<string, string>) =>
    post('/v1/events', body, { authorization: `Bearer ${key}`, ...headers });
  return {
    app,
    url: app.url,
    key,
    keysFile,
    folder,
    log,
    broker: embedded,
    metrics,
    stop,
    post,
    send,
    sendJson: (body: unknown, type: string) => send(JSON.stringify(body), { 'content-type': type }),
    records: () => recordsOf(embedded),
    close: async () => {
      stop.abort();
      await app.stopped;
      log.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type OpenDoor = Awaited<ReturnType<typeof openDoor>>;

export async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

const DEPS: SourceDeps = { clock: systemClock, log: silentLog, random: () => 0.5 };

/** Everything in the stream, partition by partition. */
async function recordsOf(broker: Broker): Promise<(RecordView & { readonly partition: string })[]> {
  const source = broker.source({ stream: 'events', reader: 'test', allowGap: false }, DEPS);
  await source.open({ assigned: async () => new Map(), revoked: async () => {} });
  const records: (RecordView & { partition: string })[] = [];
  for (let batch = await source.poll(0); batch; batch = await source.poll(0))
    for (let index = 0; index < batch.count; index++)
      records.push({ ...recordAt(batch, index), partition: batch.partition });
  await source.close();
  return records;
}

export const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();
export const headersOf = (record: RecordView): Record<string, string> =>
  Object.fromEntries(record.headers.map(({ key, value }) => [key, textOf(value)]));
