import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint } from '@gondola/lake-parquet';
import { createManualClock } from '@gondola/testing';
import {
  appendRows,
  asSet,
  beforeFirstCommit,
  createLake,
  DAY_MS,
  environment,
  methodsOf,
  neverAborted,
  NOW_MS,
  openSales,
  putFile,
  rowsOf,
} from '../test/support.js';
import { ALL_DATES, compact, expire, RETENTION_MS_MIN, vacuum, type VacuumOptions } from './index.js';

const newLake = () => createLake(createLocalDiskStore, createManualClock(NOW_MS));
const PATH = `${environment}/bronze/sales`;
const HOUR_MS = 3_600_000;
const options: VacuumOptions = {
  retentionMs: 7 * DAY_MS,
  forceRetention: false,
  dryRun: false,
  signal: neverAborted,
};
const compacting = {
  targetBytes: 1 << 20,
  dates: ALL_DATES,
  zOrder: null,
  dryRun: false,
  signal: neverAborted,
};
const sales = (first: number, count: number) =>
  Array.from({ length: count }, (_, row) => ({ store: 'S1', quantity: BigInt(first + row), sold_at: 0 }));

describe('vacuum', () => {
  let lake: ReturnType<typeof newLake>;
  beforeEach(() => (lake = newLake()));
  afterEach(() => lake.remove());

  /** All files that are there now look as if they had been written `ms` before the clock's time. */
  function writtenAgo(ms: number): void {
    const time = (lake.clock.nowMs() - ms) / 1000;
    for (const entry of readdirSync(lake.folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), time, time);
  }
  const files = () =>
    readdirSync(join(lake.folder, PATH), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('_delta_log'))
      .map((entry) => entry.name);
  const write = (path: string) => {
    const file = join(lake.folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, 'x');
    return file;
  };

  async function twoFilesMadeOne() {
    const table = await openSales(lake.deps, PATH);
    await appendRows(lake.deps, table, PATH, '2026-11-23', sales(0, 5));
    await appendRows(lake.deps, table, PATH, '2026-11-23', sales(5, 5));
    await compact(lake.deps, PATH, compacting);
    return table;
  }

  it('deletes what was replaced longer ago than the retention, and nothing sooner', async () => {
    await twoFilesMadeOne();
    writtenAgo(0);
    lake.clock.advance(options.retentionMs);
    expect(await vacuum(lake.deps, options)).toMatchObject({ files: 0 });
    expect(asSet(await rowsOf(lake.deps, PATH, { version: 2 }))).toHaveLength(10);
    lake.clock.advance(1);
    expect(await vacuum(lake.deps, options)).toMatchObject({ files: 2, byReason: { removed: 2 } });
    expect(files()).toHaveLength(1);
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(10);
  });

  it('keeps every version readable that is younger than the retention', async () => {
    const table = await openSales(lake.deps, PATH);
    const rowsAt = new Map<number, { atMs: number; rows: string[] }>();
    for (let day = 0; day < 12; day++) {
      await appendRows(lake.deps, table, PATH, '2026-11-23', sales(day * 5, 5));
      if (day % 3 === 2) await compact(lake.deps, PATH, compacting);
      const { version } = await table.refresh();
      const rows = asSet(await rowsOf(lake.deps, PATH));
      rowsAt.set(version, { atMs: lake.clock.nowMs(), rows });
      touchYoung(lake.clock.nowMs());
      lake.clock.advance(DAY_MS);
    }
    const { files: deleted } = await vacuum(lake.deps, { ...options, retentionMs: 4 * DAY_MS });
    expect(deleted).toBeGreaterThan(4);
    const cutoffMs = lake.clock.nowMs() - 4 * DAY_MS;
    for (const [version, { atMs, rows }] of rowsAt)
      if (atMs >= cutoffMs) expect(asSet(await rowsOf(lake.deps, PATH, { version }))).toEqual(rows);
  });

  const touched = new Set<string>();
  /** What was written since the last call gets the clock's time. */
  function touchYoung(nowMs: number): void {
    for (const entry of readdirSync(lake.folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || touched.has(path)) continue;
      touched.add(path);
      utimesSync(path, nowMs / 1000, nowMs / 1000);
    }
  }

  it('keeps what a longer retention still needs though the log has forgotten its tombstone', async () => {
    const table = await twoFilesMadeOne();
    writtenAgo(0);
    lake.clock.advance(10 * DAY_MS);
    // The 50th version writes a checkpoint, which leaves out tombstones of more than a week.
    for (let first = 10; (await table.refresh()).version < 50; first++)
      await appendRows(lake.deps, table, PATH, '2026-11-23', sales(first, 1));
    expect((await readSnapshot(lake.store, PATH, readCheckpoint))?.tombstones).toEqual([]);
    // As if the files and versions 0 to 2 were of 40 days ago.
    writtenAgo(40 * DAY_MS);
    const logFolder = join(lake.folder, PATH, '_delta_log');
    for (const name of readdirSync(logFolder))
      if (!/0[0-2]\.json$/.test(name)) utimesSync(join(logFolder, name), NOW_MS / 1000, NOW_MS / 1000);
    await vacuum(lake.deps, { ...options, retentionMs: 30 * DAY_MS });
    expect(asSet(await rowsOf(lake.deps, PATH, { version: 2 }))).toHaveLength(10);
  });

  it('loses nothing of a writer that stands between its file and its commit', async () => {
    const table = await openSales(lake.deps, PATH);
    const file = await putFile(lake.deps, PATH, '2026-11-23', sales(0, 5));
    writtenAgo(RETENTION_MS_MIN);
    expect(await vacuum(lake.deps, { ...options, retentionMs: RETENTION_MS_MIN })).toMatchObject({
      files: 0,
    });
    await table.append({ files: [file], transactions: [], operation: 'WRITE' });
    writtenAgo(30 * DAY_MS);
    expect(await vacuum(lake.deps, { ...options, retentionMs: RETENTION_MS_MIN })).toMatchObject({
      files: 0,
    });
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(5);
  });

  it('takes in a commit that happens while it lists', async () => {
    const table = await openSales(lake.deps, PATH);
    const file = await putFile(lake.deps, PATH, '2026-11-23', sales(0, 5));
    writtenAgo(30 * DAY_MS);
    const { store } = lake;
    const committing = {
      ...lake.deps,
      store: {
        ...methodsOf(store),
        async *listAll(folder: string) {
          yield* store.listAll(folder);
          await table.append({ files: [file], transactions: [], operation: 'WRITE' });
        },
      },
    };
    expect(await vacuum(committing, options)).toMatchObject({ files: 0 });
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(5);
  });

  it('deletes what killed writers left: files of no version, unfinished ones, states that no position names', async () => {
    const table = await openSales(lake.deps, `${environment}/signals`);
    await table.append({
      files: [],
      transactions: [
        { appId: 'events/0#state', expected: null, version: 7n },
        { appId: 'events/0#marks', expected: null, version: 9n },
      ],
      operation: 'WRITE',
    });
    await openSales(lake.deps, PATH);
    const orphan = await putFile(lake.deps, PATH, '2026-11-23', sales(0, 5));
    write(`${PATH}/_delta_log/.gondola-tmp-1`);
    write(`${PATH}/sale_date=2026-11-23/.gondola-tmp-2`);
    for (const name of [
      '7.json',
      '7-0.bin',
      '7-1.bin',
      '9.marks',
      '8.json',
      '8-0.bin',
      '6.marks',
      '5.history',
    ])
      write(`${environment}/_state/detect/events/0/${name}`);
    writtenAgo(8 * DAY_MS);
    const planned = await vacuum(lake.deps, { ...options, dryRun: true });
    const done = await vacuum(lake.deps, options);
    expect(planned).toEqual(done);
    expect(done.byReason).toEqual({ removed: 0, orphan: 1, temporary: 2, state: 3 });
    expect([...done.paths].sort()).toEqual(
      [
        `${PATH}/${orphan.path}`,
        `${PATH}/_delta_log/.gondola-tmp-1`,
        `${PATH}/sale_date=2026-11-23/.gondola-tmp-2`,
        ...['6.marks', '8-0.bin', '8.json'].map((name) => `${environment}/_state/detect/events/0/${name}`),
      ].sort(),
    );
    expect(await vacuum(lake.deps, options)).toMatchObject({ files: 0 });
  });

  it('touches no log, nothing outside of tables, and follows no link', async () => {
    await openSales(lake.deps, PATH);
    const nested = await openSales(lake.deps, `${PATH}/inner`);
    await appendRows(lake.deps, nested, `${PATH}/inner`, '2026-11-23', sales(0, 5));
    const kept = [
      `${PATH}/_delta_log/notes.txt`,
      `${PATH}/_delta_index/index.bin`,
      `${PATH}/.hidden`,
      `${environment}/notes.txt`,
      'prod/bronze/sales/part-1.parquet',
      'outside/part-2.parquet',
    ];
    kept.forEach(write);
    symlinkSync(join(lake.folder, 'outside'), join(lake.folder, PATH, 'linked'));
    writtenAgo(30 * DAY_MS);
    expect(await vacuum(lake.deps, options)).toMatchObject({ files: 0, tables: 2 });
    for (const path of kept) expect(await lake.store.get(path)).not.toBeNull();
  });

  it('refuses a retention that a running writer could not survive, unless it is forced', async () => {
    await openSales(lake.deps, PATH);
    await putFile(lake.deps, PATH, '2026-11-23', sales(0, 5));
    writtenAgo(2 * HOUR_MS);
    const short = { ...options, retentionMs: HOUR_MS };
    await expect(vacuum(lake.deps, short)).rejects.toMatchObject({ code: 'input_invalid' });
    expect(await vacuum(lake.deps, { ...short, forceRetention: true })).toMatchObject({ files: 1 });
  });
});

describe('expire', () => {
  let lake: ReturnType<typeof newLake>;
  beforeEach(() => (lake = newLake()));
  afterEach(() => lake.remove());

  async function threeDays(path: string) {
    const table = await openSales(lake.deps, path);
    for (const date of ['2026-11-20', '2026-11-21', '2026-11-22'])
      for (const first of [0, 5]) await appendRows(lake.deps, table, path, date, sales(first, 5));
    const transactions = [{ appId: 'events/0', expected: null, version: 30n }];
    await table.append({ files: [], transactions, operation: 'WRITE' });
    return table;
  }

  it('removes whole dates that are older, and leaves positions', async () => {
    const table = await threeDays(PATH);
    expect(await expire(lake.deps, PATH, { days: 2, dryRun: true })).toMatchObject({ filesRemoved: 2 });
    expect((await table.refresh()).files).toHaveLength(6);
    expect(await expire(lake.deps, PATH, { days: 2, dryRun: false })).toMatchObject({
      keptFrom: '2026-11-21',
      filesRemoved: 2,
      rows: 10,
    });
    const { files, transactions } = await table.refresh();
    expect(files.map((file) => file.partitionValues['sale_date'])).not.toContain('2026-11-20');
    expect(files).toHaveLength(4);
    // Days since 1970 up to which dates are gone, beside the position.
    expect(transactions).toEqual(
      new Map([
        ['events/0', 30n],
        ['gondola#expired', 20_778n],
      ]),
    );
    expect(await expire(lake.deps, PATH, { days: 2, dryRun: false })).toMatchObject({ filesRemoved: 0 });
  });

  it('goes on when a compaction was first', async () => {
    const table = await threeDays(PATH);
    const store = beforeFirstCommit(lake.store, async () => {
      await compact(lake.deps, PATH, compacting);
    });
    expect(await expire({ ...lake.deps, store }, PATH, { days: 2, dryRun: false })).toMatchObject({
      filesRemoved: 1,
      rows: 10,
    });
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(20);
    expect((await table.refresh()).files).toHaveLength(2);
  });

  it('refuses a table whose rows may not be removed', async () => {
    await threeDays(PATH);
    const log = `${PATH}/_delta_log/00000000000000000000.json`;
    const first = new TextDecoder().decode((await lake.store.get(log)) ?? new Uint8Array());
    const appendOnly = first.replace('"configuration":{', '"configuration":{"delta.appendOnly":"true",');
    await lake.store.put(log, new TextEncoder().encode(appendOnly));
    await expect(expire(lake.deps, PATH, { days: 2, dryRun: false })).rejects.toMatchObject({
      code: 'table_unsupported',
    });
    expect(asSet(await rowsOf(lake.deps, PATH))).toHaveLength(30);
  });
});
