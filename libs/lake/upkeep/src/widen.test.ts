import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint } from '@gondola/lake-parquet';
import { columnSpec, type ColumnSpec, type ObjectStore } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import fc from 'fast-check';
import {
  appendRows,
  asSet,
  beforeFirstCommit,
  createLake,
  depsOf,
  environment,
  methodsOf,
  neverAborted,
  NOW_MS,
  openSales,
  putFile,
  rowsOf,
  type Row,
} from '../test/support.js';
import { fileStatsOf } from './file-stats.js';
import { ALL_DATES, compact, vacuum, widen, type UpkeepDeps } from './index.js';

const decimal = (name: string, precision: number): ColumnSpec => ({
  name,
  type: { kind: 'decimal', precision, scale: 2 },
  nullable: true,
});
const columnsOf = (kind: 'int32' | 'int64', digits: number): readonly ColumnSpec[] => [
  columnSpec('store', 'string'),
  columnSpec('lines', kind, true),
  decimal('price', digits),
  decimal('total', 2 * digits),
  columnSpec('sale_date', 'date'),
];
const NARROW = columnsOf('int32', 9);
const WIDE = columnsOf('int64', 18);
const PATH = `${environment}/sales`;
const options = { dryRun: false, signal: neverAborted };
const newLake = () => createLake(createLocalDiskStore, createManualClock(NOW_MS));
const DATES = ['2026-11-22', '2026-11-23'];

const anyRow = fc.record({
  store: fc.string({ maxLength: 5 }),
  lines: fc.option(fc.integer()),
  price: fc.option(fc.bigInt({ min: -999_999_999n, max: 999_999_999n })),
  total: fc.option(fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n })),
});
const row = (index: number): Row => ({ store: `S${index}`, lines: index, price: BigInt(index), total: null });
const asWide = (rows: readonly Row[]): readonly Row[] =>
  rows.map((one) => ({ ...one, lines: one['lines'] === null ? null : BigInt(one['lines'] as number) }));

describe('widen', () => {
  let lake: ReturnType<typeof newLake>;
  beforeEach(() => (lake = newLake()));
  afterEach(() => lake.remove());
  const snapshot = async () => {
    const found = await readSnapshot(lake.store, PATH, readCheckpoint);
    if (!found) throw new Error('no table');
    return found;
  };
  const openNarrow = () => openSales(lake.deps, PATH, NARROW);
  async function filled() {
    const table = await openNarrow();
    for (const [index, date] of DATES.entries())
      await appendRows(lake.deps, table, PATH, date, [row(10 * index), row(10 * index + 1)], NARROW);
    return table;
  }
  const dataFiles = async () => {
    const found: string[] = [];
    for await (const { path } of lake.store.listAll(PATH)) if (!path.includes('_delta_log')) found.push(path);
    return found;
  };

  it('keeps every row, value and null, and the older version as it was', async () => {
    let next = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyRow, { minLength: 1, maxLength: 8 }), { maxLength: 4 }),
        async (files) => {
          const path = `${environment}/random-${next++}`;
          const table = await openSales(lake.deps, path, NARROW);
          for (const [at, rows] of files.entries())
            await appendRows(lake.deps, table, path, DATES[at % 2], rows, NARROW);
          const before = await rowsOf(lake.deps, path);
          const { version } = table.snapshot();
          expect(await widen(lake.deps, path, WIDE, options)).toMatchObject({ files: files.length });
          expect(asSet(await rowsOf(lake.deps, path))).toEqual(asSet(asWide(before)));
          expect(asSet(await rowsOf(lake.deps, path, { version }))).toEqual(asSet(before));
          await openSales(lake.deps, path, WIDE);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('moves no position, writes right bounds, and a second run finds nothing to do', async () => {
    const table = await openNarrow();
    const file = await putFile(lake.deps, PATH, DATES[0], [row(7), row(9)], NARROW);
    await table.append({
      files: [file],
      transactions: [{ appId: 'events/0', expected: null, version: 2n }],
      operation: 'WRITE',
    });
    expect(await widen(lake.deps, PATH, WIDE, { ...options, dryRun: true })).toMatchObject({ files: 1 });
    expect((await snapshot()).version).toBe(1);
    expect(await widen(lake.deps, PATH, WIDE, options)).toMatchObject({
      columns: [
        { column: 'lines', from: 'integer', to: 'long' },
        { column: 'price', from: 'decimal(9,2)', to: 'decimal(18,2)' },
        { column: 'total', from: 'decimal(18,2)', to: 'decimal(36,2)' },
      ],
      rows: 2,
    });
    const after = await snapshot();
    expect(after.transactions).toEqual(new Map([['events/0', 2n]]));
    expect(fileStatsOf(after.files[0])).toMatchObject({ rows: 2, min: { lines: '7' }, max: { lines: '9' } });
    expect(await widen(lake.deps, PATH, WIDE, options)).toMatchObject({ columns: [], files: 0 });
    expect((await snapshot()).version).toBe(after.version);
    expect(await widen(lake.deps, `${environment}/nothing`, WIDE, options)).toBeNull();
  });

  it('takes in what a writer and a compaction do before its commit', async () => {
    const table = await filled();
    await appendRows(lake.deps, table, PATH, DATES[1], [row(99)], NARROW);
    const slow = depsOf(
      beforeFirstCommit(lake.store, async () => {
        await compact(lake.deps, PATH, { targetBytes: 1 << 20, dates: ALL_DATES, zOrder: null, ...options });
        await table.refresh();
        await appendRows(lake.deps, table, PATH, DATES[0], [row(100)], NARROW);
      }),
      lake.clock,
    );
    expect(await widen(slow, PATH, WIDE, options)).toMatchObject({ conflicts: 1, files: 3, rows: 6 });
    const rows = [0, 1, 10, 11, 99, 100].map(row);
    expect(asSet(await rowsOf(lake.deps, PATH))).toEqual(asSet(withDates(asWide(rows))));
    const live = new Set((await snapshot()).files.map((file) => `${PATH}/${file.path}`));
    const old = new Set((await snapshot()).tombstones.map((file) => `${PATH}/${file.path}`));
    expect((await dataFiles()).filter((path) => !live.has(path) && !old.has(path))).toEqual([]);
  });

  it('lets one of two runs win, and the other finds it done', async () => {
    await filled();
    const slow = depsOf(
      beforeFirstCommit(lake.store, async () => {
        await widen(lake.deps, PATH, WIDE, options);
      }),
      lake.clock,
    );
    expect(await widen(slow, PATH, WIDE, options)).toMatchObject({ columns: [], files: 0, conflicts: 1 });
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(4);
    expect(await dataFiles()).toHaveLength(4);
  });

  it('goes on where a killed run stopped, but not with files that are old, gone or for other types', async () => {
    await filled();
    const killed = () => widen(depsOf(dyingAtCommit(lake.store), lake.clock), PATH, WIDE, options);
    await expect(killed()).rejects.toThrow('killed');
    await expect(killed()).rejects.toThrow('killed');
    expect(await dataFiles()).toHaveLength(2 + 2 + 2);
    const other = columnsOf('int64', 10);
    expect(await widen(lake.deps, PATH, other, { ...options, dryRun: true })).toMatchObject({
      filesResumed: 0,
    });
    const staged = (await dataFiles()).filter((path) => path.endsWith('.zstd.parquet'));
    await lake.store.delete(staged[0]);
    expect(await widen(lake.deps, PATH, WIDE, options)).toMatchObject({ files: 2, filesResumed: 1 });
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(4);
    expect(await dataFiles()).toHaveLength(4);
  });

  it('commits no file that it wrote so long ago that vacuum may have taken it, and writes none twice', async () => {
    const table = await filled();
    for (const at of [20, 30, 40]) await appendRows(lake.deps, table, PATH, DATES[0], [row(at)], NARROW);
    let written = 0;
    const { encoder } = lake.deps;
    const slow: UpkeepDeps['encoder'] = {
      name: encoder.name,
      encode: (tables, encodeOptions) => {
        written++;
        lake.clock.advance(7 * 3_600_000);
        return encoder.encode(tables, encodeOptions);
      },
    };
    await widen({ ...lake.deps, encoder: slow }, PATH, WIDE, options);
    expect(written).toBe(5);
    const oldest = Math.min(...(await snapshot()).files.map((file) => file.modificationTime));
    expect(oldest).toBeGreaterThan(lake.clock.nowMs() - 12 * 3_600_000);
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(7);
  });

  it('copies files that vacuum may take, writes those again that it took, and vacuum takes what was given up', async () => {
    await filled();
    await expect(widen(depsOf(dyingAtCommit(lake.store), lake.clock), PATH, WIDE, options)).rejects.toThrow(
      'killed',
    );
    lake.clock.advance(13 * 3_600_000);
    const [taken] = (await dataFiles()).filter((path) => path.endsWith('.zstd.parquet'));
    await lake.store.delete(taken);
    expect(await widen(lake.deps, PATH, WIDE, options)).toMatchObject({ files: 2, filesResumed: 1 });
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(4);
    expect(
      (await snapshot()).files.every(({ modificationTime }) => modificationTime === lake.clock.nowMs()),
    ).toBe(true);
    await lake.store.put(`${PATH}/_widen/given-up.json`, new Uint8Array([1]));
    const force = { retentionMs: -1e12, forceRetention: true, dryRun: true, signal: neverAborted };
    expect((await vacuum(lake.deps, force)).paths).toContain(`${PATH}/_widen/given-up.json`);
  });
});

const withDates = (rows: readonly Row[]): readonly Row[] =>
  rows.map((one) => ({
    ...one,
    sale_date: [10, 11, 99].includes(Number(one['lines'])) ? DATES[1] : DATES[0],
  }));

const dyingAtCommit = (store: ObjectStore): ObjectStore => ({
  ...methodsOf(store),
  putIfAbsent: () => Promise.reject(new Error('killed')),
});
