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
    const sent = passed.map(({ event }) => (event as Json)['eventId'] ?? (event as Json)['signalId']);
    const rows = await rowsOf(`silver/${subject}`);
    const found = rows.map((row) => row['event_id'] ?? row['signal_id']);
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
