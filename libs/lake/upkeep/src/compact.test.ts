import { changesSince, readSnapshot, type TableSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint, readParquetColumns, type TableStream } from '@gondola/lake-parquet';
import { columnSpec, type ColumnTable } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import fc from 'fast-check';
import {
  appendRows,
  asSet,
  beforeFirstCommit,
  createLake,
  depsOf,
  environment,
  neverAborted,
  NOW_MS,
  openSales,
  putFile,
  rowsOf,
  SALE_COLUMNS,
  type Row,
} from '../test/support.js';
import { fileStatsOf } from './file-stats.js';
import { ALL_DATES, compact, type CompactOptions, type UpkeepDeps } from './index.js';

const newLake = () => createLake(createLocalDiskStore, createManualClock(NOW_MS));
const PATH = `${environment}/sales`;
const options: CompactOptions = {
  targetBytes: 1 << 20,
  dates: ALL_DATES,
  zOrder: null,
  dryRun: false,
  signal: neverAborted,
};

const sale = (index: number): Row => ({
  store: `S${index % 7}`,
  item: `I${index % 31}`,
  quantity: BigInt(index),
  sold_at: (NOW_MS + index) * 1000,
});
const sales = (first: number, count: number) => Array.from({ length: count }, (_, row) => sale(first + row));

const anyRow = fc.record({
  store: fc.string({ unit: 'binary', maxLength: 5 }),
  item: fc.option(fc.constantFrom('a', 'b', 'ñ', '')),
  quantity: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  price: fc.option(fc.bigInt({ min: -999_999_999_999n, max: 999_999_999_999n })),
  share: fc.option(fc.double()),
  lines: fc.option(fc.integer()),
  is_voided: fc.option(fc.boolean()),
  raw: fc.option(fc.uint8Array({ maxLength: 20 })),
  sold_at: fc.integer({ min: 0, max: 4_000_000_000 }).map((ms) => ms * 1000),
});
const anyFiles = fc.array(
  fc.record({
    date: fc.constantFrom('2026-11-22', '2026-11-23'),
    rows: fc.array(anyRow, { minLength: 1, maxLength: 12 }),
  }),
  { minLength: 2, maxLength: 6 },
);

describe('compact', () => {
  let lake: ReturnType<typeof newLake>;
  beforeEach(() => (lake = newLake()));
  afterEach(() => lake.remove());
  const snapshot = async () =>
    (await readSnapshot(lake.store, PATH, readCheckpoint)) as unknown as TableSnapshot;

  it('keeps every row, value and null of random tables, in any order of columns', async () => {
    let next = 0;
    await fc.assert(
      fc.asyncProperty(anyFiles, fc.boolean(), async (files, isZOrdered) => {
        const path = `${environment}/random-${next++}`;
        const table = await openSales(lake.deps, path);
        for (const { date, rows } of files) await appendRows(lake.deps, table, path, date, rows);
        const before = await rowsOf(lake.deps, path);
        const zOrder = isZOrdered ? (['store', 'item'] as const) : null;
        const result = await compact(lake.deps, path, { ...options, zOrder });
        const after = await rowsOf(lake.deps, path);
        expect(asSet(after)).toEqual(asSet(before));
        const dates = new Set(files.map(({ date }) => date));
        expect((await table.refresh()).files).toHaveLength(dates.size);
        expect(result?.rows ?? 0).toBeLessThanOrEqual(before.length);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps null counts and bounds in the log right', async () => {
    const table = await openSales(lake.deps, PATH);
    await appendRows(lake.deps, table, PATH, '2026-11-23', [...sales(0, 3), { ...sale(3), item: null }]);
    await appendRows(lake.deps, table, PATH, '2026-11-23', sales(2 ** 31, 2));
    await compact(lake.deps, PATH, options);
    const [file] = (await snapshot()).files;
    expect(fileStatsOf(file)).toMatchObject({
      rows: 6,
      min: { quantity: '0', store: 'S0' },
      max: { quantity: String(2 ** 31 + 1) },
    });
    expect(JSON.parse(file.stats)).toMatchObject({ nullCount: { item: 1, quantity: 0, price: 6 } });
  });

  it('leaves positions alone, and what tails the table sees nothing new', async () => {
    const table = await openSales(lake.deps, PATH);
    for (const first of [0, 10]) {
      const file = await putFile(lake.deps, PATH, '2026-11-23', sales(first, 10));
      const expected = first === 0 ? null : BigInt(first);
      const transactions = [{ appId: 'events/0', expected, version: BigInt(first + 10) }];
      await table.append({ files: [file], transactions, operation: 'WRITE' });
    }
    const { version } = await snapshot();
    await compact(lake.deps, PATH, options);
    expect((await snapshot()).transactions).toEqual(new Map([['events/0', 20n]]));
    expect(await changesSince(lake.store, PATH, version)).toEqual([
      { version: version + 1, added: [], hasRemoved: false },
    ]);
  });

  it('leaves older versions readable', async () => {
    const table = await openSales(lake.deps, PATH);
    await appendRows(lake.deps, table, PATH, '2026-11-23', sales(0, 5));
    await appendRows(lake.deps, table, PATH, '2026-11-23', sales(5, 5));
    const { version } = await snapshot();
    await compact(lake.deps, PATH, options);
    expect(asSet(await rowsOf(lake.deps, PATH, { version }))).toEqual(asSet(await rowsOf(lake.deps, PATH)));
  });

  it('never touches a file that is large enough, nor a small one alone', async () => {
    const table = await openSales(lake.deps, PATH);
    await appendRows(lake.deps, table, PATH, '2026-11-22', sales(0, 5));
    await appendRows(lake.deps, table, PATH, '2026-11-23', sales(0, 20_000));
    await appendRows(lake.deps, table, PATH, '2026-11-23', sales(0, 5));
    const before = await snapshot();
    const [, large] = before.files;
    const result = await compact(lake.deps, PATH, { ...options, targetBytes: Math.floor(large.size / 0.75) });
    expect(result).toMatchObject({ filesRemoved: 0 });
    expect((await snapshot()).version).toBe(before.version);
  });

  it('makes files of about the target', async () => {
    const table = await openSales(lake.deps, PATH);
    for (let file = 0; file < 9; file++)
      await appendRows(lake.deps, table, PATH, '2026-11-23', sales(file * 100, 100));
    const [{ size }] = (await snapshot()).files;
    const result = await compact(lake.deps, PATH, { ...options, targetBytes: size * 3 + 100 });
    expect(result).toMatchObject({ filesRemoved: 9, filesAdded: 3, rows: 900 });
  });

  it('keeps to the dates it is given, and a dry run changes nothing', async () => {
    const table = await openSales(lake.deps, PATH);
    for (const date of ['2026-11-21', '2026-11-22', '2026-11-23'])
      for (const first of [0, 5]) await appendRows(lake.deps, table, PATH, date, sales(first, 5));
    const dates = { first: '2026-11-22', last: '2026-11-22' };
    expect(await compact(lake.deps, PATH, { ...options, dates, dryRun: true })).toMatchObject({
      filesRemoved: 2,
    });
    expect((await snapshot()).files).toHaveLength(6);
    await compact(lake.deps, PATH, { ...options, dates });
    expect((await snapshot()).files.map((file) => file.partitionValues['sale_date'])).toEqual([
      '2026-11-21',
      '2026-11-21',
      '2026-11-23',
      '2026-11-23',
      '2026-11-22',
    ]);
  });

  it('reads files that are older than a column', async () => {
    const old = SALE_COLUMNS.filter(({ name }) => name !== 'share');
    const table = await openSales(lake.deps, PATH, old);
    await appendRows(lake.deps, table, PATH, '2026-11-23', sales(0, 2), old);
    const young = await openSales(lake.deps, PATH, [...old, columnSpec('share', 'float64', true)]);
    await appendRows(lake.deps, young, PATH, '2026-11-23', [{ ...sale(2), share: 0.5 }]);
    await compact(lake.deps, PATH, options);
    expect((await rowsOf(lake.deps, PATH)).map((row) => row['share'])).toEqual([null, null, 0.5]);
  });

  it('lets writers append in between, and gives way to a compaction that was first', async () => {
    const table = await openSales(lake.deps, PATH);
    for (const date of ['2026-11-22', '2026-11-23'])
      for (const first of [0, 5]) await appendRows(lake.deps, table, PATH, date, sales(first, 5));
    // Before its first commit, the slow one is overtaken on one date, and by an append.
    const slow = depsOf(
      beforeFirstCommit(lake.store, async () => {
        const dates = { first: '2026-11-22', last: '2026-11-22' };
        await compact(lake.deps, PATH, { ...options, dates });
        await table.refresh();
        await appendRows(lake.deps, table, PATH, '2026-11-23', sales(100, 1));
      }),
      lake.clock,
    );
    expect(await compact(slow, PATH, options)).toMatchObject({
      conflicts: 1,
      filesRemoved: 2,
      filesAdded: 1,
    });
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(21);
    expect((await snapshot()).files).toHaveLength(3);
    const left: string[] = [];
    for await (const { path } of lake.store.listAll(PATH)) if (path.endsWith('.parquet')) left.push(path);
    // 5 that were appended, 2 of compactions that won; what the loser wrote is gone.
    expect(left).toHaveLength(7);
  });

  it('puts rows that are near in either column near each other', async () => {
    const table = await openSales(lake.deps, PATH);
    const grid = Array.from({ length: 64 * 64 }, (_, index) => ({
      ...sale(index),
      store: `S${String(index % 64).padStart(2, '0')}`,
      item: `I${String(Math.floor(index / 64)).padStart(2, '0')}`,
    }));
    await appendRows(lake.deps, table, PATH, '2026-11-23', grid.slice(0, 2_000));
    await appendRows(lake.deps, table, PATH, '2026-11-23', grid.slice(2_000));
    await compact(lake.deps, PATH, { ...options, zOrder: ['store', 'item'] });
    const [file] = (await snapshot()).files;
    const bytes = (await lake.store.get(`${PATH}/${file.path}`)) ?? new Uint8Array();
    const { store, item } = await readParquetColumns(bytes, ['store', 'item']);
    for (let from = 0; from < grid.length; from += 256) {
      expect(new Set(store.slice(from, from + 256) as string[]).size).toBe(16);
      expect(new Set(item.slice(from, from + 256) as string[]).size).toBe(16);
    }
  });

  it('puts a file in order that is large enough already, once', async () => {
    const table = await openSales(lake.deps, PATH);
    await appendRows(lake.deps, table, PATH, '2026-11-23', sales(0, 20_000));
    const before = await snapshot();
    const ordered: CompactOptions = { ...options, targetBytes: 1_000, zOrder: ['store', 'item'] };
    expect(await compact(lake.deps, PATH, { ...ordered, zOrder: null })).toMatchObject({ filesRemoved: 0 });
    expect(await compact(lake.deps, PATH, ordered)).toMatchObject({ filesRemoved: 1, filesAdded: 1 });
    const after = await snapshot();
    expect(after.files[0].tags).toEqual({ 'gondola.zOrder': 'store,item' });
    const stores = (await rowsOf(lake.deps, PATH)).map((row) => row['store']);
    expect(new Set(stores.slice(0, 1_000)).size).toBeLessThan(7);
    expect(asSet(await rowsOf(lake.deps, PATH))).toEqual(
      asSet(await rowsOf(lake.deps, PATH, { version: before.version })),
    );
    expect(await compact(lake.deps, PATH, ordered)).toMatchObject({ filesRemoved: 0 });
    const otherOrder: CompactOptions = { ...ordered, zOrder: ['item', 'store'] };
    expect(await compact(lake.deps, PATH, otherOrder)).toMatchObject({ filesRemoved: 1 });
  });

  it('holds a part of a large file at a time', async () => {
    const columns = [columnSpec('store', 'string'), columnSpec('sale_date', 'date')];
    const rows = Array.from({ length: 300_000 }, (_, row) => ({ store: `S${row}` }));
    const table = await openSales(lake.deps, PATH, columns);
    for (const part of [rows.slice(0, 10), rows])
      await appendRows(lake.deps, table, PATH, '2026-11-23', part, columns);
    const parts: number[] = [];
    const { encoder } = lake.deps;
    const watching: UpkeepDeps['encoder'] = {
      name: encoder.name,
      encode: (tables, encodeOptions) => encoder.encode(watched(tables, parts), encodeOptions),
    };
    await compact({ ...lake.deps, encoder: watching }, PATH, { ...options, targetBytes: 1 << 24 });
    expect(parts).toEqual([10, 131_072, 131_072, 37_856]);
    const stores = (await rowsOf(lake.deps, PATH)).map((row) => row['store']);
    expect(stores).toEqual([...rows.slice(0, 10), ...rows].map(({ store }) => store));
  });

  it('gives the files that it writes the bloom filters that the table asks for', async () => {
    const table = await openSales(lake.deps, PATH);
    for (const first of [0, 5]) await appendRows(lake.deps, table, PATH, '2026-11-23', sales(first, 5));
    await openSales(lake.deps, PATH, SALE_COLUMNS, { 'gondola.bloomFilters': 'store,item' });
    const asked: unknown[] = [];
    const { encoder } = lake.deps;
    const watching: UpkeepDeps['encoder'] = {
      name: encoder.name,
      encode: (tables, encodeOptions) => {
        asked.push(encodeOptions?.bloomFilters);
        return encoder.encode(tables, encodeOptions);
      },
    };
    await compact({ ...lake.deps, encoder: watching }, PATH, options);
    expect(asked).toEqual([['store', 'item']]);
  });

  it('says which columns there are when one to order by is not', async () => {
    await openSales(lake.deps, PATH);
    await expect(compact(lake.deps, PATH, { ...options, zOrder: ['store', 'colour'] })).rejects.toMatchObject(
      {
        code: 'table_unsupported',
        message: expect.stringContaining('no column colour to order by: store, item,'),
      },
    );
  });

  it('names a data file that was deleted by hand, and changes nothing', async () => {
    const table = await openSales(lake.deps, PATH);
    for (const first of [0, 5]) await appendRows(lake.deps, table, PATH, '2026-11-23', sales(first, 5));
    const before = await snapshot();
    await lake.store.delete(`${PATH}/${before.files[1].path}`);
    await expect(compact(lake.deps, PATH, options)).rejects.toMatchObject({
      code: 'lake_corrupt',
      message: expect.stringContaining(before.files[1].path),
    });
    expect((await snapshot()).version).toBe(before.version);
  });

  it('knows no table where there is none', async () => {
    expect(await compact(lake.deps, `${environment}/nothing`, options)).toBeNull();
  });
});

/** Counts the rows of each table that passes. */
async function* watched(tables: TableStream, parts: number[]): AsyncGenerator<ColumnTable> {
  for await (const table of tables) {
    parts.push(table.rows);
    yield table;
  }
}
