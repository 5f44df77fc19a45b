import type { ObjectStore } from '@gondola/stream';
import type { Registry } from 'prom-client';
import { counterOf } from './instruments.js';
import { PROCESS_METRICS } from './specs/process.js';

/** The same store, with its requests and bytes counted: they are what a lake in a cloud is paid by. */
export function countedStore(registry: Registry, store: ObjectStore): ObjectStore {
  const requests = counterOf(registry, PROCESS_METRICS.lakeRequests);
  const bytes = counterOf(registry, PROCESS_METRICS.lakeBytes);
  for (const operation of ['put', 'get', 'list', 'delete']) requests.inc({ operation }, 0);
  for (const direction of ['read', 'written']) bytes.inc({ direction }, 0);
  return {
    address: store.address,
    async putIfAbsent(path, content) {
      requests.inc({ operation: 'put' });
      const isOurs = await store.putIfAbsent(path, content);
      if (isOurs) bytes.inc({ direction: 'written' }, content.length);
      return isOurs;
    },
    async put(path, content) {
      requests.inc({ operation: 'put' });
      await store.put(path, content);
      bytes.inc({ direction: 'written' }, content.length);
    },
    async get(path) {
      requests.inc({ operation: 'get' });
      const content = await store.get(path);
      bytes.inc({ direction: 'read' }, content?.length ?? 0);
      return content;
    },
    list(folder, startAfter) {
      requests.inc({ operation: 'list' });
      return store.list(folder, startAfter);
    },
    listAll(folder) {
      requests.inc({ operation: 'list' });
      return store.listAll(folder);
    },
    delete(path) {
      requests.inc({ operation: 'delete' });
      return store.delete(path);
    },
  };
}
