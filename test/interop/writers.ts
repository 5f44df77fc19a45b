import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readDataFile, readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import { storeOf } from './store-of.js';

/** As in append-commits.mjs. */
const TABLE = 'test/bronze/tills';
const ROWS = 10;

/** How many commits lie between two checkpoints of a table that does not say. */
const CHECKPOINT_INTERVAL = 50;

/** Of a writer that is killed: far more than it gets to, so that there is work left for the last ones. */
const COMMITS_KILLED = 75;

interface Result {
  readonly won: readonly number[];
  readonly fenced: number;
}

const named = (count: number) => Array.from({ length: count }, (_, index) => `writer-${index}`);
const counting = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

/** One process per entry, all let go together. */
async function startWriters(
  lake: string,
  appIds: readonly string[],
  commits: number,
): Promise<ChildProcess[]> {
  const script = join(import.meta.dirname, 'append-commits.mjs');
  const writers = appIds.map((appId) =>
    fork(script, [lake, appId, String(commits)], { execArgv: [], env: process.env }),
  );
  for (const message of await Promise.all(writers.map((writer) => once(writer, 'message')))) {
    expect(message[0]).toBe('ready');
  }
  for (const writer of writers) writer.send('go');
  return writers;
}

async function runWriters(lake: string, appIds: readonly string[], commits: number): Promise<Result[]> {
  const writers = await startWriters(lake, appIds, commits);
  const results = await Promise.all(writers.map((writer) => once(writer, 'message')));
  await Promise.all(writers.map((writer) => writer.exitCode ?? once(writer, 'exit')));
  return results.map(([result]) => result as Result);
}

/** `app/commit/row` of every row that a reader finds, sorted. */
async function rowsOf(lake: string): Promise<string[]> {
  const store = await storeOf(lake);
  const rows: string[] = [];
  for (const live of (await readSnapshot(store, TABLE, readCheckpoint))?.files ?? []) {
    const file = await readParquet(await readDataFile(store, TABLE, live));
    rows.push(...file.map((row) => `${row['app_id']}/${row['commit']}/${row['row']}`));
  }
  return rows.sort();
}

const allRowsOf = (appIds: readonly string[], commits: number): string[] =>
  appIds
    .flatMap((appId) =>
      Array.from(
        { length: commits * ROWS },
        (_, index) => `${appId}/${Math.floor(index / ROWS)}/${index % ROWS}`,
      ),
    )
    .sort();

/** Versions 1 to `count` are won once each, and the table is the same from its newest checkpoint and from its start. */
async function expectWhole(lake: string, results: readonly Result[], count: number): Promise<void> {
  const versions = results.flatMap(({ won }) => won).sort((left, right) => left - right);
  expect(versions).toEqual(counting(1, count));
  const store = await storeOf(lake);
  const names = (await store.list(`${TABLE}/_delta_log`)).map(({ path }) => path);
  const checkpoints = names.filter((path) => path.endsWith('.checkpoint.parquet'));
  expect(checkpoints).toHaveLength(Math.floor(count / CHECKPOINT_INTERVAL));
  const fromCheckpoint = await readSnapshot(store, TABLE, readCheckpoint);
  expect(fromCheckpoint).toMatchObject({ version: count });
  expect(fromCheckpoint).toEqual(await readSnapshot(store, TABLE));
}

/** What any store must give to writers in processes of their own. `newLake`: the address of an empty one, see storeOf. */
export function describeWriters(name: string, newLake: () => Promise<string>): void {
  describe(`writers in processes of their own on ${name}`, () => {
    let lake: string;
    beforeEach(async () => {
      lake = await newLake();
    });

    test('that write different partitions lose no commit and no row: 8 times 200', async () => {
      const writers = named(8);
      const results = await runWriters(lake, writers, 200);
      expect(results.map(({ fenced }) => fenced)).toEqual(writers.map(() => 0));
      await expectWhole(lake, results, 1600);
      expect(await rowsOf(lake)).toEqual(allRowsOf(writers, 200));
    }, 600_000);

    test('that hold the same partition: exactly one of 4 gets each of 100 ranges through', async () => {
      const results = await runWriters(lake, new Array<string>(4).fill('contested'), 100);
      await expectWhole(lake, results, 100);
      expect(results.reduce((sum, { fenced }) => sum + fenced, 0)).toBe(3 * 100);
      expect(await rowsOf(lake)).toEqual(allRowsOf(['contested'], 100));
    }, 600_000);

    test('that are killed and started again neither lose nor repeat a row', async () => {
      const writers = named(4);
      const store = await storeOf(lake);
      let commits = 1;
      for (let round = 0; round < 3; round++) {
        const started = await startWriters(lake, writers, COMMITS_KILLED);
        // Asked for now: a writer that is through with its work ends before the others are killed.
        const exits = Promise.all(started.map((writer) => writer.exitCode ?? once(writer, 'exit')));
        // Let each round do some work, but not all of it.
        commits += 40;
        while ((await store.list(`${TABLE}/_delta_log`)).length < commits)
          await new Promise((resolve) => setTimeout(resolve, 1));
        for (const writer of started) writer.kill('SIGKILL');
        await exits;
      }
      const results = await runWriters(lake, writers, COMMITS_KILLED);
      expect(results.flatMap(({ won }) => won).length).toBeGreaterThan(0);
      expect(await rowsOf(lake)).toEqual(allRowsOf(writers, COMMITS_KILLED));
    }, 600_000);
  });
}
