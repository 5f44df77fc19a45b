import { checkIdOf, type Lottery } from '@gondola/events';
import { readDataFile, readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquetColumns } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';

const DAY_MS = 86_400_000;
/** Days of which what was drawn is remembered: stores of all time zones, and the day before. */
const DAYS_KEPT = 4;

export interface DrawnShelf {
  readonly checkId: string;
  readonly itemId: string;
}

export interface DrawnShelvesOptions {
  readonly lottery: Lottery;
  /** A shelf is one that sold something in so many days before. */
  readonly rangeDays: number;
}

/**
 * The shelves that are drawn for a look on a day, of all that sell, whether they have a signal or not. Reads two columns of the last
 * days of silver's tills, once for each day; what was not drawn is not held.
 */
export class DrawnShelves {
  private readonly days = new Map<string, Promise<ReadonlyMap<string, readonly DrawnShelf[]>>>();

  constructor(
    private readonly store: ObjectStore,
    private readonly environment: string,
    private readonly options: DrawnShelvesOptions,
  ) {}

  /** In an order that says nothing. `day`: `2026-05-01`. Errors: those of the lake; then the next call reads again. */
  async of(storeId: string, day: string): Promise<readonly DrawnShelf[]> {
    let drawing = this.days.get(day);
    if (!drawing) {
      drawing = this.draw(day);
      this.days.set(day, drawing);
      drawing.catch(() => this.days.delete(day));
      for (const oldest of [...this.days.keys()].slice(0, -DAYS_KEPT)) this.days.delete(oldest);
    }
    return (await drawing).get(storeId) ?? [];
  }

  private async draw(day: string): Promise<ReadonlyMap<string, readonly DrawnShelf[]>> {
    const table = `${this.environment}/silver/retail.pos.transaction`;
    const snapshot = await readSnapshot(this.store, table, readCheckpoint);
    const [untilMs, daysMs] = [Date.parse(day), this.options.rangeDays * DAY_MS];
    const drawn = new Map<string, Map<string, string>>();
    for (const file of snapshot?.files ?? []) {
      const agoMs = untilMs - Date.parse(file.partitionValues['event_date'] ?? '');
      // Sales of the day itself would make the list change while people work through it.
      if (!(agoMs > 0 && agoMs <= daysMs)) continue;
      const columns = ['retail_store_id', 'item_id'] as const;
      const { retail_store_id: stores, item_id: items } = await readParquetColumns(
        await readDataFile(this.store, table, file),
        columns,
      );
      this.drawFrom(stores as readonly string[], items as readonly string[], day, drawn);
    }
    const inOrder = (shelves: Map<string, string>): DrawnShelf[] =>
      [...shelves]
        .map(([checkId, itemId]) => ({ checkId, itemId }))
        .sort((a, b) => (a.checkId < b.checkId ? -1 : 1));
    return new Map([...drawn].map(([storeId, shelves]) => [storeId, inOrder(shelves)]));
  }

  private drawFrom(
    stores: readonly string[],
    items: readonly string[],
    day: string,
    drawn: Map<string, Map<string, string>>,
  ): void {
    const seen = new Set<string>();
    for (let row = 0; row < stores.length; row++) {
      const [storeId, itemId] = [stores[row], items[row]];
      const shelf = `${storeId.length}:${storeId}${itemId}`;
      if (seen.has(shelf)) continue;
      seen.add(shelf);
      const checkId = checkIdOf(storeId, itemId, day, this.options.lottery);
      if (checkId === null) continue;
      const ofStore = drawn.get(storeId) ?? new Map<string, string>();
      drawn.set(storeId, ofStore.set(checkId, itemId));
    }
  }
}
