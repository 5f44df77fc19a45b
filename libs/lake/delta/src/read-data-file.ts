import { GondolaError, type ObjectStore } from '@gondola/stream';
import type { AddFile } from './actions.js';

/** The bytes of a live file. Throws `lake_corrupt` naming it when it is gone or not as long as the log says. */
export async function readDataFile(
  store: ObjectStore,
  table: string,
  { path, size }: AddFile,
): Promise<Uint8Array> {
  const bytes = await store.get(`${table}/${path}`);
  if (bytes?.length === size) return bytes;
  const found = bytes ? `has ${bytes.length} bytes, not the ${size} that the log says` : 'is gone';
  throw new GondolaError('lake_corrupt', `${table}/${path} ${found}`, false);
}
