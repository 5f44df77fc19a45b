import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openTable, readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint } from '@gondola/lake-parquet';
import { silentLog, type ObjectStore } from '@gondola/stream';
import { createManualClock, Death, dyingStore } from '@gondola/testing';
import {
  appendRows,
  asSet,
  createLake,
  type depsOf,
  neverAborted,
  NOW_MS,
  openSales,
  rowsOf,
  SALE_COLUMNS,
} from '../test/support.js';
import { ALL_DATES, compact, exportTable, type ExportOptions } from './index.js';

const NAME = 'silver/sales';
const [SOURCE, COPY] = [`dev/${NAME}`, `qa/${NAME}`];
const DAYS = ['2026-11-21', '2026-11-22', '2026-11-23'];
const ALL: ExportOptions = { dates: ALL_DATES, dryRun: false, signal: neverAborted };
const NOTHING = { dates: 0, filesAdded: 0, filesRemoved: 0, rowsAdded: 0, bytesAdded: 0 };

const sales = (first: number, count: number) =>
  Array.from({ length: count }, (_, row) => ({ store: `S${first + row}`, sold_at: NOW_MS * 1000 }));

/** Two lakes; the first has two files of 5 rows on each of three days. */
async function twoLakes() {
  const [from, to] = [0, 1].map(() => createLake(createLocalDiskStore, createManualClock(NOW_MS)));
  const table = await openSales(from.deps, SOURCE);
  for (const [index, day] of [...DAYS, ...DAYS].entries())
    await appendRows(from.deps, table, SOURCE, day, sales(index * 5, 5));
  const run = (options: Partial<ExportOptions> = {}, store: ObjectStore = to.store) =>
    exportTable(
      {
        from: { store: from.store, environment: 'dev' },
        to: { store, environment: 'qa' },
        ...{ clock: to.clock, log: silentLog, progress() {} },
      },
      NAME,
      { ...ALL, ...options },
    );
  const remove = () => [from, to].forEach((lake) => lake.remove());
  return { from, to, table, run, remove };
}

/** Rows and the versions of the log, by which it is told whether anything was committed. */
const stateOf = async (deps: ReturnType<typeof depsOf>, path: string) => ({
  rows: asSet(await rowsOf(deps, path)),
  version: (await readSnapshot(deps.store, path, readCheckpoint))?.version,
});

it('copies the days that are asked for, then the others, and says whose they are', async () => {
  const { from, to, run, remove } = await twoLakes();
  const before = await stateOf(from.deps, SOURCE);
  expect(await run({ dates: { first: DAYS[1], last: DAYS[1] }, dryRun: true })).toMatchObject({
    rowsAdded: 10,
  });
  expect(await readSnapshot(to.store, COPY)).toBeNull();
  expect(await run({ dates: { first: DAYS[1], last: DAYS[1] } })).toMatchObject({
    table: COPY,
    dates: 1,
    rowsAdded: 10,
  });
  expect(await run()).toMatchObject({ dates: 2, filesAdded: 4, filesRemoved: 0, rowsAdded: 20 });
  expect((await stateOf(to.deps, COPY)).rows).toEqual(before.rows);
  expect(await stateOf(from.deps, SOURCE)).toEqual(before);
  expect((await readSnapshot(to.store, COPY, readCheckpoint))?.metadata.configuration).toMatchObject({
    'gondola.environment': 'qa',
    'gondola.exportedFrom': 'dev',
  });
  remove();
});

it('adds nothing when it runs again, and follows a source that grew or was compacted', async () => {
  const { from, to, table, run, remove } = await twoLakes();
  await run();
  const first = await stateOf(to.deps, COPY);
  expect(await run()).toEqual({ table: COPY, ...NOTHING });
  expect(await stateOf(to.deps, COPY)).toEqual(first);

  await appendRows(from.deps, table, SOURCE, DAYS[2], sales(100, 3));
  expect(await run()).toMatchObject({ dates: 1, filesAdded: 1, rowsAdded: 3 });
  const options = {
    targetBytes: 1 << 20,
    dates: ALL_DATES,
    zOrder: null,
    dryRun: false,
    signal: neverAborted,
  };
  await compact(from.deps, SOURCE, options);
  expect(await run()).toMatchObject({ dates: 3, filesAdded: 3, filesRemoved: 7 });
  expect((await stateOf(to.deps, COPY)).rows).toEqual((await stateOf(from.deps, SOURCE)).rows);

  // Who keeps the copy in order changes no rows of it either.
  await compact({ ...to.deps, environment: 'qa' }, COPY, options);
  await run();
  expect((await stateOf(to.deps, COPY)).rows).toEqual((await stateOf(from.deps, SOURCE)).rows);
  remove();
});

it('killed after any write and run again has every row once', async () => {
  for (let writes = 0, isDone = false; !isDone; writes++) {
    const { from, to, run, remove } = await twoLakes();
    const died = await run({}, dyingStore(to.store, writes)).catch((error: unknown) => error);
    isDone = !(died instanceof Death);
    await run();
    expect((await stateOf(to.deps, COPY)).rows).toEqual((await stateOf(from.deps, SOURCE)).rows);
    remove();
  }
});

it('keeps a copy and rows of the environment’s own apart', async () => {
  const { to, run, remove } = await twoLakes();
  const spec = {
    ...{ path: COPY, columns: SALE_COLUMNS, partitionBy: 'sale_date' },
    properties: { 'gondola.environment': 'qa' },
  };
  await run();
  const ofExport = { code: 'environment_mismatch', message: expect.stringContaining('gondola export alone') };
  await expect(openTable(to.store, spec, to.clock, readCheckpoint)).rejects.toMatchObject(ofExport);
  rmSync(join(to.folder, 'qa'), { recursive: true });
  await openTable(to.store, spec, to.clock, readCheckpoint);
  const ofQa = { code: 'environment_mismatch', message: expect.stringContaining('has rows of qa') };
  await expect(run()).rejects.toMatchObject(ofQa);
  remove();
});

it('is null where there is no such table', async () => {
  const { from, to, remove } = await twoLakes();
  const deps = { from: { ...from, environment: 'dev' }, to: { ...to, environment: 'qa' } };
  const tools = { clock: to.clock, log: silentLog, progress() {} };
  expect(await exportTable({ ...deps, ...tools }, 'silver/none', ALL)).toBeNull();
  remove();
});
