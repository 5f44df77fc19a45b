import { FencedError, type ColumnSpec, type ObjectStore } from '@gondola/stream';
import { createHandClock, createMemoryStore } from '../test/memory-store.js';
import { changesSince, openTable, readSnapshot, type AddFile, type TableSpec } from './index.js';

const clock = createHandClock();

const SPEC: TableSpec = {
  path: 'test/silver/pos',
  columns: [
    { name: 'sku', type: { kind: 'string' }, nullable: false },
    { name: 'price', type: { kind: 'decimal', precision: 12, scale: 2 }, nullable: true },
    { name: 'event_date', type: { kind: 'date' }, nullable: false },
  ],
  partitionBy: 'event_date',
  properties: { 'gondola.environment': 'test' },
};

const fileOf = (name: string): AddFile => ({
  path: `event_date=2024-03-28/${name}`,
  partitionValues: { event_date: '2024-03-28' },
  size: 1,
  modificationTime: 1,
  dataChange: true,
  stats: '{"numRecords":1}',
});
const write = (name: string, expected: bigint | null, version: bigint, appId = 'ingest-0') => ({
  files: [fileOf(name)],
  transactions: [{ appId, expected, version }],
  operation: 'WRITE',
});
const logPath = (version: number) => `${SPEC.path}/_delta_log/${String(version).padStart(20, '0')}.json`;
const namesOf = (files: readonly AddFile[]) => files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
const withColumns = (...columns: ColumnSpec[]): TableSpec => ({ ...SPEC, columns });

async function opened() {
  const memory = createMemoryStore();
  return { ...memory, table: await openTable(memory.store, SPEC, clock) };
}

test('opening makes the table once, and what is appended is what is read', async () => {
  const { store, table } = await opened();
  expect(await table.append(write('a', null, 10n))).toBe(1);
  expect(await table.append(write('b', 10n, 2n ** 62n + 1n))).toBe(2);

  const again = await openTable(store, SPEC, clock);
  for (const snapshot of [table.snapshot(), again.snapshot(), await readSnapshot(store, SPEC.path)]) {
    expect(snapshot).toMatchObject({ version: 2, metadata: { partitionColumns: ['event_date'] } });
    expect(namesOf(snapshot?.files ?? [])).toEqual(['a', 'b']);
    expect(snapshot?.transactions).toEqual(new Map([['ingest-0', 2n ** 62n + 1n]]));
  }
});

test('a table that is not there has no snapshot and no changes', async () => {
  const { store } = createMemoryStore();
  expect(await readSnapshot(store, 'nowhere')).toBeNull();
  expect(await changesSince(store, 'nowhere', -1)).toEqual([]);
});

test('creators that race end up with the same table', async () => {
  const { store } = createMemoryStore();
  const tables = await Promise.all(Array.from({ length: 5 }, () => openTable(store, SPEC, clock)));
  expect(new Set(tables.map((table) => table.snapshot().metadata.id)).size).toBe(1);
  expect(new Set(tables.map((table) => table.snapshot().version))).toEqual(new Set([0]));
});

test('writers of different partitions both get through, whoever is first', async () => {
  const { store, table } = await opened();
  const other = await openTable(store, SPEC, clock);
  await other.append(write('theirs', null, 7n, 'ingest-1'));
  expect(await table.append(write('ours', null, 5n, 'ingest-0'))).toBe(2);
  expect(table.snapshot().transactions).toEqual(
    new Map([
      ['ingest-1', 7n],
      ['ingest-0', 5n],
    ]),
  );
});

test('one table used by two callers at once keeps its versions in order', async () => {
  const { store, table } = await opened();
  const versions = await Promise.all(
    Array.from({ length: 10 }, (_, i) => table.append(write(`${i}`, null, 1n, `app-${i}`))),
  );
  expect([...versions].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(table.snapshot().files).toHaveLength(10);
  expect((await readSnapshot(store, SPEC.path))?.files).toHaveLength(10);
});

describe('fencing', () => {
  test.each<[string, bigint | null, bigint | null]>([
    ['the partition was moved on by another writer', 10n, 20n],
    ['the partition went back', 10n, 5n],
    ['nothing was expected but something is there', null, 0n],
    ['something was expected but nothing is there', 0n, null],
  ])('%s: nothing is written', async (_what, expected, found) => {
    const { store, table } = await opened();
    if (found !== null) await (await openTable(store, SPEC, clock)).append(write('theirs', null, found));
    const before = await readSnapshot(store, SPEC.path);
    // The table does not know of the other commit yet: the lost race is what tells it.
    await expect(table.append(write('ours', expected, 99n))).rejects.toThrow(FencedError);
    expect(await readSnapshot(store, SPEC.path)).toEqual(before);
  });

  test('one fenced partition keeps out the whole change', async () => {
    const { table } = await opened();
    await table.append(write('a', null, 1n, 'ingest-1'));
    const transactions = [
      { appId: 'ingest-0', expected: null, version: 5n },
      { appId: 'ingest-1', expected: 0n, version: 5n },
    ];
    await expect(table.append({ ...write('b', null, 5n), transactions })).rejects.toMatchObject({
      code: 'fenced',
    });
    expect((await table.refresh()).transactions).toEqual(new Map([['ingest-1', 1n]]));
  });
});

describe('a put whose fate is unknown', () => {
  const change = { ...write('a', null, 10n), id: 'the same on every attempt' };

  test.each(['before', 'after'] as const)(
    'failed %s it reached the store: the repeated append writes once',
    async (when) => {
      const { store, table, failNextPut } = await opened();
      failNextPut(when);
      await expect(table.append(change)).rejects.toMatchObject({ canRetry: true });
      expect(await table.append(change)).toBe(1);
      expect(namesOf((await readSnapshot(store, SPEC.path))?.files ?? [])).toEqual(['a']);
      expect(await table.append(write('b', 10n, 11n))).toBe(2);
    },
  );

  test('is recognised behind commits of others and after a refresh', async () => {
    const { store, table, failNextPut } = await opened();
    failNextPut('after');
    await expect(table.append(change)).rejects.toThrow('the connection was cut');
    await (await openTable(store, SPEC, clock)).append(write('theirs', null, 1n, 'ingest-1'));
    await table.refresh();
    expect(await table.append(change)).toBe(1);
    expect(table.snapshot()).toMatchObject({ version: 2 });
  });
});

describe('the log', () => {
  const filled = async () => {
    const memory = await opened();
    for (let i = 1; i <= 3; i++)
      await memory.table.append(write(`${i}`, i === 1 ? null : BigInt(i - 1), BigInt(i)));
    return memory;
  };

  test('with a version missing is lake_corrupt and says which', async () => {
    const { store, objects } = await filled();
    objects.delete(logPath(2));
    await expect(readSnapshot(store, SPEC.path)).rejects.toMatchObject({
      code: 'lake_corrupt',
      message: expect.stringContaining(logPath(2)),
    });
  });

  test('with a half-written version is lake_corrupt and says which', async () => {
    const { store, objects } = await filled();
    objects.set(logPath(2), (objects.get(logPath(2)) ?? new Uint8Array()).subarray(0, 40));
    await expect(openTable(store, SPEC, clock)).rejects.toMatchObject({
      code: 'lake_corrupt',
      message: expect.stringContaining(logPath(2)),
    });
  });

  test('that lost its beginning cannot be read without a checkpoint', async () => {
    const { store, objects } = await filled();
    objects.delete(logPath(0));
    await expect(readSnapshot(store, SPEC.path)).rejects.toMatchObject({ code: 'table_unsupported' });
  });

  test('that vanished under an open table is noticed, not started anew', async () => {
    const { table, objects } = await filled();
    objects.clear();
    await expect(table.refresh()).rejects.toMatchObject({ code: 'lake_corrupt' });
  });

  test('is read on from where a table stands', async () => {
    const { store, table } = await filled();
    const reads: string[] = [];
    const counting = { ...store, get: (path: string) => (reads.push(path), store.get(path)) };
    const reader = await openTable(counting, SPEC, clock);
    await table.append(write('4', 3n, 4n));
    reads.length = 0;
    expect(namesOf((await reader.refresh()).files)).toEqual(['1', '2', '3', '4']);
    expect(reads).toEqual([logPath(4), logPath(5), logPath(3)]);
  });

  test('tells what was added since a version, but not what was only rearranged', async () => {
    const { store, table } = await filled();
    const removes = table.snapshot().files.slice(0, 2);
    const compacted = { files: [fileOf('compacted')], removes, transactions: [], operation: 'OPTIMIZE' };
    await table.changeFiles({ ...compacted, dataChange: false });
    const changes = await changesSince(store, SPEC.path, 1);
    expect(changes.map(({ version, added }) => [version, namesOf(added)])).toEqual([
      [2, ['2']],
      [3, ['3']],
      [4, []],
    ]);
    expect(await changesSince(store, SPEC.path, 4)).toEqual([]);
  });

  test('that no longer holds what a tailing reader needs says so', async () => {
    const { store, objects } = await filled();
    for (const version of [0, 1, 2]) objects.delete(logPath(version));
    for (const since of [-1, 0, 1]) {
      await expect(changesSince(store, SPEC.path, since)).rejects.toMatchObject({ code: 'position_gap' });
    }
  });

  test('is read whole although a listing made while others commit skipped a version', async () => {
    const { store } = await filled();
    const list: ObjectStore['list'] = async (folder) =>
      (await store.list(folder)).filter(({ path }) => path !== logPath(0) && path !== logPath(2));
    expect((await readSnapshot({ ...store, list }, SPEC.path))?.files).toHaveLength(3);
  });

  test('may have files removed by others', async () => {
    const { store, table } = await filled();
    const removal = `{"remove":{"path":"${fileOf('2').path}","dataChange":true}}\n`;
    await store.put(logPath(4), new TextEncoder().encode(removal));
    expect(namesOf((await table.refresh()).files)).toEqual(['1', '3']);
    expect(namesOf((await readSnapshot(store, SPEC.path))?.files ?? [])).toEqual(['1', '3']);
  });
});

describe('a table that others changed', () => {
  const committed = (line: unknown) => new TextEncoder().encode(JSON.stringify(line) + '\n');

  test('in its schema is refused by the writer that holds it open, if rows no longer fit', async () => {
    const { store, table } = await opened();
    const { metadata } = table.snapshot();
    const schemaString = metadata.schemaString.replace('decimal(12,2)', 'string');
    await store.put(logPath(1), committed({ metaData: { ...metadata, schemaString } }));
    await expect(table.append(write('a', null, 1n))).rejects.toMatchObject({
      code: 'table_unsupported',
      message: expect.stringContaining('price'),
    });
  });
});

test('a column that another engine took out of the schema is put back by the next append', async () => {
  const { store, table } = await opened();
  const { metadata } = table.snapshot();
  const schema = JSON.parse(metadata.schemaString);
  const schemaString = JSON.stringify({ ...schema, fields: [schema.fields[0], schema.fields[2]] });
  const line = JSON.stringify({ metaData: { ...metadata, schemaString } });
  await store.put(logPath(1), new TextEncoder().encode(line));
  expect(await table.append(write('a', null, 1n))).toBe(2);
  const after = await readSnapshot(store, SPEC.path);
  expect(
    JSON.parse(after?.metadata.schemaString ?? '').fields.map((field: ColumnSpec) => field.name),
  ).toEqual(['sku', 'event_date', 'price']);
});

describe('opening with another specification', () => {
  const [sku, price, eventDate] = SPEC.columns;
  const channel: ColumnSpec = { name: 'channel', type: { kind: 'string' }, nullable: true };

  test('adds a new nullable column once, and the older writer goes on', async () => {
    const { store, table } = await opened();
    const wider = withColumns(...SPEC.columns, channel);
    const [one, two] = await Promise.all([openTable(store, wider, clock), openTable(store, wider, clock)]);
    expect([one.snapshot().version, two.snapshot().version]).toEqual([1, 1]);
    expect(JSON.parse(one.snapshot().metadata.schemaString)).toMatchObject({
      fields: [
        { name: 'sku' },
        { name: 'price' },
        { name: 'event_date' },
        { name: 'channel', type: 'string', nullable: true },
      ],
    });
    expect(one.snapshot().metadata.id).toBe(table.snapshot().metadata.id);
    expect(await table.append(write('old', null, 1n))).toBe(2);
  });

  test.each<[TableSpec, string]>([
    [withColumns({ ...sku, type: { kind: 'int64' } }, price, eventDate), 'sku'],
    [{ ...SPEC, partitionBy: null }, 'event_date'],
  ])('that does not fit is refused, and the table stays as it is', async (spec, named) => {
    const { store } = await opened();
    const refusal = {
      name: 'SetupError',
      code: 'table_unsupported',
      message: expect.stringContaining(named),
    };
    await expect(openTable(store, spec, clock)).rejects.toMatchObject(refusal);
    expect((await readSnapshot(store, SPEC.path))?.version).toBe(0);
  });

  test.each<Record<string, string>>([{ 'gondola.environment': 'production' }, {}])(
    'environment %j is refused',
    async (properties) => {
      const { store } = await opened();
      await expect(openTable(store, { ...SPEC, properties }, clock)).rejects.toMatchObject({
        code: 'environment_mismatch',
      });
    },
  );

  test('a table that was put into the folder of another environment is refused by whoever opens it', async () => {
    const { store, objects } = await opened();
    for (const [path, bytes] of [...objects]) objects.set(path.replace(/^test\//, 'prod/'), bytes);
    const refusal = { code: 'environment_mismatch', message: expect.stringContaining('environment test') };
    const path = 'prod/silver/pos';
    await expect(readSnapshot(store, path)).rejects.toMatchObject(refusal);
    for (const environment of ['prod', 'test']) {
      const spec = { ...SPEC, path, properties: { 'gondola.environment': environment } };
      await expect(openTable(store, spec, clock)).rejects.toMatchObject(refusal);
    }
    expect((await readSnapshot(store, SPEC.path))?.version).toBe(0);
  });

  test('a nullable column that this writer does not know is left to others', async () => {
    const { store } = await opened();
    await openTable(store, withColumns(...SPEC.columns, channel), clock);
    const older = await openTable(store, SPEC, clock);
    expect(await older.append(write('a', null, 1n))).toBe(2);
  });

  test('properties that are switched on later are added, once, and those of others stay', async () => {
    const { store, table } = await opened();
    const withProperty = { ...SPEC, properties: { ...SPEC.properties, 'gondola.bloomFilters': 'sku' } };
    await openTable(store, withProperty, clock);
    await openTable(store, withProperty, clock);
    const older = await openTable(store, SPEC, clock);
    expect(older.snapshot()).toMatchObject({
      version: 1,
      metadata: { configuration: { 'gondola.environment': 'test', 'gondola.bloomFilters': 'sku' } },
    });
    expect(await table.append(write('a', null, 1n))).toBe(2);
  });
});
