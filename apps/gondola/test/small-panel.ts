import { columnarEncoder } from '@gondola/lake-parquet';

/** Shelves that sell 2 units an open hour until 15 h, and on every second day on to 22 h: a labelled panel as a Parquet file. */
export async function smallPanel(
  stores: readonly number[],
  skus: readonly number[],
  days: number,
): Promise<Uint8Array> {
  const rows = stores.flatMap((store) =>
    skus.flatMap((sku) =>
      Array.from({ length: days }, (_, day) => ({ store, sku, day, full: day % 2 === 0 })),
    ),
  );
  const column = (name: string, value: (row: (typeof rows)[number]) => number) => ({
    spec: { name, type: { kind: 'int32' }, nullable: false } as const,
    values: Int32Array.from(rows, value),
  });
  const hours = Array.from({ length: 24 }, (_, hour) =>
    column(`u${String(hour).padStart(2, '0')}`, ({ full }) => (hour >= 6 && hour < (full ? 22 : 15) ? 2 : 0)),
  );
  const columns = [
    column('store', (row) => row.store),
    column('sku', (row) => row.sku),
    column('city', () => 0),
    column('category', (row) => row.sku % 7),
    column('day', (row) => row.day),
    column('out_mask', ({ full }) => (full ? 0 : 0xff8000)),
    ...hours,
  ];
  return (await columnarEncoder.encode([{ rows: rows.length, columns }])).bytes;
}
