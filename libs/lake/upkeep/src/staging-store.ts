import { readSnapshot, type TableSnapshot } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import type { ObjectInfo, ObjectStore } from '@gondola/stream';
import type { UpkeepDeps } from './upkeep-deps.js';

const LOG_FILE = /^(.+)\/_delta_log\//;

/**
 * The lake as it would look to its writers with all tables empty: data files go where they belong, where nobody sees them,
 * but the logs are in memory. So the very sinks of ingest prepare rows that are then published by one commit. Tables that
 * are there keep their schema and its field ids; nothing of this outlives the process but unnamed data files.
 */
export function createStagingStore({ store }: UpkeepDeps): ObjectStore {
  const logs = new Map<string, Promise<Map<string, Uint8Array>>>();

  async function emptiedLog(table: string): Promise<Map<string, Uint8Array>> {
    const snapshot = await readSnapshot(store, table, readCheckpoint);
    const log = new Map<string, Uint8Array>();
    if (snapshot) log.set(`${table}/_delta_log/${'0'.padStart(20, '0')}.json`, emptied(snapshot));
    return log;
  }
  function logOf(table: string): Promise<Map<string, Uint8Array>> {
    const log = logs.get(table) ?? emptiedLog(table);
    logs.set(table, log);
    return log;
  }
  const tableOf = (path: string): string | undefined => LOG_FILE.exec(path)?.[1];

  return {
    address: store.address,
    async *listAll(folder) {
      for await (const object of store.listAll(folder)) if (tableOf(object.path) === undefined) yield object;
      for (const log of logs.values())
        for (const [path, bytes] of await log)
          if (path.startsWith(`${folder}/`)) yield { path, bytes: bytes.length, modifiedMs: 0 };
    },
    async get(path) {
      const table = tableOf(path);
      return table === undefined ? store.get(path) : ((await logOf(table)).get(path) ?? null);
    },
    async list(folder, startAfter = '') {
      const table = tableOf(`${folder}/`);
      if (table === undefined) return store.list(folder, startAfter);
      const objects = [...(await logOf(table))].map(([path, bytes]): ObjectInfo => ({
        path,
        bytes: bytes.length,
        modifiedMs: 0,
      }));
      return objects
        .filter(({ path }) => path.slice(folder.length + 1) > startAfter)
        .sort((left, right) => (left.path < right.path ? -1 : 1));
    },
    async put(path, bytes) {
      const table = tableOf(path);
      if (table === undefined) await store.put(path, bytes);
      else (await logOf(table)).set(path, bytes);
    },
    async putIfAbsent(path, bytes) {
      const table = tableOf(path);
      if (table === undefined) return store.putIfAbsent(path, bytes);
      const log = await logOf(table);
      if (log.has(path)) return false;
      log.set(path, bytes);
      return true;
    },
    async delete(path) {
      const table = tableOf(path);
      if (table === undefined) await store.delete(path);
      else (await logOf(table)).delete(path);
    },
  };
}

/** The first version of a table with the schema and properties of another and nothing in it. */
function emptied({ metadata }: TableSnapshot): Uint8Array {
  const lines = [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    { metaData: { ...metadata, format: { provider: 'parquet', options: {} } } },
  ];
  return new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join('\n') + '\n');
}
