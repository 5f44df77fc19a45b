import { readCheckpoint, writeCheckpoint } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';
import { createHandClock, createMemoryStore } from '../test/memory-store.js';
import {
  adding,
  checkpointName,
  commitName,
  createUpkeep,
  fileOf,
  HINT,
  liveOf,
  logOf,
  namesOf,
  SPEC,
  withProperties,
} from '../test/tables.js';
import { loadTable, openTable, readSnapshot, type DeltaTable } from './index.js';

const DAY_MS = 86_400_000;
const EVERY_10 = withProperties({ 'delta.checkpointInterval': '10' });

/** A table with `versions` versions after the first, one of them an hour. */
async function filled(versions: number, spec = EVERY_10) {
  const clock = createHandClock();
  const memory = createMemoryStore(clock);
  const { upkeep, warnings } = createUpkeep(writeCheckpoint);
  const open = () => openTable(memory.store, spec, clock, readCheckpoint, upkeep);
  const table = await open();
  for (let version = 1; version <= versions; version++) {
    clock.move(3_600_000);
    await table.append(adding(`f${version}`));
  }
  return { ...memory, clock, warnings, upkeep, open, table };
}

function recording(store: ObjectStore) {
  const reads: string[] = [];
  const get = (path: string) => (reads.push(path), store.get(path));
  return { store: { ...store, get }, reads };
}

const truncate = (objects: Map<string, Uint8Array>, path: string, length: number) =>
  objects.set(path, (objects.get(path) ?? new Uint8Array()).subarray(0, length));
const bytesOf = (text: string) => new TextEncoder().encode(text);
const load = (store: ObjectStore, version?: number) =>
  readSnapshot(store, SPEC.path, readCheckpoint, { version });

describe('a checkpoint', () => {
  test('is written of every so-manieth version and named in _last_checkpoint', async () => {
    const { store, warnings } = await filled(25);
    expect((await logOf(store)).checkpoints).toEqual([10, 20]);
    const hint = JSON.parse(new TextDecoder().decode((await store.get(HINT)) ?? undefined));
    const bytes = (await store.get(checkpointName(20)))?.length;
    expect(hint).toEqual({ version: 20, size: 42, sizeInBytes: bytes, numOfAddFiles: 20 });
    expect(warnings).toEqual([]);
  });

  test('is what a table is opened from: nothing before it is read, and nothing twice', async () => {
    const { store, clock, table } = await filled(25);
    const { store: recorded, reads } = recording(store);
    const loaded = await loadTable(recorded, EVERY_10, clock, readCheckpoint);
    expect(loaded?.snapshot()).toEqual(table.snapshot());
    const after = [21, 22, 23, 24, 25].map(commitName);
    expect(reads).toEqual([HINT, checkpointName(20), ...after]);
  });

  test('holds everything: schema, properties, positions of 63 bits, files, tombstones', async () => {
    const { store, table } = await filled(7);
    const [first, second] = table.snapshot().files;
    const position = { appId: 'till/ü', expected: null, version: 2n ** 63n - 1n };
    const tagged = { ...fileOf('a b#1?ü'), tags: { note: 'kept', none: null }, stats: '' };
    await table.changeFiles({
      removes: [first, second],
      files: [tagged],
      dataChange: false,
      transactions: [position],
      operation: 'OPTIMIZE',
    });
    await table.append(adding('f9'));
    await table.append(adding('f10'));
    const whole = await readSnapshot(store, SPEC.path);
    expect(whole?.tombstones).toHaveLength(2);
    expect(await load(store)).toEqual(whole);
  });

  test('that cannot be written is told, and the commit stands', async () => {
    const clock = createHandClock();
    const { store, failNextPut } = createMemoryStore(clock);
    const { upkeep, warnings } = createUpkeep(writeCheckpoint);
    const spec = withProperties({ 'delta.checkpointInterval': '2' });
    const table = await openTable(store, spec, clock, readCheckpoint, {
      ...upkeep,
      writeCheckpoint(rows) {
        failNextPut('before');
        return writeCheckpoint(rows);
      },
    });
    expect([await table.append(adding('a')), await table.append(adding('b'))]).toEqual([1, 2]);
    expect(warnings).toEqual([{ table: SPEC.path, version: 2, error: 'the connection was cut' }]);
    expect(namesOf((await load(store))?.files ?? [])).toEqual(['a', 'b']);
    expect((await logOf(store)).checkpoints).toEqual([]);
  });

  test('leaves out old tombstones that have expired, and no positions', async () => {
    const { clock, store, upkeep } = await filled(0);
    const spec = withProperties({
      'delta.checkpointInterval': '2',
      'delta.deletedFileRetentionDuration': 'interval 1 day',
    });
    const write = async (other: DeltaTable, name: string) => {
      await other.append(adding(name));
      await other.changeFiles({ ...adding(`${name}2`), removes: other.snapshot().files, dataChange: false });
      clock.move(2 * DAY_MS);
    };
    const strict = { ...spec, path: 'strict' };
    for (const [path, tombstones] of [
      ['strict', ['b2', 'c']],
      // A week for the table without properties: all of its tombstones are still there.
      [SPEC.path, ['a', 'a2', 'b', 'b2', 'c']],
    ] as const) {
      const table = await openTable(
        store,
        path === 'strict' ? strict : withProperties({}),
        clock,
        readCheckpoint,
        upkeep,
      );
      for (const name of ['a', 'b', 'c']) await write(table, name);
      const snapshot = await readSnapshot(store, path, readCheckpoint);
      expect(namesOf(snapshot?.tombstones ?? [])).toEqual(tombstones);
      expect([...(snapshot?.transactions.keys() ?? [])]).toEqual(['a', 'a2', 'b', 'b2', 'c', 'c2']);
    }
  });

  test('is written by whoever commits that version, whatever the others know', async () => {
    const { store, clock, upkeep, table } = await filled(8);
    const other = await openTable(store, EVERY_10, clock, readCheckpoint, upkeep);
    await other.append(adding('theirs'));
    await Promise.all([table.append(adding('x')), table.append(adding('y')), other.append(adding('z'))]);
    expect((await logOf(store)).checkpoints).toEqual([10]);
    expect(liveOf(await load(store))).toEqual(liveOf(await readSnapshot(store, SPEC.path)));
  });
});

describe('_last_checkpoint', () => {
  const expected = async () => liveOf(await readSnapshot((await filled(25)).store, SPEC.path));

  test.each<[string, (objects: Map<string, Uint8Array>) => unknown]>([
    ['missing', (objects) => objects.delete(HINT)],
    ['cut short', (objects) => truncate(objects, HINT, 9)],
    ['empty', (objects) => objects.set(HINT, bytesOf(''))],
    ['no object', (objects) => objects.set(HINT, bytesOf('null'))],
    ['without a version', (objects) => objects.set(HINT, bytesOf('{"version":"20"}'))],
    ['old', (objects) => objects.set(HINT, bytesOf('{"version":10,"size":1}'))],
    ['ahead of everything', (objects) => objects.set(HINT, bytesOf('{"version":900}'))],
    ['naming a checkpoint that is gone', (objects) => objects.delete(checkpointName(20))],
    ['naming one that never was', (objects) => objects.set(HINT, bytesOf('{"version":15}'))],
  ])('%s: the table is read all the same', async (_what, damage) => {
    const { store, objects } = await filled(25);
    damage(objects);
    const { metadata, ...snapshot } = liveOf(await load(store)) ?? {};
    expect({ ...snapshot, metadata: { ...metadata, id: '' } }).toEqual({
      ...(await expected()),
      metadata: { ...metadata, id: '' },
    });
  });

  test('never goes back to an older checkpoint', async () => {
    const { store, objects, table } = await filled(9);
    objects.set(HINT, bytesOf('{"version":500}'));
    await table.append(adding('f10'));
    expect((await logOf(store)).checkpoints).toEqual([10]);
    expect(new TextDecoder().decode(objects.get(HINT))).toBe('{"version":500}');
  });
});

describe('a damaged log is an error that names the file, not a wrong answer:', () => {
  const cleaned = async () => {
    const memory = await filled(25);
    for (let version = 0; version < 20; version++) memory.objects.delete(commitName(version));
    memory.objects.delete(checkpointName(10));
    return memory;
  };

  test.each<[string, (objects: Map<string, Uint8Array>) => unknown, string]>([
    ['the checkpoint cut short', (objects) => truncate(objects, checkpointName(20), 700), checkpointName(20)],
    ['the checkpoint empty', (objects) => truncate(objects, checkpointName(20), 0), checkpointName(20)],
    [
      'a checkpoint without metadata',
      (objects) => objects.set(checkpointName(20), writeCheckpoint([])),
      'metaData',
    ],
    ['the checkpoint gone', (objects) => objects.delete(checkpointName(20)), 'no whole checkpoint'],
    ['a version missing after it', (objects) => objects.delete(commitName(22)), commitName(22)],
    ['a version half written', (objects) => truncate(objects, commitName(23), 150), commitName(23)],
    [
      'the last version cut in its last line',
      (objects) => truncate(objects, commitName(25), -20),
      commitName(25),
    ],
    ['a version empty', (objects) => objects.set(commitName(24), bytesOf('')), commitName(24)],
  ])('%s', async (_what, damage, named) => {
    const { store, objects, open } = await cleaned();
    expect((await load(store))?.version).toBe(25);
    damage(objects);
    const refusal = { code: 'lake_corrupt', canRetry: false, message: expect.stringContaining(named) };
    await expect(load(store)).rejects.toMatchObject(refusal);
    await expect(open()).rejects.toMatchObject(refusal);
  });

  test('who cannot read checkpoints is told so', async () => {
    const { store } = await cleaned();
    await expect(readSnapshot(store, SPEC.path)).rejects.toMatchObject({ code: 'table_unsupported' });
  });

  test('a checkpoint of version 2 under a name of its own is refused', async () => {
    const { store, objects } = await cleaned();
    const named = `${checkpointName(20).slice(0, -'.parquet'.length)}.80a083e8-7026-4e79-81be-64bd76c43a11.json`;
    objects.set(named, bytesOf('{}'));
    objects.delete(checkpointName(20));
    await expect(load(store)).rejects.toMatchObject({
      code: 'table_unsupported',
      message: expect.stringContaining(named),
    });
  });

  test('a checkpoint whose files have deletion vectors is refused', async () => {
    const { store } = await cleaned();
    const withVectors = async (bytes: Uint8Array) =>
      (await readCheckpoint(bytes)).map((row) =>
        row['add'] ? { add: { ...row['add'], deletionVector: { storageType: 'u' } } } : row,
      );
    await expect(readSnapshot(store, SPEC.path, withVectors)).rejects.toMatchObject({
      code: 'table_unsupported',
      message: expect.stringContaining('deletion vector'),
    });
  });
});

test('a checkpoint in parts is read when all of them are there', async () => {
  const { store, objects } = await filled(20);
  const whole = await load(store);
  const rows = await readCheckpoint(objects.get(checkpointName(20)) ?? new Uint8Array());
  objects.delete(checkpointName(20));
  objects.set(HINT, bytesOf('{"version":20,"size":42,"parts":2}'));
  const part = (number: number) => checkpointName(20, `.000000000${number}.0000000002`);
  objects.set(part(1), writeCheckpoint(rows.slice(0, 15)));
  // The older checkpoint and the commits make up for the part that is missing.
  expect(await load(store)).toEqual(whole);
  objects.set(part(2), writeCheckpoint(rows.slice(15)));
  for (let version = 0; version <= 20; version++) objects.delete(commitName(version));
  objects.delete(checkpointName(10));
  expect(await load(store)).toEqual(whole);
});

describe('time travel', () => {
  test('gives the table as it stood', async () => {
    const { store } = await filled(25);
    for (const version of [0, 1, 9, 10, 11, 20, 24, 25]) {
      const snapshot = await load(store, version);
      expect(snapshot?.version).toBe(version);
      expect(snapshot?.files).toHaveLength(version);
    }
    expect((await readSnapshot(store, SPEC.path, undefined, { version: 3 }))?.files).toHaveLength(3);
  });

  test('to a version that is not there yet, or no longer, says so', async () => {
    const { store, objects } = await filled(25);
    await expect(load(store, 26)).rejects.toMatchObject({ code: 'input_invalid' });
    for (let version = 0; version < 10; version++) objects.delete(commitName(version));
    await expect(load(store, 9)).rejects.toMatchObject({ code: 'position_gap' });
    expect((await load(store, 11))?.version).toBe(11);
  });
});
