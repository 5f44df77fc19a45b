import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeAvro } from '@gondola/contract';
import type { EventBatch } from '@gondola/events';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { createConfluentRegistry, type ConfluentSettings } from '@gondola/registry-confluent';
import { loadEmbeddedRegistry, RemoteSchemas } from '@gondola/schema-registry';
import { recordBatchOf, silentLog, type Rejection, type Stage, type StageResult } from '@gondola/stream';
import { createManualClock, startHttpRegistry, type HttpRegistry } from '@gondola/testing';
import { createValidateStage } from '@gondola/validate';
import { SHIPPED } from './line.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const POS = 'retail.pos.transaction';
const contracts = loadEmbeddedRegistry(SHIPPED.schemas);
const contract = contracts.contractOf(POS);
if (!contract) throw new Error(POS);
const text = contract.versions[0].text;

const sale = (eventId: string) => ({
  eventId,
  retailStoreId: 'S1',
  workstationId: 'T1',
  sequenceNumber: 1,
  businessDayDate: 20_000,
  beginDateTime: NOW_MS - 1_000,
  transactionType: 'SALE',
  currencyCode: 'COP',
  lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I1', quantity: 2, unitPrice: 4.29 }],
});
const body = encodeAvro(contract, sale('e')).subarray(5);

/** Confluent's framing with any id. */
function framed(id: number, bytes: Uint8Array = body): Uint8Array {
  const value = new Uint8Array(5 + bytes.length);
  new DataView(value.buffer).setInt32(1, id);
  value.set(bytes, 5);
  return value;
}

let folder: string;
let http: HttpRegistry;
let clock: ReturnType<typeof createManualClock>;
let opened: RemoteSchemas[];
let away: (string | null)[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gondola-remote-'));
  http = await startHttpRegistry();
  clock = createManualClock(NOW_MS);
  opened = [];
  away = [];
  http.schemas.push({ subject: `${POS}-value`, version: 3, id: 1_001, schema: text });
});
afterEach(async () => {
  for (const schemas of opened) schemas.close();
  await http.stop();
  rmSync(folder, { recursive: true });
});

function open(settings: Partial<ConfluentSettings> = {}, waits = false): RemoteSchemas {
  const schemas = new RemoteSchemas(
    {
      contracts,
      registry: createConfluentRegistry({ urls: [http.url], ...settings }),
      store: createLocalDiskStore(folder),
      folder: 'dev/_schemas/confluent',
      clock,
      log: silentLog,
      random: () => 0.5,
      onAway: (code) => void away.push(code),
    },
    { deadlineMs: 5_000, unknownMs: 60_000, requestsMax: 8, waits },
  );
  opened.push(schemas);
  return schemas;
}

type Validate = Stage<ReturnType<typeof recordBatchOf>, readonly EventBatch[]>;
type Result = StageResult<readonly EventBatch[]>;

const batchOf = (values: readonly Uint8Array[]) =>
  recordBatchOf(
    'events',
    '0',
    0n,
    values.map((value) => ({ key: null, value, timestampMs: NOW_MS })),
  );

function run(stage: Validate, values: readonly Uint8Array[]) {
  const records = batchOf(values);
  return stage.run(records, { records, rejected: [], nowMs: NOW_MS });
}

/** The answer of a batch that nothing was waited for. */
function runNow(stage: Validate, values: readonly Uint8Array[]): Result {
  const result = run(stage, values);
  if (result instanceof Promise) throw new Error('the batch waited');
  return result;
}

const stageOf = (schemas: RemoteSchemas): Validate =>
  createValidateStage({ registry: schemas, defaultSubject: null });

/** A stage whose registry has said what schema 1,001 is. */
async function warm(schemas: RemoteSchemas): Promise<Validate> {
  await schemas.remote.ready(new Map());
  const stage = stageOf(schemas);
  expect(reasonsOf(await run(stage, [framed(1_001)]))).toEqual([]);
  await schemas.flushed(new Map());
  http.requests.length = 0;
  return stage;
}

const reasonsOf = ({ rejected }: { rejected: readonly Rejection[] }) => rejected.map(({ reason }) => reason);
const rowsOf = ({ value }: Result) => value.reduce((sum, { table }) => sum + table.rows, 0);
const passed = (result: Result) => [...new Set(value(result).flatMap((batch) => [...batch.schemaVersion]))];
const value = (result: Result) => result.value;

test('100,000 records of 1,000 unknown ids: known ones pass at once, and each id is asked for once', async () => {
  const schemas = open();
  const stage = await warm(schemas);
  const ids = Array.from({ length: 1_000 }, (_, index) => 5_000 + index);
  const [known, unknown] = [framed(1_001), ids.map((id) => framed(id))];
  for (let batch = 0; batch < 20; batch++) {
    const values = Array.from({ length: 5_000 }, (_, at) => unknown[(batch * 5_000 + at) % 1_000]);
    const result = runNow(stage, [known, ...values, known]);
    expect(rowsOf(result)).toBe(2);
    expect(result.rejected).toHaveLength(5_000);
    await schemas.flushed(new Map());
  }
  await schemas.answered();
  expect(http.requests).toHaveLength(1_000);
  expect(new Set(http.requests)).toEqual(new Set(ids.map((id) => `GET /schemas/ids/${id}`)));
  expect(new Set(reasonsOf(runNow(stage, unknown)))).toEqual(new Set(['schema_unknown']));
  expect(http.requests).toHaveLength(1_000);
});

test('100,000 records of 1,000 ids of a registry that is slow: known ones pass at once, each id is asked for once', async () => {
  const schemas = open();
  const stage = await warm(schemas);
  const ids = Array.from({ length: 1_000 }, (_, index) => 5_000 + index);
  ids.forEach((id, index) => http.schemas.push({ subject: POS, version: 4 + index, id, schema: text }));
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  http.mood = () => held;
  const [known, unknown] = [framed(1_001), ids.map((id) => framed(id))];
  for (let batch = 0; batch < 20; batch++) {
    const values = Array.from({ length: 5_000 }, (_, at) => unknown[(batch * 5_000 + at) % 1_000]);
    // Without waiting, while no answer has come.
    expect(rowsOf(runNow(stage, [known, ...values, known]))).toBe(2);
    await schemas.flushed(new Map());
  }
  expect(http.requests.length).toBeLessThanOrEqual(8);
  release();
  await schemas.answered();
  await schemas.flushed(new Map());
  // What it is, and under which names and versions.
  const asked = ids.flatMap((id) => [`GET /schemas/ids/${id}`, `GET /schemas/ids/${id}/versions`]);
  expect(http.requests.toSorted()).toEqual(asked.toSorted());
  expect(rowsOf(runNow(stage, unknown))).toBe(1_000);
});

test('what the registry does not have is asked for again when that is old', async () => {
  const schemas = open();
  const stage = await warm(schemas);
  expect(reasonsOf(runNow(stage, [framed(7)]))).toEqual(['schema_pending']);
  await schemas.answered();
  clock.advance(59_999);
  expect(reasonsOf(runNow(stage, [framed(7)]))).toEqual(['schema_unknown']);
  expect(http.requests).toHaveLength(1);
  clock.advance(1);
  http.schemas.push({ subject: POS, version: 4, id: 7, schema: text });
  expect(reasonsOf(runNow(stage, [framed(7)]))).toEqual(['schema_pending']);
  await schemas.answered();
  await schemas.flushed(new Map());
  expect(passed(runNow(stage, [framed(7)]))).toEqual([4]);
});

test('an id that the registry is slow to answer for holds up no other, known or not', async () => {
  const schemas = open();
  const stage = await warm(schemas);
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  http.schemas.push(
    { subject: POS, version: 4, id: 8, schema: text },
    { subject: POS, version: 5, id: 7, schema: text },
  );
  http.mood = (path) => (path === '/schemas/ids/7' ? held : null);
  expect(reasonsOf(runNow(stage, [framed(7), framed(1_001), framed(8)]))).toEqual([
    'schema_pending',
    'schema_pending',
  ]);
  while (schemas.changes < 2) await new Promise(setImmediate);
  await schemas.flushed(new Map());
  expect(passed(runNow(stage, [framed(7), framed(1_001), framed(8)]))).toEqual([3, 4]);
  // Past its deadline it is given up, and asked for again later.
  clock.advance(5_000);
  await schemas.answered();
  expect(away).toEqual([]);
  // When it answers for nothing at all, it is away.
  clock.advance(60_000);
  schemas.remote.idle();
  clock.advance(5_000);
  await schemas.answered();
  expect(away).toEqual(['registry_unavailable']);
  release();
  http.mood = () => null;
  clock.advance(60_000);
  schemas.remote.idle();
  await schemas.answered();
  await schemas.flushed(new Map());
  expect(passed(runNow(stage, [framed(7)]))).toEqual([5]);
  expect(away).toEqual(['registry_unavailable', null]);
});

test('a registry that fails is left alone for a while, and asked again when time has passed', async () => {
  const schemas = open();
  const stage = await warm(schemas);
  const unknown = Array.from({ length: 100 }, (_, index) => framed(5_000 + index));
  http.mood = () => 503;
  for (let batch = 0; batch < 10; batch++) {
    const result = runNow(stage, [framed(1_001), ...unknown]);
    expect([rowsOf(result), new Set(reasonsOf(result))]).toEqual([1, new Set(['schema_pending'])]);
    await schemas.answered();
  }
  // As many as were on their way when the first one failed.
  expect(http.requests.length).toBeLessThanOrEqual(8);
  expect(new Set(away)).toEqual(new Set(['registry_unavailable']));
  http.mood = () => null;
  clock.advance(60_000);
  schemas.remote.idle();
  await schemas.answered();
  expect(new Set(reasonsOf(runNow(stage, unknown)))).toEqual(new Set(['schema_unknown']));
  expect(away.filter((code) => code === null)).toEqual([null]);
  expect(away.at(-1)).toBeNull();
});

test('a start with the registry down reads what was read before', async () => {
  await warm(open());
  await http.stop();
  const schemas = open();
  await schemas.remote.ready(new Map());
  expect(passed(runNow(stageOf(schemas), [framed(1_001)]))).toEqual([3]);
  http = await startHttpRegistry();
});

test('what becomes known counts from the next flush on, and after a crash within one from the same one', async () => {
  const schemas = open();
  const stage = await warm(schemas);
  http.schemas.push({ subject: POS, version: 4, id: 7, schema: text });
  runNow(stage, [framed(7)]);
  await schemas.answered();
  expect(reasonsOf(runNow(stage, [framed(7)]))).toEqual(['schema_pending']);
  const [extra] = schemas.extras(['0']);
  await schemas.flushed(new Map());
  expect(reasonsOf(runNow(stage, [framed(7)]))).toEqual([]);

  const again = open();
  again.restore(
    ['0'],
    (name) => (name === extra.name ? extra.version : undefined),
    () => 12n,
  );
  await again.remote.ready(new Map());
  const stageAgain = stageOf(again);
  expect(reasonsOf(runNow(stageAgain, [framed(7), framed(1_001)]))).toEqual(['schema_pending']);
  // Other partitions are further, this one is not where it was.
  await again.flushed(
    new Map([
      ['0', 11n],
      ['1', 99n],
    ]),
  );
  expect(reasonsOf(runNow(stageAgain, [framed(7), framed(1_001)]))).toEqual(['schema_pending']);
  await again.flushed(new Map([['0', 12n]]));
  expect(reasonsOf(runNow(stageAgain, [framed(7), framed(1_001)]))).toEqual([]);
});

test('two processes that learn the same at once write one log, which both go on with', async () => {
  const [one, other] = [open(), open()];
  http.schemas.push(
    { subject: POS, version: 4, id: 7, schema: text },
    { subject: POS, version: 5, id: 8, schema: text },
  );
  await Promise.all([one, other].map((schemas) => schemas.remote.ready(new Map())));
  await Promise.all([
    run(stageOf(one), [framed(1_001), framed(7)]),
    run(stageOf(other), [framed(7), framed(8)]),
  ]);
  await http.stop();
  const third = open();
  await third.remote.ready(new Map());
  expect(passed(runNow(stageOf(third), [framed(7), framed(8), framed(1_001)])).sort()).toEqual([3, 4, 5]);
  http = await startHttpRegistry();
});

test('who waits gets the answer in the same batch, from the lake when the registry is down', async () => {
  const waiting = open({}, true);
  expect(passed(await run(stageOf(waiting), [framed(1_001)]))).toEqual([3]);
  await warm(open());
  await http.stop();
  const down = open({}, true);
  expect(passed(await run(stageOf(down), [framed(1_001)]))).toEqual([3]);
  expect(reasonsOf(await run(stageOf(down), [framed(9)]))).toEqual(['schema_pending']);
  http = await startHttpRegistry();
});

describe('schemas', () => {
  const evolved = (change: (fields: { name: string }[]) => unknown[]) => {
    const schema = JSON.parse(text) as { fields: { name: string }[] };
    return JSON.stringify({ ...schema, fields: change(schema.fields) });
  };
  const answers: [string, Partial<HttpRegistry['schemas'][number]>, string | number][] = [
    ['by subject', { subject: POS, version: 9 }, 9],
    ['by topic', { subject: `${POS}-value`, version: 9 }, 9],
    ['by the name of its record', { subject: 'tills-retail.pos.PosTransaction', version: 2 }, 2],
    [
      'without any contract',
      { subject: 'x', schema: '{"type":"record","name":"X","fields":[{"name":"a","type":"int"}]}' },
      'subject_unknown',
    ],
    [
      'that lacks what the contract needs',
      { schema: evolved((fields) => fields.filter(({ name }) => name !== 'eventId')) },
      'schema_mismatch',
    ],
    ['that is no schema', { schema: '{' }, 'schema_mismatch'],
    ['in Protobuf', { schemaType: 'PROTOBUF', schema: 'syntax = "proto3";' }, 'schema_mismatch'],
  ];
  test.each(answers)('%s', async (_, schema, wanted) => {
    http.schemas.push({ subject: POS, version: 1, id: 50, schema: text, ...schema });
    const result = await run(stageOf(open()), [framed(50)]);
    expect([...reasonsOf(result), ...passed(result)]).toEqual([wanted]);
  });

  test('that refers to itself is not asked for without end', async () => {
    const references = [{ name: 'x', subject: POS, version: 1 }];
    http.schemas.push({ subject: POS, version: 1, id: 50, schema: text, references });
    expect(reasonsOf(await run(stageOf(open()), [framed(50)]))).toEqual(['schema_mismatch']);
    expect(http.requests).toHaveLength(3);
  });

  test('of JSON, which the contract reads', async () => {
    http.schemas.push({ subject: POS, version: 6, id: 50, schema: '{}', schemaType: 'JSON' });
    const json = new TextEncoder().encode(JSON.stringify(sale('e')));
    expect(passed(await run(stageOf(open()), [framed(50, json)]))).toEqual([6]);
  });

  test('that an older producer writes are read into the newest', async () => {
    http.schemas.push({
      subject: POS,
      version: 1,
      id: 50,
      schema: evolved((fields) => [{ name: 'tillModel', type: 'string' } as { name: string }, ...fields]),
    });
    const result = await run(stageOf(open()), [framed(50, Uint8Array.of(4, 65, 66, ...body))]);
    expect([rowsOf(result), passed(result)]).toEqual([1, [1]]);
  });

  test('of several parts', async () => {
    const whole = JSON.parse(text) as { fields: { name: string; type: { items?: { name: string } } }[] };
    const lines = whole.fields.find(({ name }) => name === 'lines');
    const part = lines?.type.items;
    if (!lines || !part) throw new Error('no lines');
    const named = `retail.pos.${part.name}`;
    http.schemas.push({
      subject: 'line',
      version: 2,
      id: 51,
      schema: JSON.stringify({ namespace: 'retail.pos', ...part }),
    });
    const schema = evolved((fields) =>
      fields.map((field) =>
        field.name === 'lines' ? { ...field, type: { type: 'array', items: named } } : field,
      ),
    );
    http.schemas.push({
      subject: POS,
      version: 1,
      id: 50,
      schema,
      references: [{ name: named, subject: 'line', version: 2 }],
    });
    const result = await run(stageOf(open()), [framed(50)]);
    expect([reasonsOf(result), rowsOf(result)]).toEqual([[], 1]);
  });
});

describe('ways in', () => {
  const secret = () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 's3cret\n');
    return path;
  };

  test('a password', async () => {
    await warm(open({ basicAuth: { username: 'gondola', passwordFile: secret() } }));
    expect(new Set(http.authorizations)).toEqual(new Set([`Basic ${btoa('gondola:s3cret')}`]));
  });

  test('a token of OAuth, asked for once', async () => {
    const oauth = {
      endpoint: `${http.url}/token`,
      clientId: 'c',
      secretFile: secret(),
      scope: 'read',
      logicalCluster: 'none',
    };
    await run(stageOf(open({ oauth })), [framed(1_001)]);
    expect(http.requests.filter((request) => request.includes('/token'))).toHaveLength(1);
    expect(http.authorizations.at(-1)).toBe('Bearer a-token');
  });

  test('another address when one does not answer, which is not asked first again', async () => {
    const dead = await startHttpRegistry();
    await dead.stop();
    await warm(open({ urls: [dead.url, http.url] }));
  });

  test('a refusal at the start says what to look at', async () => {
    http.mood = () => 401;
    await expect(Promise.resolve(run(stageOf(open()), [framed(1_001)]))).rejects.toMatchObject({
      name: 'SetupError',
      code: 'registry_denied',
      message: expect.stringContaining('check basicAuth or oauth'),
    });
  });

  test('a password file that is not there is named', () => {
    expect(() => open({ basicAuth: { username: 'g', passwordFile: '/nowhere' } })).toThrow(
      'registry.basicAuth.passwordFile: /nowhere cannot be read',
    );
  });
});
