import { readCheckpoint, writeCheckpoint } from '@gondola/lake-parquet';
import { createHandClock, createMemoryStore } from '../test/memory-store.js';
import {
  adding,
  checkpointName,
  commitName,
  createUpkeep,
  logOf,
  namesOf,
  SPEC,
  withProperties,
} from '../test/tables.js';
import { changesSince, openTable, readSnapshot } from './index.js';

const HOUR_MS = 3_600_000;
const TWO_DAYS = {
  'delta.checkpointInterval': '10',
  'delta.logRetentionDuration': 'interval 2 days',
};

async function opened(properties: Readonly<Record<string, string>> = TWO_DAYS) {
  const clock = createHandClock();
  const memory = createMemoryStore(clock);
  const { upkeep, warnings } = createUpkeep(writeCheckpoint);
  const open = () => openTable(memory.store, withProperties(properties), clock, readCheckpoint, upkeep);
  const table = await open();
  /** Appends that many files, one an hour. */
  const append = async (commits: number, writer = table) => {
    for (let commit = 0; commit < commits; commit++) {
      clock.move(HOUR_MS);
      await writer.append(adding(`f${writer.snapshot().version + 1}`));
    }
  };
  return { ...memory, clock, warnings, open, table, append };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('versions before a checkpoint that is old enough are removed, and all younger ones can be loaded', async () => {
  const { store, append, warnings } = await opened();
  await append(100);
  // At the last checkpoint, 100 hours after the first version, everything up to version 51 was older than two days.
  expect(await logOf(store)).toEqual({ commits: range(50, 100), checkpoints: [50, 60, 70, 80, 90, 100] });
  for (const version of range(50, 100)) {
    const snapshot = await readSnapshot(store, SPEC.path, readCheckpoint, { version });
    expect(snapshot?.files).toHaveLength(version);
  }
  expect(warnings).toEqual([]);
});

test('checksums and parts of checkpoints go with their version, other files stay', async () => {
  const { store, objects, append } = await opened();
  await append(30);
  const foreign = [
    commitName(3).replace('.json', '.crc'),
    checkpointName(5, '.0000000001.0000000002'),
    `${SPEC.path}/_delta_log/00000000000000000001.00000000000000000004.compacted.json`,
    `${SPEC.path}/_delta_log/notes.txt`,
  ];
  for (const path of foreign) await store.put(path, new Uint8Array(1));
  await append(50);
  expect(foreign.map((path) => objects.has(path))).toEqual([false, false, true, true]);
});

test.each<[string, Record<string, string>]>([
  ['the default of 30 days', { 'delta.checkpointInterval': '10' }],
  ['a clean-up that is switched off', { ...TWO_DAYS, 'delta.enableExpiredLogCleanup': 'false' }],
  ['a duration that is not understood', { ...TWO_DAYS, 'delta.logRetentionDuration': 'two days' }],
])('%s keeps everything', async (_what, properties) => {
  const { store, append } = await opened(properties);
  await append(100);
  expect((await logOf(store)).commits).toEqual(range(0, 100));
});

test('the last hour stays, whatever the table says', async () => {
  const { store, clock, table } = await opened({
    ...TWO_DAYS,
    'delta.logRetentionDuration': 'interval 0 days',
  });
  for (const minute of range(1, 195)) {
    clock.move(60_000);
    await table.append(adding(`f${minute}`));
  }
  expect((await logOf(store)).commits).toEqual(range(120, 195));
});

test('nothing is removed that _last_checkpoint leads to', async () => {
  const { store, objects, append } = await opened();
  await append(49);
  const hint = new TextEncoder().encode('{"version":20}');
  const path = `${SPEC.path}/_delta_log/_last_checkpoint`;
  // Another writer, slower than the others, points back.
  const get = store.get;
  store.get = async (name) => (name === path ? hint : get(name));
  await append(60);
  expect((await logOf(store)).checkpoints[0]).toBe(20);
  expect(objects.has(commitName(20))).toBe(true);
});

test('a clean-up that is cut off leaves a log that every reader understands', async () => {
  const { store, append } = await opened();
  await append(59);
  const remove = store.delete;
  let left = 7;
  store.delete = async (path) => {
    if (left-- === 0) throw new Error('killed');
    await remove(path);
  };
  await append(1);
  expect((await logOf(store)).commits).toEqual(range(7, 60));
  expect((await readSnapshot(store, SPEC.path, readCheckpoint))?.files).toHaveLength(60);
  await expect(changesSince(store, SPEC.path, 5)).rejects.toMatchObject({ code: 'position_gap' });
  expect(await changesSince(store, SPEC.path, 58)).toHaveLength(2);
  store.delete = remove;
  await append(10);
  expect((await logOf(store)).commits[0]).toBe(20);
});

describe('a writer that was idle while the log moved on and was cleaned', () => {
  test('does not take a cleaned version for a free one', async () => {
    const { store, table, append, open } = await opened();
    await append(5, table);
    const other = await open();
    await append(100, other);
    expect((await logOf(store)).commits[0]).toBe(50);
    expect(await table.append(adding('late'))).toBe(106);
    expect(namesOf(table.snapshot().files)).toEqual([...range(1, 105).map((n) => `f${n}`), 'late']);
    expect(await readSnapshot(store, SPEC.path, readCheckpoint)).toMatchObject({
      version: 106,
      files: table.snapshot().files,
    });
  });

  test('does not take a version for a free one that is cleaned while it reads the log', async () => {
    const { store, clock, table, append, open } = await opened();
    const other = await open();
    await append(25, other);
    clock.move(72 * HOUR_MS);
    const get = store.get;
    store.get = async (path) => {
      if (path !== commitName(5)) return get(path);
      store.get = get;
      await append(5, other);
      return get(path);
    };
    expect(await table.append(adding('late'))).toBe(31);
    expect(await logOf(store)).toEqual({ commits: range(20, 31), checkpoints: [20, 30] });
    expect(namesOf((await readSnapshot(store, SPEC.path, readCheckpoint))?.files ?? [])).toContain('late');
  });

  test.each([
    ['that was under way while the machine was suspended', false],
    ['whose answer was lost, too, when it is repeated', true],
  ])('does not lose a commit %s', async (_what, isCut) => {
    const { store, failNextPut, table, append, open } = await opened();
    const other = await open();
    const putIfAbsent = store.putIfAbsent;
    store.putIfAbsent = async (path, bytes) => {
      store.putIfAbsent = putIfAbsent;
      await append(100, other);
      if (isCut) failNextPut('after');
      return putIfAbsent(path, bytes);
    };
    const late = { ...adding('late'), id: 'late' };
    if (isCut) await expect(table.append(late)).rejects.toMatchObject({ canRetry: true });
    expect(await table.append(late)).toBe(101);
    expect((await logOf(store)).commits).toEqual([...(isCut ? [1] : []), ...range(50, 101)]);
    expect(namesOf((await readSnapshot(store, SPEC.path, readCheckpoint))?.files ?? [])).toContain('late');
  });

  test('sees what happened when it refreshes, and is fenced where it was replaced', async () => {
    const { table, append, open } = await opened();
    await append(5, table);
    const other = await open();
    const position = (expected: bigint | null, version: bigint) => ({
      files: [],
      transactions: [{ appId: 'shared', expected, version }],
      operation: 'WRITE',
    });
    await other.append(position(null, 7n));
    await append(100, other);
    await expect(table.append(position(null, 3n))).rejects.toMatchObject({ code: 'fenced' });
    expect((await table.refresh()).version).toBe(106);
  });

  test('is told when the table is another one by now', async () => {
    const { table, objects, append, open } = await opened();
    await append(5, table);
    objects.clear();
    await append(100, await open());
    await expect(table.append(adding('late'))).rejects.toMatchObject({ code: 'lake_corrupt' });
  });
});
