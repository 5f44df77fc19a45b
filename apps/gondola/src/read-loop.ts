import { signalOfRow, verdictOfRow, type ShelfVerdict, type Signal } from '@gondola/events';
import { readDataFile, readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';

export interface Loop {
  readonly signals: readonly Signal[];
  readonly verdicts: readonly ShelfVerdict[];
}

/** What detection said and what people who looked said of it. A table that is not there is an empty one. */
export async function readLoop(store: ObjectStore, environment: string): Promise<Loop> {
  return {
    signals: await rowsOf(store, `${environment}/signals`, signalOfRow),
    verdicts: await rowsOf(store, `${environment}/silver/retail.stockout.verdict`, verdictOfRow),
  };
}

async function rowsOf<T>(
  store: ObjectStore,
  table: string,
  of: (row: Readonly<Record<string, unknown>>) => T,
): Promise<readonly T[]> {
  const snapshot = await readSnapshot(store, table, readCheckpoint);
  const all: T[] = [];
  for (const file of snapshot?.files ?? [])
    for (const row of await readParquet(await readDataFile(store, table, file))) all.push(of(row));
  return all;
}
