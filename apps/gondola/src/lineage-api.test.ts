import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { cleanUp, start } from '../../api/test/api-harness.js';
import { LakeFixture, signalWith } from '../../api/test/lake-fixture.js';
import { DAY_MS, POS, records, START_MS, UpkeepLake } from '../test/upkeep-lake.js';

interface Table {
  readonly name: string;
  readonly version: number;
  readonly rows: number;
  readonly bytes: number;
  readonly columns: readonly { readonly name: string }[];
  readonly positions: readonly { readonly stream: string; readonly position: string }[];
  readonly lastCommit: { readonly operation: string };
  readonly contract: Readonly<Record<string, unknown>> | null;
}

const lake = new UpkeepLake();
let get: Awaited<ReturnType<typeof start>>['get'];

beforeAll(async () => {
  await lake.send(records(0, 60));
  await lake.send([{ key: null, value: Buffer.from('no event'), timestampMs: START_MS }]);
  await lake.ingest(START_MS + DAY_MS);
  const fixture = LakeFixture.at(lake.lake);
  await fixture.addSignals([signalWith({ signalId: 'a' })]);
  ({ get } = await start(fixture, {}, { schemas: loadEmbeddedRegistry(lake.schemas) }));
});
afterAll(async () => {
  await cleanUp();
  lake.remove();
});

test('every table says where it comes from and how far it is, as its log has it', async () => {
  const { environment, tables, streams } = (await get('/lineage')).body as unknown as {
    environment: string;
    tables: Table[];
    streams: { name: string; tables: string[] }[];
  };
  expect(environment).toBe('dev');
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['bronze/events', `silver/${POS}`, 'quarantine']),
  );
  expect(streams).toMatchObject([{ name: 'events', tables: expect.arrayContaining([`silver/${POS}`]) }]);
  const of = (name: string) => tables.find((table) => table.name === name);
  expect(of('bronze/events')).toMatchObject({ rows: 61, contract: null });
  expect(of('quarantine')).toMatchObject({ rows: 6 });
  expect(of(`silver/${POS}`)).toMatchObject({
    lastCommit: { operation: 'STREAMING UPDATE', atMs: expect.any(Number) },
    contract: { subject: POS, versions: [1], oldestInRows: 1, newestInRows: 1 },
  });
  const positionsOf = (name: string) =>
    (of(name)?.positions ?? []).reduce((sum, { position }) => sum + Number(position), 0);
  expect(positionsOf('bronze/events')).toBe(61);
  // The last record was none: silver may stand before it.
  expect([60, 61]).toContain(positionsOf(`silver/${POS}`));
});

test.each([
  ['unit_price', { madeBy: 'field', sources: [{ field: '/lines/*/unitPrice', masking: null }] }],
  ['customer_id', { madeBy: 'field', sources: [{ field: '/customerId', masking: 'token' }] }],
  ['event_date', { madeBy: 'field', sources: [{ field: '/beginDateTime', bronze: ['bronze/events'] }] }],
  ['source_position', { madeBy: 'record', sources: [{ field: null, streams: ['events'] }] }],
])('column %s of silver is followed back to its field', async (column, expected) => {
  expect((await get(`/lineage/columns?table=silver/${POS}&column=${column}`)).body).toMatchObject(expected);
});

test('what detection says is followed back through silver', async () => {
  const { body } = await get('/lineage/columns?table=signals&column=lost_sales');
  const through = (column: string) => ({ table: `silver/${POS}`, column });
  expect(body).toMatchObject({
    madeBy: 'detection',
    sources: [
      { field: '/lines/*/quantity', through: through('quantity'), bronze: ['bronze/events'] },
      { field: '/lines/*/lineType', through: through('line_type') },
      { field: '/beginDateTime', through: through('event_time') },
      { field: '/lines/*/unitPrice', through: through('unit_price') },
    ],
  });
  const own = await get('/lineage/columns?table=signals&column=model_version');
  expect(own.body).toMatchObject({ madeBy: 'line', sources: [] });
});

test('what no table has is not found, and every column has an answer', async () => {
  expect((await get('/lineage/columns?table=silver/none&column=x')).status).toBe(404);
  expect((await get('/lineage?table=x')).status).toBe(400);
  const { tables } = (await get('/lineage')).body as unknown as { tables: Table[] };
  for (const { name, columns } of tables)
    for (const { name: column } of columns) {
      const { status, body } = await get(`/lineage/columns?table=${name}&column=${column}`);
      expect({ status, name, column }).toEqual({ status: 200, name, column });
      // Everything in silver is an event's or its record's.
      if (name.startsWith('silver/')) expect(['field', 'record']).toContain(body['madeBy']);
    }
});
