import { readDataFile, type AddFile } from '@gondola/lake-delta';
import { openParquet, type ParquetRows } from '@gondola/lake-parquet';
import { GondolaError, type ObjectStore } from '@gondola/stream';

/**
 * Parts of the data files of a table, one after the other: a few megabytes are held at a time, and other work comes in between.
 * Errors: those of the store; `lake_corrupt` naming the file that cannot be read.
 */
export async function* partsOf<T>(
  store: ObjectStore,
  table: string,
  files: readonly AddFile[],
  read: (rows: ParquetRows) => Promise<T>,
): AsyncGenerator<T> {
  for (const file of files) {
    const bytes = await readDataFile(store, table, file);
    try {
      for (const part of (await openParquet(bytes)).parts) {
        yield await read(part);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (cause) {
      if (cause instanceof GondolaError) throw cause;
      const message = `${table}/${file.path} cannot be read as Parquet`;
      throw new GondolaError('lake_corrupt', message, false, { cause });
    }
  }
}
