import type { ObjectStore } from '@gondola/stream';

/** What a faulty store throws when the process using it is to be thought dead. */
export class Death extends Error {}

/** A store that lets so many writes through and then behaves as if the process were gone. */
export function dyingStore(store: ObjectStore, survives: number): ObjectStore {
  return faultyStore(store, (write) => (write >= survives ? new Death() : null));
}

/** What becomes of a write: it works, it is refused, or it takes effect and its answer is lost. */
export type Fault = Error | { readonly afterEffect: Error } | null;

/** A store whose writes meet what `fault` answers for the number of the write (from 0). */
export function faultyStore(store: ObjectStore, fault: (write: number) => Fault): ObjectStore {
  let writes = 0;
  const meet = async <T>(write: () => Promise<T>): Promise<T> => {
    const met = fault(writes++);
    if (met instanceof Error) throw met;
    const result = await write();
    if (met) throw met.afterEffect;
    return result;
  };
  return {
    address: store.address,
    get: (path) => store.get(path),
    list: (folder, startAfter) => store.list(folder, startAfter),
    listAll: (folder) => store.listAll(folder),
    delete: (path) => store.delete(path),
    put: (path, bytes) => meet(() => store.put(path, bytes)),
    putIfAbsent: (path, bytes) => meet(() => store.putIfAbsent(path, bytes)),
  };
}
