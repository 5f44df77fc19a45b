import { cp, mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addFileOf,
  dataFilePath,
  isoDate,
  openTable,
  readSnapshot,
  type TableSpec,
} from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder, readParquet } from '@gondola/lake-parquet';
import { widen } from '@gondola/lake-upkeep';
import {
  HEADERS_TYPE,
  silentLog,
  systemClock,
  type ColumnSpec,
  type ColumnTable,
  type ColumnType,
} from '@gondola/stream';
import { runPython } from './python.js';
import { describeWithSpark, startSpark, type Spark } from './spark.js';

const ROWS = 1_000;
const FIRST_DAY = 20_458;
const PATH = 'test/silver/sales';

const column = (name: string, type: ColumnType, nullable = false): ColumnSpec => ({ name, type, nullable });
const SPEC: TableSpec = {
  path: PATH,
  columns: [
    column('id', { kind: 'int64' }),
    column('store', { kind: 'string' }),
    column('price', { kind: 'decimal', precision: 12, scale: 2 }),
    column('discount', { kind: 'decimal', precision: 5, scale: 2 }, true),
    column('quantity', { kind: 'int32' }),
    column('at', { kind: 'timestamp' }),
    column('weight', { kind: 'float64' }, true),
    column('loyal', { kind: 'boolean' }),
    column('headers', HEADERS_TYPE),
    column('day', { kind: 'date' }),
  ],
  partitionBy: 'day',
  properties: { 'gondola.environment': 'test' },
};

/** The same with the wider types of a newer contract: integers, and decimals of more than 4 and more than 8 bytes. */
const WIDER: Readonly<Record<string, ColumnType>> = {
  quantity: { kind: 'int64' },
  discount: { kind: 'decimal', precision: 16, scale: 2 },
  price: { kind: 'decimal', precision: 20, scale: 2 },
};
const WIDE_SPEC: TableSpec = {
  ...SPEC,
  columns: SPEC.columns.map((spec) => ({ ...spec, type: WIDER[spec.name] ?? spec.type })),
};

/** Rows `from` to `from + ROWS`: the store names the batch, so that statistics tell files apart. */
function salesFrom(from: number, { columns: specs }: TableSpec): ColumnTable {
  const each = <T>(of: (id: number) => T): T[] =>
    Array.from({ length: ROWS }, (_, index) => of(from + index));
  const isWide = specs === WIDE_SPEC.columns;
  // No narrow column would hold these.
  const scale = isWide ? 10_000_000_000n : 1n;
  const values: Record<string, ColumnTable['columns'][number]['values']> = {
    id: BigInt64Array.from(each(BigInt)),
    store: each(() => `S${String(from / ROWS).padStart(3, '0')}`),
    price: each((id) => BigInt(id * 7 + 99) * scale),
    discount: each((id) => (id % 3 === 0 ? null : BigInt(id % 1_000) * scale)),
    quantity: isWide
      ? BigInt64Array.from(each((id) => BigInt(id % 5) * scale))
      : Int32Array.from(each((id) => id % 5)),
    at: Float64Array.from(each((id) => 1_767_600_000_000_000 + id * 1_001)),
    weight: each((id) => (id % 4 === 0 ? null : id / 8)),
    loyal: each((id) => id % 2 === 0),
    headers: each((id) => (id % 10 === 0 ? [{ key: 'k', value: Uint8Array.of(id % 256) }] : [])),
  };
  const columns = specs.filter(({ name }) => name !== 'day');
  return { rows: ROWS, columns: columns.map((spec) => ({ spec, values: values[spec.name] })) };
}

describeWithSpark('Spark beside us on one table', () => {
  let spark: Spark;
  let root: string;
  beforeAll(async () => {
    spark = await startSpark();
  }, 300_000);
  afterAll(() => spark.stop());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'gondola-spark-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const folder = () => join(root, PATH);

  /** Each batch is one commit of one file, with its position. */
  async function append(from: number, spec = SPEC): Promise<number> {
    const store = createLocalDiskStore(root);
    const table = await openTable(store, spec, systemClock);
    const partition = { day: isoDate(FIRST_DAY + ((from / ROWS) % 2)) };
    const path = dataFilePath(partition, `part-${from}.zstd.parquet`);
    const file = await columnarEncoder.encode([salesFrom(from, spec)]);
    await store.put(`${PATH}/${path}`, file.bytes);
    return table.append({
      files: [addFileOf(path, file, partition, systemClock.nowMs())],
      transactions: [
        { appId: 'sales/0', expected: from === 0 ? null : BigInt(from), version: BigInt(from + ROWS) },
      ],
      operation: 'STREAMING UPDATE',
    });
  }

  /** Ids that our own reader finds. */
  async function ourIds(): Promise<string[]> {
    const store = createLocalDiskStore(root);
    const ids: string[] = [];
    for (const { path } of (await readSnapshot(store, PATH))?.files ?? [])
      for (const row of await readParquet((await store.get(`${PATH}/${path}`)) ?? new Uint8Array(), ['id']))
        ids.push(String(row['id']));
    return ids.sort();
  }

  const idsTo = (end: number) => Array.from({ length: end }, (_, id) => String(id)).sort();

  it('reads types, null counts, bounds and sums as they were written', async () => {
    await append(0);
    await append(ROWS);
    expect(await spark.ask({ do: 'read', table: folder() })).toMatchObject({
      types: {
        id: 'bigint',
        store: 'string',
        price: 'decimal(12,2)',
        discount: 'decimal(5,2)',
        quantity: 'int',
        at: 'timestamp',
        weight: 'double',
        loyal: 'boolean',
        headers: 'array<struct<key:string,value:binary>>',
        day: 'date',
      },
      rows: '2000',
      'nulls:weight': '500',
      'nulls:store': '0',
      'min:store': 'S000',
      'max:store': 'S001',
      'min:price': '0.99',
      'max:price': '140.92',
      'sum:price': '141910.0000',
      'sum:quantity': '4000.0000',
      'min:at': '2026-01-05 08:00:00',
      'max:at': '2026-01-05 08:00:02.000999',
      'min:day': '2026-01-05',
      'max:day': '2026-01-06',
    });
  }, 300_000);

  it('skips files by our statistics: what a filter excludes need not be there', async () => {
    for (let batch = 0; batch < 6; batch++) await append(batch * ROWS);
    const damaged = `${root}-damaged`;
    await cp(folder(), damaged, { recursive: true });
    for (const { path } of (await readSnapshot(createLocalDiskStore(root), PATH))?.files ?? [])
      if (!path.includes(`part-${2 * ROWS}.`)) await unlink(join(damaged, path));
    try {
      const where = "store = 'S002' AND id >= 2500";
      expect(await spark.ask({ do: 'count', table: damaged, where })).toEqual({ rows: 500 });
      await expect(spark.ask({ do: 'count', table: damaged, where: 'quantity = 1' })).rejects.toThrow();
    } finally {
      await rm(damaged, { recursive: true });
    }
  }, 300_000);

  it('and delta-rs rearrange the table while we go on: no row is lost, doubled or read twice', async () => {
    for (let batch = 0; batch < 4; batch++) await append(batch * ROWS);
    await spark.ask({ do: 'optimize', table: folder() });
    expect((await readSnapshot(createLocalDiskStore(root), PATH))?.files).toHaveLength(2);
    for (let batch = 4; batch < 8; batch++) await append(batch * ROWS);
    await runPython(
      '-c',
      'import sys, deltalake as d; t = d.DeltaTable(sys.argv[1]); t.optimize.compact(); t.create_checkpoint()',
      folder(),
    );
    for (let batch = 8; batch < 10; batch++) await append(batch * ROWS);

    expect(await ourIds()).toEqual(idsTo(10 * ROWS));
    expect((await spark.ask({ do: 'values', table: folder(), column: 'id' }))['values']).toEqual(
      idsTo(10 * ROWS),
    );
    const position = (await readSnapshot(createLocalDiskStore(root), PATH))?.transactions.get('sales/0');
    expect(position).toBe(BigInt(10 * ROWS));
    // Before Spark came: time travel by version.
    expect((await spark.ask({ do: 'read', table: folder(), version: 2 }))['rows']).toBe('2000');
  }, 300_000);

  it('reads a widened table: wide types and the same values now, narrow types in older versions', async () => {
    for (const from of [0, ROWS]) await append(from);
    const read = (version?: number) =>
      spark.ask({ do: 'read', table: folder(), ...(version === undefined ? {} : { version }) });
    const discounts = async () =>
      (await spark.ask({ do: 'values', table: folder(), column: 'discount' }))['values'];
    const [narrow, narrowDiscounts] = [await read(), await discounts()];
    const deps = {
      store: createLocalDiskStore(root),
      encoder: columnarEncoder,
      clock: systemClock,
      log: silentLog,
      environment: 'test',
      progress: () => {},
    };
    const options = { dryRun: false, signal: new AbortController().signal };
    expect(await widen(deps, PATH, WIDE_SPEC.columns, options)).toMatchObject({ files: 2, rows: 2 * ROWS });

    const wideTypes = { quantity: 'bigint', discount: 'decimal(16,2)', price: 'decimal(20,2)' };
    const types = { ...(narrow['types'] as object), ...wideTypes };
    expect(await read()).toEqual({ ...narrow, types });
    expect(await discounts()).toEqual(narrowDiscounts);
    await append(2 * ROWS, WIDE_SPEC);
    await spark.ask({ do: 'optimize', table: folder() });
    expect(await read()).toMatchObject({
      types,
      rows: '3000',
      'max:quantity': '40000000000',
      'sum:quantity': '20000000004000.0000',
      'max:discount': '99900000000.00',
      'max:price': '2109200000000.00',
    });
    const [beforeWiden, widened] = [2, 3];
    expect(await read(beforeWiden)).toEqual(narrow);
    expect(await read(widened)).toEqual({ ...narrow, types });
  }, 300_000);
});
