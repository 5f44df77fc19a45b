import { randomUUID } from 'node:crypto';
import { addFileOf, isoDate, type AddFile, type DeltaTable, type TableSpec } from '@gondola/lake-delta';
import { columnarEncoder } from '@gondola/lake-parquet';
import {
  columnSpec,
  HEADERS_TYPE,
  type Clock,
  type ColumnSpec,
  type ColumnTable,
  type ObjectStore,
} from '@gondola/stream';

/** A row number, a text that may be null, key-value pairs, and the day by which the table is partitioned. */
export const COLUMNS = [
  columnSpec('row', 'int32'),
  columnSpec('store', 'string', true),
  { name: 'headers', type: HEADERS_TYPE, nullable: false },
  columnSpec('event_date', 'date'),
];

export const specOf = (path: string, properties: Readonly<Record<string, string>> = {}): TableSpec => ({
  path,
  columns: COLUMNS,
  partitionBy: 'event_date',
  properties: { 'gondola.environment': 'test', ...properties },
});

const FIRST_DAY = 19_810;
const dayOf = (row: number) => isoDate(FIRST_DAY + (row % 2));
const textOf = (row: number) => (row % 3 === 0 ? null : `store-${row % 5}`);

/** Rows as read_tables.py prints them. */
export const rowsOf = (rows: readonly number[]) =>
  rows.map((row) => ({
    row: String(row),
    store: textOf(row),
    headers: row % 2 === 0 ? [] : [{ key: 'row', value: '01' }],
    event_date: dayOf(row),
  }));

/** Writes the rows of each day to a file of its own and returns their add actions. */
export async function writeRows(
  store: ObjectStore,
  path: string,
  rows: readonly number[],
  clock: Clock,
  fieldIds: ReadonlyMap<string, number> = new Map(),
  columns: readonly ColumnSpec[] = COLUMNS,
): Promise<AddFile[]> {
  const files: AddFile[] = [];
  for (const [day, ofDay] of Map.groupBy(rows, dayOf)) {
    const file = await columnarEncoder.encode([tableOf(ofDay, columns)], { fieldIds });
    const name = `event_date=${day}/part-${randomUUID()}.parquet`;
    await store.put(`${path}/${name}`, file.bytes);
    files.push(addFileOf(name, file, { event_date: day }, clock.nowMs()));
  }
  return files;
}

/** Appends rows and moves the position of `appId` to the number of the version. */
export async function appendRows(
  table: DeltaTable,
  store: ObjectStore,
  path: string,
  rows: readonly number[],
  clock: Clock,
  appId = 'ingest-0',
): Promise<number> {
  const files = await writeRows(store, path, rows, clock, table.fieldIds());
  const expected = (await table.refresh()).transactions.get(appId) ?? null;
  const transactions = [{ appId, expected, version: (expected ?? 2n ** 62n) + 1n }];
  return table.append({ files, transactions, operation: 'WRITE' });
}

function tableOf(rows: readonly number[], columns: readonly ColumnSpec[]): ColumnTable {
  const [row, text, headers] = columns;
  return {
    rows: rows.length,
    columns: [
      { spec: row, values: Int32Array.from(rows) },
      { spec: text, values: rows.map(textOf) },
      {
        spec: headers,
        values: rows.map((number) => (number % 2 === 0 ? [] : [{ key: 'row', value: Uint8Array.of(1) }])),
      },
    ],
  };
}
