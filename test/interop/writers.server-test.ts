import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';

/** As in append-commits.mjs. */
const TABLE = 'test/bronze/tills';
const ROWS = 10;

const COMMITS = 50;
const WRITERS = ['writer-0', 'writer-1', 'writer-2', 'writer-3'];

interface Result {
  readonly won: readonly number[];
  readonly fenced: number;
}

let lake: string;
beforeEach(async () => {
  lake = await mkdtemp(join(tmpdir(), 'gondola-writers-'));
});
afterEach(() => rm(lake, { recursive: true, force: true }));

/** One process per entry, all let go together. */
async function startWriters(appIds: readonly string[]): Promise<ChildProcess[]> {
  const script = join(import.meta.dirname, 'append-commits.mjs');
  const writers = appIds.map((appId) => fork(script, [lake, appId, String(COMMITS)], { execArgv: [] }));
  for (const message of await Promise.all(writers.map((writer) => once(writer, 'message')))) {
    expect(message[0]).toBe('ready');
  }
  for (const writer of writers) writer.send('go');
  return writers;
}

async function runWriters(appIds: readonly string[]): Promise<Result[]> {
  const writers = await startWriters(appIds);
  const results = await Promise.all(writers.map((writer) => once(writer, 'message')));
  await Promise.all(writers.map((writer) => writer.exitCode ?? once(writer, 'exit')));
  return results.map(([result]) => result as Result);
}

/** `app/commit/row` of every row that a reader finds, sorted. */
async function rowsOf(): Promise<string[]> {
  const store = createLocalDiskStore(lake);
  const rows: string[] = [];
  for (const { path } of (await readSnapshot(store, TABLE))?.files ?? []) {
    const file = await readParquet((await store.get(`${TABLE}/${path}`)) ?? new Uint8Array());
    rows.push(...file.map((row) => `${row['app_id']}/${row['commit']}/${row['row']}`));
  }
  return rows.sort();
}

const allRowsOf = (appIds: readonly string[]): string[] =>
  appIds
    .flatMap((appId) =>
      Array.from(
        { length: COMMITS * ROWS },
        (_, index) => `${appId}/${Math.floor(index / ROWS)}/${index % ROWS}`,
      ),
    )
    .sort();

const counting = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

test('processes that write different partitions lose no commit and no row', async () => {
  const results = await runWriters(WRITERS);
  expect(results.map(({ fenced }) => fenced)).toEqual([0, 0, 0, 0]);
  const versions = results.flatMap(({ won }) => won).sort((left, right) => left - right);
  expect(versions).toEqual(counting(1, WRITERS.length * COMMITS));
  expect(await rowsOf()).toEqual(allRowsOf(WRITERS));
});

test('of processes that hold the same partition exactly one gets each range through', async () => {
  const results = await runWriters(WRITERS.map(() => 'contested'));
  const versions = results.flatMap(({ won }) => won).sort((left, right) => left - right);
  expect(versions).toEqual(counting(1, COMMITS));
  expect(results.reduce((sum, { fenced }) => sum + fenced, 0)).toBe((WRITERS.length - 1) * COMMITS);
  expect(await rowsOf()).toEqual(allRowsOf(['contested']));
});

test('processes that are killed and started again neither lose nor repeat a row', async () => {
  const log = join(lake, TABLE, '_delta_log');
  let commits = 1;
  for (let round = 0; round < 3; round++) {
    const writers = await startWriters(WRITERS);
    // Asked for now: a writer that is through with its work ends before the others are killed.
    const exits = Promise.all(writers.map((writer) => writer.exitCode ?? once(writer, 'exit')));
    // Let each round do some work, but not all of it.
    commits += (WRITERS.length * COMMITS) / 5;
    while ((await readdir(log)).length < commits) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const writer of writers) writer.kill('SIGKILL');
    await exits;
  }
  const results = await runWriters(WRITERS);
  expect(results.flatMap(({ won }) => won).length).toBeGreaterThan(0);
  expect(await rowsOf()).toEqual(allRowsOf(WRITERS));
}, 120_000);
