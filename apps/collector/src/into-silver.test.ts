import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '@gondola/config';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { silentLog, silentObserver } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { encodeAvro } from '@gondola/contract';
import {
  BATCH,
  envelope,
  NOW_MS,
  openDoor,
  POS,
  registry,
  sale,
  textOf,
  type Json,
  type OpenDoor,
} from '../test/door-harness.js';

const schemas = join(import.meta.dirname, '../../../schemas');

interface Example {
  readonly name: string;
  readonly subject: string;
  readonly event: unknown;
  /** null: it passes. */
  readonly expected: Json | null;
}

const examples = registry.subjects().flatMap((subject) =>
  (['pass', 'fail'] as const).flatMap((kind) => {
    const folder = join(schemas, subject, 'examples', kind);
    return readdirSync(folder).map((name): Example => {
      const file = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json;
      if (kind === 'pass') return { name, subject, event: file, expected: null };
      return { name, subject, event: file['event'], expected: file['expect'] as Json };
    });
  }),
);

let door: OpenDoor;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

async function ingest() {
  const lake = join(door.folder, 'lake');
  const config = parseConfig('ingest', ingestConfigSchema, {
    environment: 'dev',
    lake,
    stream: { file: join(door.folder, 'stream.sqlite') },
    masking: { keyFile: 'not read here' },
  });
  const store = createLocalDiskStore(lake);
  const deps = {
    broker: door.broker,
    validated: null,
    store,
    registry,
    maskingKey: Buffer.from('a key of at least thirty-two bytes!'),
    clock: createManualClock(NOW_MS, { autoAdvance: true }),
    eventNowMs: () => NOW_MS,
    observer: silentObserver,
    log: silentLog,
    random: () => 0,
    memoryBytes: () => 0,
  };
  await createIngest(config, deps, { once: true }).run(new AbortController().signal);
  return async (table: string): Promise<Json[]> => {
    const snapshot = await readSnapshot(store, `dev/${table}`);
    const rows: Json[] = [];
    for (const file of snapshot?.files ?? []) {
      const content = await store.get(`dev/${table}/${file.path}`);
      if (content) rows.push(...(await readParquet(content)));
    }
    return rows;
  };
}

it('every example of every contract gets the answer that its file names, and what was accepted comes out in silver', async () => {
  const body = examples.map(({ subject, event }) => envelope(event, { type: subject }));
  const answer = await door.sendJson(body, BATCH);
  const results = answer.body['results'] as Json[];
  const said = results.map(({ reason, pointer }, index) => [
    examples[index].name,
    reason === undefined ? null : { reason, pointer },
  ]);
  expect(said).toEqual(examples.map(({ name, expected }) => [name, expected]));

  const rowsOf = await ingest();
  expect(await rowsOf('quarantine')).toEqual([]);
  for (const subject of registry.subjects()) {
    const passed = examples.filter((example) => example.subject === subject && !example.expected);
    const idOf = (event: Json, names: readonly string[]) => names.map((name) => event[name]).find(Boolean);
    const sent = passed.map(({ event }) => idOf(event as Json, ['eventId', 'signalId', 'changeId']));
    const rows = await rowsOf(`silver/${subject}`);
    const found = rows.map((row) => idOf(row, ['event_id', 'signal_id', 'change_id']));
    // Some examples are other tellings of one event.
    expect([subject, new Set(found)]).toEqual([subject, new Set(sent)]);
  }
  expect(await rowsOf('bronze/events')).toHaveLength(Number(answer.body['accepted']));
});

it('what is sent again, in whatever way, is one event in silver', async () => {
  const contract = registry.contractOf(POS);
  if (!contract) throw new Error('no contract');
  const nulls = { gtin: null, description: null, merchandiseGroup: null, promotionId: null };
  const [line] = sale(1)['lines'] as Json[];
  const event = {
    ...sale(1),
    operatorId: null,
    customerId: null,
    loyaltyId: null,
    lines: [{ ...line, ...nulls }],
  };
  const avro = new Uint8Array(encodeAvro(contract, event));
  const attributes = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/x', 'ce-type': POS };
  for (const { status } of [
    await door.sendJson([envelope(sale(1)), envelope(sale(1)), envelope(sale(2))], BATCH),
    await door.sendJson([envelope(sale(1))], BATCH),
    await door.send(avro, { ...attributes, 'content-type': 'application/avro' }),
  ])
    expect(status).toBe(202);
  const rowsOf = await ingest();
  expect(await rowsOf('bronze/events')).toHaveLength(5);
  expect((await rowsOf(`silver/${POS}`)).map((row) => row['event_id']).sort()).toEqual(['e-1', 'e-2']);
});

describe('bodies in the format of their key', () => {
  const added = (change: Json = {}) => ({
    type: 'track',
    event: 'PRODUCT ADDED',
    messageId: 'm-1',
    anonymousId: 'a-1',
    timestamp: '2026-11-20T12:00:00Z',
    properties: { sku: 'SKU-1', price: '$ 79.95', quantity: '2', ...change },
  });
  const page = { type: 'page', anonymousId: 'a-1' };
  const open = async (subjects = ['retail.web']) => {
    await door.close();
    door = await openDoor({
      subjects,
      key: { format: 'segment', storeId: 'S1', timeZone: 'America/Bogota' },
    });
  };

  it('are events in silver, and what is not comes into quarantine with the body as it came', async () => {
    await open();
    const batch = [
      added(),
      page,
      { ...added({ price: 'ask us' }), messageId: 'm-2' },
      { ...added({ quantity: 1e9 }), messageId: 'm-3' },
      { ...added(), messageId: 'm-4', anonymousId: null },
    ];
    const body = JSON.stringify({ batch });
    const answer = await door.send(body, { 'content-type': 'text/plain' });
    const results = answer.body['results'] as Json[];
    expect(results.map(({ status, reason, pointer }) => [status, reason, pointer])).toEqual([
      ['accepted', undefined, undefined],
      ['rejected', 'mapper_event_unknown', '/batch/1'],
      ['quarantined', 'mapper_field_invalid', '/batch/2/properties/price'],
      ['quarantined', 'rule_broken', '/quantity'],
      ['quarantined', 'mapper_field_missing', '/batch/4/anonymousId'],
    ]);
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, rejected: 1, quarantined: 3 } });
    // A webhook that heard no answer sends it again.
    await door.send(body, {});

    const rowsOf = await ingest();
    const silver = await rowsOf('silver/retail.web');
    expect(silver.map((row) => [row['event_id'], row['item_id'], row['fulfilment_store_id']])).toEqual([
      ['segment:m-1', 'SKU-1', 'S1'],
    ]);
    const quarantine = await rowsOf('quarantine');
    const said = quarantine.map(({ reason, pointer, message }) => [reason, pointer, message].join(' '));
    expect([quarantine.length, [...new Set(said)].toSorted()]).toEqual([
      4,
      [
        'mapper_field_invalid /batch/2/properties/price a number expected that can only be read in one way; and 1 more in it',
        'rule_broken /quantity quantityPlausible: units are positive and at most 100000',
      ],
    ]);
    const kept = (await door.records()).filter(({ value }) => textOf(value) === body);
    const sources = kept.map(({ headers }) => headers.find(({ key }) => key === 'ce_source')?.value ?? null);
    expect(sources.map(textOf)).toEqual(['/tills/segment', '/tills/segment']);
  });

  it.each<[string, string, number, number]>([
    ['only what no contract has: taken, and nothing is kept', JSON.stringify(page), 202, 0],
    ['no such format: taken, and kept', '<html>', 202, 1],
    ['what would be read as a frame of Avro is not kept', '\0\0\0\0\u0005abc', 422, 0],
    ['nor what would be one of Glue', '\u0003\0' + 'abcdefghijklmnop', 422, 0],
  ])('%s', async (_, body, status, records) => {
    await open();
    expect(await door.send(body, {})).toMatchObject({ status });
    expect(await door.records()).toHaveLength(records);
  });

  it('a key sends no more in its format than it may', async () => {
    await open(['retail.pos.*']);
    const answer = await door.send(JSON.stringify(added()), {});
    expect(answer).toMatchObject({ status: 422, body: { results: [{ reason: 'subject_denied' }] } });
    expect(await door.records()).toEqual([]);
  });
});
