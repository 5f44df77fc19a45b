import type { ParquetRows } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';
import type { ShelfPlaces } from './shelf-places.js';
import { TableFiles } from './table-files.js';
import { partsOf } from './table-parts.js';

const MICROS = 1_000;

/** Follows silver's `retail.catalog.placement`. Its rows are as many as shelves: none is held beside what is kept of it. */
export class PlacementTail {
  private readonly table: string;
  private readonly files: TableFiles;

  constructor(
    private readonly store: ObjectStore,
    environment: string,
  ) {
    this.table = `${environment}/silver/retail.catalog.placement`;
    this.files = new TableFiles(store, { table: this.table, historyDays: Infinity });
  }

  /** What came since the last time. Errors: as those of `TableTail.read`; what is read again then changes nothing. */
  async readInto(places: ShelfPlaces): Promise<void> {
    const { files, taken } = await this.files.next();
    const put = (part: ParquetRows) => putPlaces(places, part);
    for await (const _ of partsOf(this.store, this.table, files, put));
    taken();
  }
}

async function putPlaces(places: ShelfPlaces, part: ParquetRows): Promise<void> {
  const [stores, items, bays, times] = await Promise.all(
    ['retail_store_id', 'item_id', 'bay', 'updated_at'].map((name) => part.read(name)),
  );
  for (let row = 0; row < part.rows; row++) {
    const [storeId, itemId, bay] = [stores?.[row], items?.[row], bays?.[row]];
    if (typeof storeId !== 'string' || typeof itemId !== 'string') continue;
    places.set(storeId, itemId, typeof bay === 'string' ? bay : null, Number(times?.[row]) / MICROS);
  }
}
