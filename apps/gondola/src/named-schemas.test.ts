import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addKey } from '@gondola/collector';
import { parseConfig, registryFields } from '@gondola/config';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { silentLog } from '@gondola/stream';
import { startHttpRegistry, type HttpRegistry } from '@gondola/testing';
import { collector } from './commands/collector.js';
import { openContracts } from './open-registry.js';
import { check } from './schemas/check.js';
import { docs } from './schemas/docs.js';

const ROOT = join(import.meta.dirname, '../../..');
const SUBJECT = 'retail.pos.event';
const schemas = join(ROOT, 'deploy/own-subject');
const schema = readFileSync(join(ROOT, 'test/perf/schemas/pos.event/v1.avsc'), 'utf8');

let lake: string;
let http: HttpRegistry;

beforeEach(async () => {
  lake = mkdtempSync(join(tmpdir(), 'gondola-named-'));
  http = await startHttpRegistry();
  http.schemas.push({ subject: 'pos_avro-value', version: 1, id: 44, schema });
});
afterEach(async () => {
  await http.stop();
  rmSync(lake, { recursive: true });
});

const open = (signal?: AbortSignal, folder = schemas) => {
  const registry = parseConfig('registry', registryFields, {
    ...{ kind: 'confluent', urls: [http.url], deadlineMs: 2_000 },
  });
  const tools = { store: createLocalDiskStore(lake), log: silentLog, signal };
  return openContracts({ environment: 'dev', registry, schemas: folder }, tools);
};

test('a contract without a schema of its own has the version that it names, from the lake when it is there', async () => {
  const first = await open();
  expect(first.contractOf(SUBJECT)?.columns.map(({ name }) => name)).toContain('unit_price');
  expect(first.contractOf('retail.stockout.signal')).not.toBeNull();
  expect(http.requests).toEqual([
    'GET /subjects/pos_avro-value/versions/1',
    'GET /schemas/ids/44',
    'GET /schemas/ids/44/versions',
  ]);
  await http.stop();
  expect((await open()).contractOf(SUBJECT)?.versions).toEqual(first.contractOf(SUBJECT)?.versions);
  http = await startHttpRegistry();
});

const OF_KINDS = {
  JSON: {
    type: 'object',
    properties: { eventId: { type: 'string' }, at: { type: 'string', format: 'date-time' } },
    required: ['eventId', 'at'],
  },
  PROTOBUF:
    'syntax = "proto3"; package shop; import "google/protobuf/timestamp.proto"; ' +
    'message Moved { string event_id = 1; google.protobuf.Timestamp at = 2; }',
};

test.each(Object.entries(OF_KINDS))(
  '%s is named as Avro is, and the tools for contracts have it too',
  async (schemaType, of) => {
    const own = join(lake, 'schemas');
    mkdirSync(join(own, 'shop.moved'), { recursive: true });
    const text = 'owner: o\ndescription: d\nroles: { eventId: eventId, eventTime: at }\n';
    writeFileSync(
      join(own, 'shop.moved/contract.yaml'),
      `${text}schema: { subject: moved-value, version: 3 }\n`,
    );
    const schemaText = typeof of === 'string' ? of : JSON.stringify(of);
    http.schemas.push({ subject: 'moved-value', version: 3, id: 7, schema: schemaText, schemaType });
    const contract = (await open(undefined, own)).contractOf('shop.moved');
    expect(contract?.kindOf(3)).toBe(schemaType.toLowerCase());
    const config = join(lake, 'ingest.yaml');
    writeFileSync(config, `registry: { kind: confluent, urls: ['${http.url}'] }`);
    const context = { say() {}, progress() {}, signal: new AbortController().signal };
    expect(await check({ dir: own, config }, context)).toMatchObject({ ok: true, errors: 0 });
    const out = join(lake, 'docs');
    expect(await docs({ dir: own, config, out }, context)).toMatchObject({ contracts: 1 });
    expect(readFileSync(join(out, 'asyncapi.json'), 'utf8')).toContain('moved');
  },
);

test('the collector judges events of such contracts, also while the registry is down', async () => {
  const keysFile = join(lake, 'producers.yaml');
  const entry = { producer: 'tills', environment: 'dev', subjects: ['*'], eventsPerSecond: 10 };
  const key = addKey(keysFile, entry, randomBytes);
  const stream = { file: join(lake, 'stream.sqlite') };
  const registry = { kind: 'confluent', urls: [http.url] };
  const config = join(lake, 'collector.json');
  const fields = { environment: 'dev', lake, schemas, registry, stream, keysFile, http: { port: 0 } };
  writeFileSync(config, JSON.stringify({ ...fields, logLevel: 'error' }));
  for (const isUp of [true, false]) {
    if (!isUp) await http.stop();
    const stop = new AbortController();
    let told = (_: string): void => undefined;
    const url = new Promise<string>((resolve) => (told = resolve));
    const context = { say: (text: string) => told(text), progress() {}, signal: stop.signal };
    const running = collector.run({ positionals: [], values: { config } }, context);
    const [address] = /http:[^;]*events/.exec(await url) ?? [''];
    const answer = await fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify({ specversion: '1.0', id: '1', source: '/t', type: SUBJECT, data: {} }),
    });
    // It knows the contract: the event is refused for what it lacks.
    expect(await answer.json()).toMatchObject({ results: [{ reason: 'schema_mismatch' }] });
    stop.abort();
    await running;
  }
  http = await startHttpRegistry();
});

test('without an answer a command gives up after a few tries, and a service waits until it comes or has to stop', async () => {
  http.mood = () => 503;
  await expect(open()).rejects.toMatchObject({ code: 'registry_unavailable', canRetry: true });
  expect(http.requests).toHaveLength(3);
  const stop = new AbortController();
  const waiting = open(stop.signal);
  while (http.requests.length < 4) await new Promise(setImmediate);
  http.mood = () => null;
  expect((await waiting).contractOf(SUBJECT)).not.toBeNull();

  rmSync(join(lake, 'dev'), { recursive: true });
  http.mood = () => 503;
  const stopped = open(stop.signal);
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ code: 'registry_unavailable' });
});

test.each([
  ['that the registry does not have', { version: 2 }, 'has no version 1 of pos_avro-value'],
  ['that says nothing of events', { schemaType: 'JSON', schema: '{}' }, 'object'],
  [
    'of several parts',
    { references: [{ name: 'x.Part', subject: 'part', version: 1 }] },
    "has references, and a contract's own schema is of one part",
  ],
])('a schema %s is a fault of the set-up', async (_, change, message) => {
  http.schemas.push({ subject: 'part', version: 1, id: 45, schema: '{}' });
  http.schemas[0] = { subject: 'pos_avro-value', version: 1, id: 44, schema, ...change };
  await expect(open()).rejects.toMatchObject({
    name: 'SetupError',
    code: 'contract_invalid',
    message: expect.stringContaining(message),
  });
});
