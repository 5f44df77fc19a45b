import type { ObjectStore } from '@gondola/stream';
import type { Registry } from 'prom-client';
import { counterOf } from './instruments.js';
import { PROCESS_METRICS } from './specs/process.js';

/** Is told what is asked of a store. */
export interface StoreCounts {
  requested(operation: 'put' | 'get' | 'list' | 'delete'): void;
  moved(direction: 'read' | 'written', bytes: number): void;
}

/** Requests and bytes of the lake: they are what a lake in a cloud is paid by. */
export function createStoreCounts(registry: Registry): StoreCounts {
  const requests = counterOf(registry, PROCESS_METRICS.lakeRequests);
  const bytes = counterOf(registry, PROCESS_METRICS.lakeBytes);
  for (const operation of ['put', 'get', 'list', 'delete']) requests.inc({ operation }, 0);
  for (const direction of ['read', 'written']) bytes.inc({ direction }, 0);
  return {
    requested: (operation) => requests.inc({ operation }),
    moved: (direction, count) => bytes.inc({ direction }, count),
  };
}

/** The same store, with its requests and bytes counted. */
export const countedStore = (registry: Registry, store: ObjectStore): ObjectStore =>
  toldStore(store, createStoreCounts(registry));

/** The same store; `counts` is told of each request. */
export function toldStore(store: ObjectStore, counts: StoreCounts): ObjectStore {
  return {
    address: store.address,
    async putIfAbsent(path, content) {
      counts.requested('put');
      const isOurs = await store.putIfAbsent(path, content);
      if (isOurs) counts.moved('written', content.length);
      return isOurs;
    },
    async put(path, content) {
      counts.requested('put');
      await store.put(path, content);
      counts.moved('written', content.length);
    },
    async get(path) {
      counts.requested('get');
      const content = await store.get(path);
      counts.moved('read', content?.length ?? 0);
      return content;
    },
    list(folder, startAfter) {
      counts.requested('list');
      return store.list(folder, startAfter);
    },
    listAll(folder) {
      counts.requested('list');
      return store.listAll(folder);
    },
    delete(path) {
      counts.requested('delete');
      return store.delete(path);
    },
  };
}
