import { changesSince, readDataFile, readSnapshot, type AddFile } from '@gondola/lake-delta';
import { readCheckpoint, readParquetColumns } from '@gondola/lake-parquet';
import { GondolaError, type ObjectStore } from '@gondola/stream';

/**
 * Reads a text column of silver's tables: all of it the first time, then what was added since. The same text may come
 * again. A table that is not there yet has nothing.
 */
export function createSilverKeys(store: ObjectStore, environment: string) {
  /** Table and column -> version that was read. */
  const versions = new Map<string, number>();

  return async function* readKeys(subject: string, column: string): AsyncGenerator<string> {
    const table = `${environment}/silver/${subject}`;
    const place = `${table} ${column}`;
    const { version, files } = await newFiles(store, table, versions.get(place) ?? null);
    for (const file of files) {
      const { [column]: values } = await readParquetColumns(await readDataFile(store, table, file), [column]);
      for (const value of values) if (typeof value === 'string') yield value;
    }
    if (version !== null) versions.set(place, version);
  };
}

interface NewFiles {
  readonly version: number | null;
  readonly files: readonly AddFile[];
}

async function newFiles(store: ObjectStore, table: string, since: number | null): Promise<NewFiles> {
  if (since !== null) {
    try {
      const changes = await changesSince(store, table, since);
      return { version: changes.at(-1)?.version ?? since, files: changes.flatMap(({ added }) => added) };
    } catch (error) {
      // Cleaned while we did not look: what is there now has it all.
      if (!(error instanceof GondolaError) || error.code !== 'position_gap') throw error;
    }
  }
  const snapshot = await readSnapshot(store, table, readCheckpoint);
  return snapshot ? { version: snapshot.version, files: snapshot.files } : { version: null, files: [] };
}
