import type { ColumnSpec } from '@gondola/stream';
import { createHandClock, createMemoryStore } from '../test/memory-store.js';
import { adding, commitName, fileOf, namesOf, SPEC, withProperties } from '../test/tables.js';
import {
  changesSince,
  openTable,
  readSnapshot,
  type AddFile,
  type FileChange,
  type TableSpec,
} from './index.js';

const clock = createHandClock();
const CONFLICT = { code: 'commit_conflict', canRetry: true };

/** A table of the files a, b and c, held open by two writers. */
async function filled(spec: TableSpec = SPEC) {
  const memory = createMemoryStore(clock);
  const table = await openTable(memory.store, spec, clock);
  for (const name of ['a', 'b', 'c']) await table.append(adding(name));
  return { ...memory, table, other: await openTable(memory.store, spec, clock) };
}

const replacing = (removes: readonly AddFile[], name: string, dataChange = false): FileChange => ({
  removes,
  files: [fileOf(name)],
  dataChange,
  transactions: [],
  operation: dataChange ? 'REBUILD' : 'OPTIMIZE',
});

test.each([true, false])(
  'files take the place of others in one version, dataChange %s',
  async (dataChange) => {
    const { store, table } = await filled();
    const [a, b] = table.snapshot().files;
    expect(await table.changeFiles(replacing([a, b], 'ab', dataChange))).toBe(4);
    for (const snapshot of [table.snapshot(), await readSnapshot(store, SPEC.path)]) {
      expect(namesOf(snapshot?.files ?? [])).toEqual(['c', 'ab']);
      expect(snapshot?.tombstones).toEqual(
        [a, b].map(({ path, partitionValues, size }) => ({
          path,
          deletionTimestamp: clock.nowMs(),
          dataChange,
          partitionValues,
          size,
        })),
      );
    }
    const [change] = await changesSince(store, SPEC.path, 3);
    expect(namesOf(change.added)).toEqual(dataChange ? ['ab'] : []);
    const commit = new TextDecoder().decode((await store.get(commitName(4))) ?? undefined);
    expect(commit).toContain('"isBlindAppend":false');
  },
);

test('appends of others in between are kept', async () => {
  const { table, other } = await filled();
  const [a, b] = table.snapshot().files;
  await other.append(adding('d'));
  expect(await table.changeFiles(replacing([a, b], 'ab'))).toBe(5);
  expect(namesOf(table.snapshot().files)).toEqual(['c', 'd', 'ab']);
});

test('two that replace the same file: the second is a conflict and writes nothing', async () => {
  const { store, table, other } = await filled();
  const [a, b, c] = table.snapshot().files;
  await other.changeFiles(replacing([b, c], 'bc'));
  await expect(table.changeFiles(replacing([a, b], 'ab'))).rejects.toMatchObject(CONFLICT);
  // It says which file, and a plan made anew goes through.
  await expect(table.changeFiles(replacing([b], 'x'))).rejects.toThrow(b.path);
  expect(namesOf(table.snapshot().files)).toEqual(['a', 'bc']);
  expect(await table.changeFiles(replacing(table.snapshot().files, 'abc'))).toBe(5);
  expect(namesOf((await readSnapshot(store, SPEC.path))?.files ?? [])).toEqual(['abc']);
});

test('two that replace different files both get through', async () => {
  const { table, other } = await filled();
  const [a, b] = table.snapshot().files;
  await other.changeFiles(replacing([b], 'b2'));
  await table.changeFiles(replacing([a], 'a2'));
  expect(namesOf(table.snapshot().files)).toEqual(['c', 'b2', 'a2']);
});

test('a file that another writer put under the same name is a conflict', async () => {
  const { table, other } = await filled();
  const [a] = table.snapshot().files;
  await other.append({ files: [{ ...a, size: 2 }], transactions: [], operation: 'WRITE' });
  await expect(table.changeFiles(replacing([a], 'a2'))).rejects.toMatchObject(CONFLICT);
});

test('a file that was added again is live, and no tombstone stays', async () => {
  const { store, table } = await filled();
  const [a] = table.snapshot().files;
  await table.changeFiles(replacing([a], 'a2'));
  await table.append({ files: [a], transactions: [], operation: 'RESTORE' });
  const snapshot = await readSnapshot(store, SPEC.path);
  expect(namesOf(snapshot?.files ?? [])).toEqual(['b', 'c', 'a2', 'a']);
  expect(snapshot?.tombstones).toEqual([]);
});

test('a change whose answer was lost is recognised, though its files are gone', async () => {
  const { table, failNextPut } = await filled();
  const change = { ...replacing(table.snapshot().files, 'abc'), id: 'the same on every attempt' };
  failNextPut('after');
  await expect(table.changeFiles(change)).rejects.toMatchObject({ code: 'lake_unavailable', canRetry: true });
  expect(await table.changeFiles(change)).toBe(4);
  expect(table.snapshot()).toMatchObject({ version: 4 });
});

test.each(['delta.appendOnly', 'delta.enableChangeDataFeed'])(
  'with %s rows can be added and rearranged, but not replaced',
  async (property) => {
    const { table } = await filled(withProperties({ [property]: 'true' }));
    const [a, b] = table.snapshot().files;
    await expect(table.changeFiles(replacing([a], 'a2', true))).rejects.toMatchObject({
      code: 'table_unsupported',
      message: expect.stringContaining(property),
    });
    expect(await table.changeFiles(replacing([a, b], 'ab', false))).toBe(4);
    expect(await table.changeFiles(replacing([], 'd', true))).toBe(5);
  },
);

test('a table that becomes append-only between reading and committing is noticed', async () => {
  const { store, table } = await filled();
  const { metadata, files } = table.snapshot();
  const configuration = { ...metadata.configuration, 'delta.appendOnly': 'true' };
  const change = JSON.stringify({ metaData: { ...metadata, configuration } });
  await store.put(commitName(4), new TextEncoder().encode(change));
  await expect(table.changeFiles(replacing(files, 'abc', true))).rejects.toMatchObject({
    code: 'table_unsupported',
  });
});

describe('types that widen', () => {
  const QUANTITY: ColumnSpec = { name: 'quantity', type: { kind: 'int32' }, nullable: true };
  const NARROW: TableSpec = { ...SPEC, columns: [...SPEC.columns, QUANTITY] };
  const wide = [{ ...QUANTITY, type: { kind: 'int64' } } as const];
  const widening = (removes: readonly AddFile[]): FileChange => ({
    ...replacing(removes, 'wide'),
    operation: 'WIDEN',
    widen: wide,
  });

  test('do so in the version that replaces every file, for readers of any version and for the positions', async () => {
    const { store, table } = await filled(NARROW);
    expect(await table.changeFiles(widening(table.snapshot().files))).toBe(4);
    const now = await readSnapshot(store, SPEC.path);
    expect(now?.metadata.schemaString).toContain('"quantity","type":"long"');
    expect(namesOf(now?.files ?? [])).toEqual(['wide']);
    expect(now?.transactions).toEqual(new Map(['a', 'b', 'c'].map((name) => [name, 1n])));
    const then = await readSnapshot(store, SPEC.path, undefined, { version: 3 });
    expect(then?.metadata.schemaString).toContain('"quantity","type":"integer"');
    expect(namesOf(then?.files ?? [])).toEqual(['a', 'b', 'c']);
    expect(await changesSince(store, SPEC.path, 3)).toMatchObject([{ version: 4, added: [] }]);
  });

  test('never leave a file behind that another writer added meanwhile', async () => {
    const { store, table, other } = await filled(NARROW);
    const { files } = table.snapshot();
    await other.append(adding('d'));
    await expect(table.changeFiles(widening(files))).rejects.toMatchObject(CONFLICT);
    expect((await readSnapshot(store, SPEC.path))?.metadata.schemaString).toContain('"type":"integer"');
    expect(await table.changeFiles(widening((await table.refresh()).files))).toBe(5);
  });

  test('are refused to a writer that does not know', async () => {
    const { table, other } = await filled(NARROW);
    await table.changeFiles(widening(table.snapshot().files));
    await expect(other.append(adding('d'))).rejects.toMatchObject({
      code: 'table_unsupported',
      message: expect.stringContaining('the table was widened for a newer contract'),
    });
  });

  test('keep a column that another version of the service added meanwhile', async () => {
    const { store, table } = await filled(NARROW);
    const { files } = table.snapshot();
    const more: ColumnSpec = { name: 'channel', type: { kind: 'string' }, nullable: true };
    await openTable(store, { ...NARROW, columns: [...NARROW.columns, more] }, clock);
    await table.changeFiles(widening(files));
    const schema = (await readSnapshot(store, SPEC.path))?.metadata.schemaString;
    expect(schema).toContain('"channel"');
    expect(schema).toContain('"quantity","type":"long"');
  });
});
