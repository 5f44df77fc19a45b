import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ObjectStore } from '@gondola/stream';
import { createLocalDiskStore } from './local-disk-store.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gondola-store-'));
});
afterEach(async () => {
  await chmod(root, 0o700);
  await rm(root, { recursive: true, force: true });
});

const text = (value: string) => new TextEncoder().encode(value);
const textAt = async (store: ObjectStore, path: string) =>
  new TextDecoder().decode((await store.get(path)) ?? text('(none)'));

test('what was put is what is got, at any depth', async () => {
  const store = createLocalDiskStore(join(root, 'not/there/yet'));
  const name = fc
    .stringMatching(/^[a-z0-9=._%-]{1,20}$/)
    .filter((part) => !/^\.+$/.test(part) && !part.startsWith('.'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(name, { minLength: 1, maxLength: 4 }),
      fc.uint8Array(),
      async (parts, bytes) => {
        // The leaf is suffixed so that no generated object is a folder of another.
        const path = [...parts.slice(0, -1).map((part) => `${part}.d`), `${parts.at(-1)}.o`].join('/');
        await store.put(path, bytes);
        expect(Array.from((await store.get(path)) ?? [])).toEqual(Array.from(bytes));
      },
    ),
    { numRuns: 50 },
  );
});

test('put-if-absent keeps the first object and says so', async () => {
  const store = createLocalDiskStore(root);
  expect(await store.putIfAbsent('log/0.json', text('first'))).toBe(true);
  expect(await store.putIfAbsent('log/0.json', text('second'))).toBe(false);
  expect(await textAt(store, 'log/0.json')).toBe('first');
});

test('of many writers of one name exactly one wins, and readers see its whole object', async () => {
  const store = createLocalDiskStore(root);
  const bodies = Array.from({ length: 40 }, (_, writer) => `${writer} `.repeat(5000));
  const wins = await Promise.all(bodies.map((body) => store.putIfAbsent('a/name', text(body))));
  expect(wins.filter(Boolean)).toHaveLength(1);
  expect((await textAt(store, 'a/name')) === bodies[wins.indexOf(true)]).toBe(true);
});

test('nothing temporary is left behind, whether a write wins or loses', async () => {
  const store = createLocalDiskStore(root);
  await store.put('one', text('1'));
  await store.putIfAbsent('one', text('2'));
  expect(await readdir(root)).toEqual(['one']);
});

test('what a killed writer left behind is not listed', async () => {
  const store = createLocalDiskStore(root);
  await store.put('folder/object', text('whole'));
  const [leftover] = await namesDuringWrite(join(root, 'folder'), () =>
    store.put('folder/big', new Uint8Array(1 << 25)),
  );
  await writeFile(join(root, 'folder', leftover), 'half');
  expect(await store.list('folder')).toMatchObject([
    { path: 'folder/big', bytes: 1 << 25 },
    { path: 'folder/object', bytes: 5 },
  ]);
});

/** Names that are in the folder while `write` runs and gone afterwards. */
async function namesDuringWrite(folder: string, write: () => Promise<void>): Promise<string[]> {
  const seen = new Set<string>();
  let busy = true;
  const writing = write().finally(() => (busy = false));
  while (busy) for (const name of await readdir(folder)) seen.add(name);
  await writing;
  for (const name of await readdir(folder)) seen.delete(name);
  return [...seen];
}

test('lists objects of one folder in name order, after a name, without folders', async () => {
  const store = createLocalDiskStore(root);
  for (const path of ['f/3', 'f/1', 'f/2', 'f/deeper/4', 'g/5']) await store.put(path, text(path));
  const names = async (folder: string, startAfter?: string) =>
    (await store.list(folder, startAfter)).map(({ path }) => path);
  expect(await names('f')).toEqual(['f/1', 'f/2', 'f/3']);
  expect(await names('f', '1')).toEqual(['f/2', 'f/3']);
  expect(await names('nowhere')).toEqual([]);
});

test('an object that is not there reads as null and may be deleted', async () => {
  const store = createLocalDiskStore(root);
  expect(await store.get('no/such')).toBeNull();
  await store.delete('no/such');
  await store.put('there', text('x'));
  await store.delete('there');
  expect(await store.get('there')).toBeNull();
});

test('a path that leads out of the lake is refused', async () => {
  const store = createLocalDiskStore(join(root, 'lake'));
  await store.put('inside', text('x'));
  await expect(async () => store.put('../outside', text('x'))).rejects.toThrow('not inside the lake');
  expect(await readdir(root)).toEqual(['lake']);
});

test('a folder without write permission is a set-up error that names it', async () => {
  await chmod(root, 0o555);
  const store = createLocalDiskStore(join(root, 'lake'));
  await asUnprivileged(async () => {
    await expect(store.putIfAbsent('log/0.json', text('x'))).rejects.toMatchObject({
      name: 'SetupError',
      code: 'lake_denied',
      canRetry: false,
      message: expect.stringContaining(join(root, 'lake')),
    });
  });
});

/** Permissions do not bind root, so root becomes nobody for a moment. */
async function asUnprivileged(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}

test('a lake folder below a file is a set-up error', async () => {
  await writeFile(join(root, 'file'), '');
  await expect(createLocalDiskStore(join(root, 'file/lake')).put('x', text('x'))).rejects.toMatchObject({
    code: 'lake_denied',
    canRetry: false,
  });
  expect((await stat(join(root, 'file'))).size).toBe(0);
});
