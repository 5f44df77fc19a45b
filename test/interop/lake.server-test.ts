import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addFileOf,
  dataFilePath,
  isoDate,
  openTable,
  readSnapshot,
  type DeltaTable,
  type TableSpec,
} from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder, readParquet } from '@gondola/lake-parquet';
import {
  HEADERS_TYPE,
  plainValues,
  selectRows,
  systemClock,
  type Column,
  type ColumnTable,
  type ColumnType,
  type ColumnValue,
} from '@gondola/stream';
import { describeWithPython, ENGINES, readTable, runPython } from './python.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gondola-interop-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const bytes = (...values: number[]) => Uint8Array.from(values);

/** The values of each kind that have gone wrong somewhere before. */
const KINDS: readonly { name: string; type: ColumnType; values: readonly ColumnValue[] }[] = [
  {
    name: 'text',
    type: { kind: 'string' },
    values: ['', 'ü😀', 'a'.repeat(100), '\u{10ffff}'.repeat(33), '\uffff', 'é"\\\n'],
  },
  {
    name: 'bytes',
    type: { kind: 'binary' },
    values: [bytes(), bytes(0, 255), new TextEncoder().encode('{"a":1}')],
  },
  { name: 'flag', type: { kind: 'boolean' }, values: [true, false] },
  { name: 'small', type: { kind: 'int32' }, values: [0, -(2 ** 31), 2 ** 31 - 1, 7] },
  { name: 'large', type: { kind: 'int64' }, values: [0n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n] },
  { name: 'real', type: { kind: 'float64' }, values: [0.1, -0, 5e-324, -1.7976931348623157e308] },
  { name: 'odd_real', type: { kind: 'float64' }, values: [NaN, Infinity, -Infinity, 1] },
  {
    name: 'price',
    type: { kind: 'decimal', precision: 12, scale: 2 },
    values: [115n, 29n, -1n, 999_999_999_999n],
  },
  {
    name: 'huge',
    type: { kind: 'decimal', precision: 38, scale: 10 },
    values: [10n ** 38n - 1n, 1n - 10n ** 38n, 0n, 1n],
  },
  { name: 'at', type: { kind: 'timestamp' }, values: [0, -1, 1_711_584_000_123_456, 253_402_300_799_999] },
  { name: 'day', type: { kind: 'date' }, values: [0, -1, 19_810, 2_932_896] },
  {
    name: 'headers',
    type: HEADERS_TYPE,
    values: [
      [],
      [{ key: 'a', value: bytes(1) }],
      [
        { key: 'a', value: bytes() },
        { key: 'ü', value: bytes(2, 3) },
      ],
    ],
  },
];

/** `rows` rows: `row` counts them, `price` and the like take their values in turn, once required and once nullable. */
function tableOf(rows: number, firstRow = 0): ColumnTable {
  const column = (
    name: string,
    type: ColumnType,
    nullable: boolean,
    valueAt: (row: number) => ColumnValue,
  ): Column => ({
    spec: { name, type, nullable },
    values: Array.from({ length: rows }, (_, index) => valueAt(firstRow + index)),
  });
  return {
    rows,
    columns: [
      column('row', { kind: 'int32' }, false, (row) => row),
      column('event_date', { kind: 'date' }, false, (row) => 19_810 + (row % 2)),
      ...KINDS.flatMap(({ name, type, values }) => [
        column(name, type, false, (row) => values[row % values.length]),
        column(`${name}_or_null`, type, true, (row) => (row % 3 === 0 ? null : values[row % values.length])),
      ]),
      column('always_null', { kind: 'string' }, true, () => null),
    ],
  };
}

const specOf = (path: string, table: ColumnTable, partitionBy: string | null = 'event_date'): TableSpec => ({
  path,
  columns: table.columns.map(({ spec }) => spec),
  partitionBy,
  properties: { 'gondola.environment': 'test' },
});

/** Writes one file, without its partition column, as sinks do. */
async function appendPart(
  table: DeltaTable,
  path: string,
  name: string,
  rows: ColumnTable,
  partition: Record<string, string | null>,
) {
  const columns = rows.columns.filter(({ spec }) => !(spec.name in partition));
  const file = await columnarEncoder.encode([{ rows: rows.rows, columns }]);
  const filePath = dataFilePath(partition, name);
  await createLocalDiskStore(root).put(`${path}/${filePath}`, file.bytes);
  const added = addFileOf(filePath, file, partition, systemClock.nowMs());
  return table.append({
    files: [added],
    transactions: [],
    operation: 'WRITE',
    operationParameters: { mode: 'Append' },
  });
}

/** Appends each day's rows as one file. */
async function appendByDay(table: DeltaTable, path: string, rows: ColumnTable, name: string): Promise<void> {
  for (const day of [19_810, 19_811]) {
    const ofDay = Array.from({ length: rows.rows }, (_, row) => row).filter(
      (row) => plainValues(rows.columns[1])[row] === day,
    );
    if (ofDay.length === 0) continue;
    await appendPart(table, path, name, selectRows(rows, Int32Array.from(ofDay)), {
      event_date: isoDate(day),
    });
  }
}

/** As read_tables.py prints a value. */
function plain(value: unknown, type: ColumnType): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) {
    return (value as { key: string; value: Uint8Array }[]).map((h) => ({
      key: h.key,
      value: Buffer.from(h.value).toString('hex'),
    }));
  }
  if (type.kind === 'float64') {
    const names = new Map<unknown, string>([
      [NaN, 'nan'],
      [Infinity, 'inf'],
      [-Infinity, '-inf'],
    ]);
    return names.get(value) ?? value;
  }
  if (type.kind === 'date') return isoDate(Number(value));
  if (type.kind !== 'decimal') return String(value);
  const digits = String(value)
    .replace('-', '')
    .padStart(type.scale + 1, '0');
  return `${Number(value) < 0 ? '-' : ''}${digits.slice(0, -type.scale)}.${digits.slice(-type.scale)}`;
}

const plainRows = (table: ColumnTable) =>
  Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(
      table.columns.map((one) => [one.spec.name, plain(plainValues(one)[row], one.spec.type)]),
    ),
  );

describeWithPython('delta-rs, DuckDB and Polars', () => {
  test('read every value of every kind of column as it was written', async () => {
    const rows = tableOf(60);
    const table = await openTable(createLocalDiskStore(root), specOf('t', rows), systemClock);
    await appendByDay(table, 't', rows, 'part-1.parquet');

    const view = await readTable(
      join(root, 't'),
      '--rows',
      'row',
      '--sum',
      'row',
      'price',
      'price_or_null',
      '--check-stats',
    );
    expect(view).toMatchObject({
      version: 2,
      files: 2,
      properties: { 'gondola.environment': 'test' },
      broken_stats: [],
    });
    for (const engine of ENGINES) {
      expect({ engine, values: view[engine].values }).toEqual({ engine, values: plainRows(rows) });
      expect(view[engine].sums).toEqual({
        row: '1770',
        price: '150000000021.30',
        price_or_null: '100000000014.20',
      });
    }
  });

  test('agree on the types', async () => {
    const rows = tableOf(6);
    const table = await openTable(createLocalDiskStore(root), specOf('t', rows), systemClock);
    await appendByDay(table, 't', rows, 'part-1.parquet');
    const view = await readTable(join(root, 't'));
    const types = (engine: (typeof ENGINES)[number]) =>
      Object.fromEntries(KINDS.map(({ name }) => [name, view[engine].schema[name]]));
    expect(types('delta_rs')).toEqual({
      text: 'string',
      bytes: 'binary',
      flag: 'bool',
      small: 'int32',
      large: 'int64',
      real: 'double',
      odd_real: 'double',
      price: 'decimal128(12, 2)',
      huge: 'decimal128(38, 10)',
      at: 'timestamp[us, tz=UTC]',
      day: 'date32[day]',
      headers: 'list<element: struct<key: string not null, value: binary not null> not null>',
    });
    expect(types('duckdb')).toEqual({
      text: 'VARCHAR',
      bytes: 'BLOB',
      flag: 'BOOLEAN',
      small: 'INTEGER',
      large: 'BIGINT',
      real: 'DOUBLE',
      odd_real: 'DOUBLE',
      price: 'DECIMAL(12,2)',
      huge: 'DECIMAL(38,10)',
      at: 'TIMESTAMP WITH TIME ZONE',
      day: 'DATE',
      headers: 'STRUCT("key" VARCHAR, "value" BLOB)[]',
    });
    expect(types('polars')).toEqual({
      text: 'String',
      bytes: 'Binary',
      flag: 'Boolean',
      small: 'Int32',
      large: 'Int64',
      real: 'Float64',
      odd_real: 'Float64',
      price: 'Decimal(precision=12, scale=2)',
      huge: 'Decimal(precision=38, scale=10)',
      at: "Datetime(time_unit='us', time_zone='UTC')",
      day: 'Date',
      headers: "List(Struct({'key': String, 'value': Binary}))",
    });
  });

  test('find the rows of partitions with awkward names', async () => {
    const names = ['plain', 'a/b', '50% off', 'x=y', 'ünï cødé', 'a#b?c', '"quoted"', "it's", null];
    const rowOf = (index: number): ColumnTable => ({
      rows: 1,
      columns: [
        { spec: { name: 'row', type: { kind: 'int32' }, nullable: false }, values: Int32Array.of(index) },
        { spec: { name: 'store', type: { kind: 'string' }, nullable: true }, values: [names[index]] },
      ],
    });
    const store = createLocalDiskStore(root);
    const table = await openTable(store, specOf('t', rowOf(0), 'store'), systemClock);
    for (const index of names.keys())
      await appendPart(table, 't', 'part.parquet', rowOf(index), { store: names[index] });

    const expected = names.map((name, index) => ({ row: String(index), store: name }));
    const view = await readTable(join(root, 't'), '--rows', 'row');
    for (const engine of ENGINES)
      expect({ engine, values: view[engine].values }).toEqual({ engine, values: expected });
    const live = (await readSnapshot(store, 't'))?.files ?? [];
    for (const { path } of live) expect(await store.get(`t/${path}`)).not.toBeNull();
  });

  test('see null in rows that are older than a column', async () => {
    const store = createLocalDiskStore(root);
    const rows = tableOf(4);
    const newer = tableOf(4, 4);
    const added: Column = {
      spec: { name: 'added', type: { kind: 'string' }, nullable: true },
      values: ['e', null, 'g', 'h'],
    };
    const older = await openTable(store, specOf('t', rows), systemClock);
    await appendByDay(older, 't', rows, 'part-1.parquet');
    const wider = { rows: 4, columns: [...newer.columns, added] };
    await appendByDay(await openTable(store, specOf('t', wider), systemClock), 't', wider, 'part-2.parquet');

    const view = await readTable(join(root, 't'), '--rows', 'row', '--check-stats');
    expect(view.broken_stats).toEqual([]);
    for (const engine of ENGINES) {
      expect(view[engine].values.map((row) => row['added'])).toEqual([
        null,
        null,
        null,
        null,
        'e',
        null,
        'g',
        'h',
      ]);
    }
  });
});

describeWithPython('delta-rs as a second writer', () => {
  test('may compact, checkpoint and clean the log between our commits', async () => {
    const store = createLocalDiskStore(root);
    const rows = tableOf(40);
    const spec = specOf('t', rows);
    // It will be overtaken by the clean-up, and then reads on from the checkpoint.
    const table = await openTable(store, spec, systemClock, readParquet);
    const position = (expected: bigint | null, version: bigint) => ({
      files: [],
      transactions: [{ appId: 'ingest-0', expected, version }],
      operation: 'WRITE',
    });
    for (let part = 0; part < 4; part++) {
      const tenRows = Array.from({ length: 10 }, (_, row) => part * 10 + row);
      await appendByDay(table, 't', selectRows(rows, Int32Array.from(tenRows)), `part-${part}.parquet`);
    }
    await table.append(position(null, 2n ** 62n + 1n));

    await runPython('-c', COMPACT_AND_CLEAN, join(root, 't'));
    expect(await store.get('t/_delta_log/00000000000000000003.json')).toBeNull();
    await expect(openTable(store, spec, systemClock)).rejects.toMatchObject({ code: 'table_unsupported' });

    const again = await openTable(store, spec, systemClock, readParquet);
    expect(again.snapshot().metadata).toEqual(table.snapshot().metadata);
    expect(again.snapshot().transactions).toEqual(new Map([['ingest-0', 2n ** 62n + 1n]]));
    expect(again.snapshot().files).toHaveLength(2);
    await again.append(position(2n ** 62n + 1n, 2n ** 62n + 2n));
    const [compacted] = again.snapshot().files;
    expect(await readParquet((await store.get(`t/${compacted.path}`)) ?? new Uint8Array())).toHaveLength(20);
    expect((await table.refresh()).files).toEqual(again.snapshot().files);

    const view = await readTable(join(root, 't'), '--rows', 'row');
    for (const engine of ENGINES)
      expect({ engine, values: view[engine].values }).toEqual({ engine, values: plainRows(rows) });
  });
});

const COMPACT_AND_CLEAN = `
import os, sys, time
import deltalake
folder = sys.argv[1]
table = deltalake.DeltaTable(folder)
table.optimize.compact()
table.create_checkpoint()
log = os.path.join(folder, "_delta_log")
long_ago = time.time() - 90 * 86400
kept = f"{table.version():020}"
for name in os.listdir(log):
    if name.endswith(".json") and name.split(".")[0] < kept:
        os.remove(os.path.join(log, name))
`;
