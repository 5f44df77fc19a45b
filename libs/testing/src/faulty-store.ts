import type { ObjectStore } from '@gondola/stream';

/** What a faulty store throws when the process using it is to be thought dead. */
export class Death extends Error {}

/** A store that lets so many writes through and then behaves as if the process were gone. */
export function dyingStore(store: ObjectStore, survives: number): ObjectStore {
  return faultyStore(store, (write) => (write >= survives ? new Death() : null));
}

/** A store whose writes are refused where `fault` answers with an error for the number of the write (from 0). */
export function faultyStore(store: ObjectStore, fault: (write: number) => Error | null): ObjectStore {
  let writes = 0;
  const check = () => {
    const error = fault(writes++);
    if (error) throw error;
  };
  return {
    address: store.address,
    get: (path) => store.get(path),
    list: (folder, startAfter) => store.list(folder, startAfter),
    delete: (path) => store.delete(path),
    put: async (path, bytes) => {
      check();
      return store.put(path, bytes);
    },
    putIfAbsent: async (path, bytes) => {
      check();
      return store.putIfAbsent(path, bytes);
    },
  };
}
