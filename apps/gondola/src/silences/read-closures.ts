import { closureOfRow, type Closure } from '@gondola/events';
import { readDataFile, readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';

/** What silver's `retail.catalog.closure` has; nothing where there is no such table yet. */
export async function readClosures(store: ObjectStore, environment: string): Promise<readonly Closure[]> {
  const table = `${environment}/silver/retail.catalog.closure`;
  const snapshot = await readSnapshot(store, table, readCheckpoint);
  const closures: Closure[] = [];
  for (const file of snapshot?.files ?? [])
    for (const row of await readParquet(await readDataFile(store, table, file)))
      closures.push(closureOfRow(row));
  return closures;
}
