import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { ObjectInfo, ObjectStore } from '@gondola/stream';
import { ioErrorOf, systemCodeOf, type Operation } from './io-error.js';

/** Files that a killed process left behind carry this prefix, and nothing else does. */
const TEMPORARY_PREFIX = '.gondola-tmp-';

/**
 * A lake in a folder of this machine, shared by any number of processes. Objects appear whole or not at all:
 * they are written under a temporary name in the same folder, made durable, then linked (put-if-absent) or renamed.
 */
export function createLocalDiskStore(folder: string): ObjectStore {
  const root = resolve(folder);

  const locate = (path: string): string => {
    const located = resolve(root, path);
    if (located !== root && !located.startsWith(root + sep))
      throw new Error(`${path} is not inside the lake`);
    return located;
  };
  const guarded = <T>(operation: Operation, work: () => Promise<T>) => withLakeErrors(root, operation, work);

  return {
    address: root,

    putIfAbsent(path, bytes) {
      const target = locate(path);
      return publishDurably(root, target, bytes, async (temporary) => {
        try {
          await link(temporary, target);
          return true;
        } catch (error) {
          if (systemCodeOf(error) === 'EEXIST') return false;
          throw ioErrorOf(error, 'link', root);
        }
      });
    },

    async put(path, bytes) {
      const target = locate(path);
      await publishDurably(root, target, bytes, async (temporary) => {
        await guarded('write', () => rename(temporary, target));
        return true;
      });
    },

    get: (path) =>
      guarded('read', async () => {
        const bytes = await unlessMissing(readFile(locate(path)), null);
        // A plain Uint8Array: `slice` of a Buffer does not copy, which surprises who expects one.
        return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      }),

    list: (path, startAfter = '') =>
      guarded('list', async () => {
        const names = (await entriesOf(locate(path)))
          .filter(
            (entry) => entry.isFile() && !entry.name.startsWith(TEMPORARY_PREFIX) && entry.name > startAfter,
          )
          .map((entry) => entry.name)
          .sort();
        const objects = await Promise.all(
          names.map((name) => infoOf(root, path === '' ? name : `${path}/${name}`)),
        );
        return objects.filter((object) => object !== null);
      }),

    async *listAll(path) {
      const folders = [path];
      for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
        const located = locate(folder);
        for (const entry of await guarded('list', () => entriesOf(located))) {
          const below = folder === '' ? entry.name : `${folder}/${entry.name}`;
          if (entry.isDirectory()) folders.push(below);
          const object = entry.isFile() ? await guarded('list', () => infoOf(root, below)) : null;
          if (object) yield object;
        }
      }
    },

    delete: (path) => guarded('delete', () => rm(locate(path), { force: true })),
  };
}

const entriesOf = (folder: string) => unlessMissing(readdir(folder, { withFileTypes: true }), []);

/** Null when it was deleted meanwhile. */
async function infoOf(root: string, path: string): Promise<ObjectInfo | null> {
  const info = await unlessMissing(stat(join(root, path)), null);
  return info && { path, bytes: info.size, modifiedMs: info.mtimeMs };
}

/** Writes a durable temporary file beside `target`, hands it to `publish`, and leaves nothing of it behind. */
async function publishDurably(
  root: string,
  target: string,
  bytes: Uint8Array,
  publish: (temporary: string) => Promise<boolean>,
): Promise<boolean> {
  const parent = dirname(target);
  const temporary = join(parent, TEMPORARY_PREFIX + randomUUID());
  try {
    await withLakeErrors(root, 'write', () => writeDurably(temporary, bytes));
    const published = await publish(temporary);
    if (published) await withLakeErrors(root, 'write', () => syncFolder(parent));
    return published;
  } finally {
    // Best effort: a leftover is never listed, and its failure must not hide the reason we are here.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function withLakeErrors<T>(root: string, operation: Operation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemCodeOf(error) === null ? error : ioErrorOf(error, operation, root);
  }
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await openNew(file);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openNew(file: string) {
  try {
    return await open(file, 'wx');
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
    await makeFolder(dirname(file));
    return open(file, 'wx');
  }
}

/**
 * Creates a folder and its missing parents, each durable in the one above it. Step by step: Node's recursive mkdir says
 * ENOENT on a read-only file system and does not return at all under /proc.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await unlessExists(mkdir(folder));
  }
  await syncFolder(dirname(folder));
}

async function unlessExists(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
}

/** A new name survives a power cut only once the folder that holds it is synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlessMissing<T, M>(work: Promise<T>, missing: M): Promise<T | M> {
  try {
    return await work;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return missing;
    throw error;
  }
}
