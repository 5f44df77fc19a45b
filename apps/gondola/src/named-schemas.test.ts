import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig, registryFields } from '@gondola/config';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { silentLog } from '@gondola/stream';
import { startHttpRegistry, type HttpRegistry } from '@gondola/testing';
import { openContracts } from './open-registry.js';

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

const open = (signal?: AbortSignal) => {
  const registry = parseConfig('registry', registryFields, {
    ...{ kind: 'confluent', urls: [http.url], deadlineMs: 2_000 },
  });
  const tools = { store: createLocalDiskStore(lake), log: silentLog, signal };
  return openContracts({ environment: 'dev', registry, schemas }, tools);
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
