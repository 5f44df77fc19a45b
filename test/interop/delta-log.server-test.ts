import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  changesSince,
  loadTable,
  openTable,
  readDataFile,
  readSnapshot,
  type LogUpkeepDeps,
} from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint, writeCheckpoint } from '@gondola/lake-parquet';
import { columnSpec, systemClock, type Clock, type ObjectStore } from '@gondola/stream';
import { appendRows, COLUMNS, rowsOf, specOf, writeRows } from './delta-rows.js';
import { describeWithPython, ENGINES, readTable, runPython } from './python.js';

const TABLE = 't';
const EVERY_5 = { 'delta.checkpointInterval': '5', 'delta.logRetentionDuration': 'interval 1 hour' };
const POSITION = 2n ** 62n;

let root: string;
let store: ObjectStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gondola-delta-'));
  store = createLocalDiskStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Time of the machine, as files in the store have it, and then some. */
function createLateClock() {
  let lateMs = 0;
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + lateMs };
  return { clock, wait: (ms: number) => (lateMs += ms) };
}

const upkeep: LogUpkeepDeps = {
  writeCheckpoint,
  log: {
    info() {},
    warn(fields) {
      throw new Error(JSON.stringify(fields));
    },
    error() {},
  },
};
const open = (clock: Clock, properties: Readonly<Record<string, string>> = EVERY_5) =>
  openTable(store, specOf(TABLE, properties), clock, readCheckpoint, upkeep);

const range = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);
const logFiles = async () =>
  (await readdir(join(root, TABLE, '_delta_log'))).filter((name) => !name.startsWith('.')).sort();
const commitName = (version: number) => `${String(version).padStart(20, '0')}.json`;

/** Results of the steps of delta_rs.py. */
async function deltaRs(...steps: string[]): Promise<unknown[]> {
  const printed = await runPython(join(import.meta.dirname, 'delta_rs.py'), join(root, TABLE), ...steps);
  return printed.trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
}

async function expectRows(rows: readonly number[]): Promise<void> {
  const view = await readTable(join(root, TABLE), '--rows', 'row', '--check-stats');
  expect(view.broken_stats).toEqual([]);
  for (const engine of ENGINES) {
    expect({ engine, rows: view[engine].rows }).toEqual({ engine, rows: rows.length });
    expect({ engine, values: view[engine].values }).toEqual({ engine, values: rowsOf(rows) });
  }
}

describeWithPython('delta-rs, DuckDB and Polars', () => {
  test('read a table that is a checkpoint of ours and what came after it', async () => {
    const { clock, wait } = createLateClock();
    const table = await open(clock);
    for (const version of range(13)) await appendRows(table, store, TABLE, range(10, version * 10), clock);
    const removed = table.snapshot().files.slice(0, 4);
    const files = await writeRows(store, TABLE, range(20), clock, table.fieldIds());
    const change = { removes: removed, files, dataChange: false, transactions: [], operation: 'OPTIMIZE' };
    expect(await table.changeFiles(change)).toBe(14);
    wait(2 * 3_600_000);
    for (const version of [13, 14]) await appendRows(table, store, TABLE, range(10, version * 10), clock);

    // Two hours later than all of its commits, the log begins with the newest checkpoint.
    expect(await logFiles()).toEqual([
      commitName(15).replace('.json', '.checkpoint.parquet'),
      commitName(15),
      commitName(16),
      '_last_checkpoint',
    ]);
    await expectRows(range(150));
    const steps = ['position,ingest-0', 'rows_at,15', 'rows_where,2024-03-28,140', 'would_vacuum'];
    expect(await deltaRs(...steps)).toEqual([
      String(POSITION + 15n),
      140,
      [140, 142, 144, 146, 148],
      removed.map(({ path }) => path).sort(),
    ]);
  });

  test('read columns by their numbers and by their names, whether or not the files have numbers', async () => {
    const table = await open(systemClock);
    expect(table.fieldIds().get('headers.element.key')).toBe(5);
    await appendRows(table, store, TABLE, range(10), systemClock);
    const unnumbered = await writeRows(store, TABLE, range(10, 10), systemClock);
    await table.append({ files: unnumbered, transactions: [], operation: 'WRITE' });
    await expectRows(range(20));
  });

  test('read a column that was required and may be null now', async () => {
    const required = COLUMNS.map((column) => ({ ...column, nullable: false }));
    const spec = { ...specOf(TABLE), columns: required };
    const strict = await openTable(store, spec, systemClock);
    const texts = [1, 2, 4, 5, 7, 8];
    const files = await writeRows(store, TABLE, texts, systemClock, strict.fieldIds(), required);
    await strict.append({ files, transactions: [], operation: 'WRITE' });
    const relaxed = await open(systemClock);
    await appendRows(relaxed, store, TABLE, [0, 3, 6, 9], systemClock);
    // The writer that always fills it goes on.
    const more = await writeRows(store, TABLE, [10, 11], systemClock, strict.fieldIds(), required);
    await strict.append({ files: more, transactions: [], operation: 'WRITE' });
    await expectRows(range(12));
  });
});

describeWithPython('delta-rs as a second writer', () => {
  test('may append, compact, checkpoint, clean the log and vacuum between our commits', async () => {
    const table = await open(systemClock);
    const forget = 'set_property,delta.logRetentionDuration,interval 0 seconds';
    let rows = 0;
    for (const round of range(4)) {
      const tail = (await table.refresh()).version;
      for (const commit of range(4)) {
        await appendRows(table, store, TABLE, range(5, rows), systemClock, `ingest-${commit % 2}`);
        rows += 5;
      }
      const cleans = round >= 2;
      const [, compacted] = await deltaRs(
        `append,${rows},5`,
        'compact',
        ...(cleans ? [forget, 'checkpoint', 'clean', 'vacuum'] : []),
      );
      rows += 5;
      expect(compacted).toMatchObject({ added: 2 });
      expect((await logFiles()).includes(commitName(0))).toBe(!cleans);
      if (cleans) continue;
      // What tails sees each row once, whoever compacted.
      const changes = await changesSince(store, TABLE, tail);
      const added = changes.flatMap((change) =>
        change.added.map(({ stats }) => JSON.parse(stats).numRecords),
      );
      expect(added.reduce((sum, count) => sum + count, 0)).toBe(25);
    }
    await expectRows(range(rows));
    await appendRows(table, store, TABLE, range(5, rows), systemClock);
    await expectRows(range(rows + 5));
    const loaded = await loadTable(store, specOf(TABLE), systemClock, readCheckpoint, upkeep);
    expect(loaded?.snapshot().files).toEqual(table.snapshot().files);
    expect(loaded?.snapshot().transactions).toEqual(
      new Map([
        ['ingest-0', POSITION + 9n],
        ['ingest-1', POSITION + 8n],
      ]),
    );
    for (const file of table.snapshot().files) await readDataFile(store, TABLE, file);
  }, 300_000);

  test('that compacts the files which we are about to replace makes that a conflict', async () => {
    const table = await open(systemClock);
    for (const part of range(3)) await appendRows(table, store, TABLE, range(10, part * 10), systemClock);
    const removes = table.snapshot().files;
    const files = await writeRows(store, TABLE, range(30), systemClock);
    await deltaRs('compact');
    const change = { removes, files, dataChange: true, transactions: [], operation: 'REBUILD' };
    await expect(table.changeFiles(change)).rejects.toMatchObject({
      code: 'commit_conflict',
      canRetry: true,
    });
    await table.changeFiles({ ...change, removes: table.snapshot().files });
    await expectRows(range(30));
  });

  test('may add a column and compact: columns keep their numbers', async () => {
    const table = await open(systemClock);
    const ids = table.fieldIds();
    for (const part of range(2)) await appendRows(table, store, TABLE, range(10, part * 10), systemClock);
    await deltaRs('add_column', 'compact');
    await appendRows(table, store, TABLE, range(10, 20), systemClock);
    expect(table.fieldIds()).toEqual(ids);
    const columns = [...COLUMNS, columnSpec('ours', 'int64', true)];
    const wider = await openTable(store, { ...specOf(TABLE), columns }, systemClock, readCheckpoint, upkeep);
    const last = Math.max(...ids.values());
    expect(wider.fieldIds()).toEqual(new Map([...ids, ['added', last + 1], ['ours', last + 2]])); // prettier-ignore
    const view = await readTable(join(root, TABLE), '--rows', 'row');
    for (const engine of ENGINES)
      expect(view[engine].values.map((row) => row['row'])).toEqual(range(30).map(String));
  });

  test('may ask for what we cannot honour: then we say so and write nothing', async () => {
    const table = await open(systemClock);
    await appendRows(table, store, TABLE, range(10), systemClock);
    await deltaRs('set_property,delta.enableChangeDataFeed,true');
    await appendRows(table, store, TABLE, range(10, 10), systemClock);
    await deltaRs('constrain');
    const files = await writeRows(store, TABLE, range(10, 20), systemClock);
    await expect(table.append({ files, transactions: [], operation: 'WRITE' })).rejects.toMatchObject({
      code: 'table_unsupported',
      message: expect.stringMatching(/checkConstraints|delta\.constraints\.positive/),
    });
    await expect(open(systemClock)).rejects.toMatchObject({ code: 'table_unsupported' });
    expect((await readSnapshot(store, TABLE))?.version).toBe(4);
    await expectRows(range(20));
  });
});

test('a data file that was deleted by hand is named by whoever reads it', async () => {
  const table = await open(systemClock);
  await appendRows(table, store, TABLE, range(10), systemClock);
  const [first, second] = table.snapshot().files;
  await store.delete(`${TABLE}/${first.path}`);
  await store.put(`${TABLE}/${second.path}`, new Uint8Array(5));
  for (const file of [first, second]) {
    await expect(readDataFile(store, TABLE, file)).rejects.toMatchObject({
      code: 'lake_corrupt',
      message: expect.stringContaining(file.path),
    });
  }
});
