import { GondolaError, type Clock, type ObjectInfo, type ObjectStore } from '@gondola/stream';

/** A clock that stands until it is moved. */
export function createHandClock(nowMs = 1_711_584_000_000) {
  return {
    nowMs: () => nowMs,
    sleep: () => Promise.resolve(),
    move(ms: number) {
      nowMs += ms;
    },
  };
}

/** Objects in memory, in the order of their names. */
export function createMemoryStore(clock: Clock = createHandClock()) {
  const objects = new Map<string, Uint8Array>();
  const written = new Map<string, number>();
  let failure: 'before' | 'after' | null = null;
  const refuse = () => {
    failure = null;
    throw new GondolaError('lake_unavailable', 'the connection was cut', true);
  };
  const infos = (): ObjectInfo[] =>
    [...objects]
      .map(([path, { length }]) => ({ path, bytes: length, modifiedMs: written.get(path) ?? 0 }))
      .sort((left, right) => (left.path < right.path ? -1 : 1));
  const store: ObjectStore = {
    address: 'memory',
    async putIfAbsent(path, bytes) {
      if (failure === 'before') refuse();
      if (objects.has(path)) return false;
      await store.put(path, bytes);
      if (failure === 'after') refuse();
      return true;
    },
    async put(path, bytes) {
      objects.set(path, bytes);
      written.set(path, clock.nowMs());
    },
    get: async (path) => objects.get(path) ?? null,
    list: async (folder, startAfter = '') =>
      infos().filter(({ path }) => {
        const slash = path.lastIndexOf('/');
        return path.slice(0, slash) === folder && path.slice(slash + 1) > startAfter;
      }),
    async *listAll(folder) {
      yield* infos().filter(({ path }) => path.startsWith(`${folder}/`));
    },
    async delete(path) {
      objects.delete(path);
    },
  };
  /** `failNextPut`: after it reached the store, or before. */
  return { store, objects, failNextPut: (when: 'before' | 'after') => (failure = when) };
}
