import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addFileOf, dataFilePath, openTable, readSnapshot, type DeltaTable } from '@gondola/lake-delta';
import { columnarEncoder, readCheckpoint, readParquet, writeCheckpoint } from '@gondola/lake-parquet';
import {
  columnSpec,
  silentLog,
  type Clock,
  type ColumnSpec,
  type ColumnTable,
  type ObjectStore,
} from '@gondola/stream';
import type { UpkeepDeps } from '../src/index.js';

export const NOW_MS = Date.UTC(2026, 10, 23, 12);
export const DAY_MS = 86_400_000;
export const environment = 'dev';

/** A lake in a folder of its own. */
export function createLake<C extends Clock>(openStore: (folder: string) => ObjectStore, clock: C) {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-upkeep-'));
  const store = openStore(folder);
  return {
    folder,
    store,
    clock,
    deps: depsOf(store, clock),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

export function depsOf(store: ObjectStore, clock: UpkeepDeps['clock']): UpkeepDeps {
  return {
    store,
    encoder: columnarEncoder,
    log: silentLog,
    clock,
    environment,
    progress() {},
  };
}

export const SALE_COLUMNS: readonly ColumnSpec[] = [
  columnSpec('store', 'string'),
  columnSpec('item', 'string', true),
  columnSpec('quantity', 'int64', true),
  { name: 'price', type: { kind: 'decimal', precision: 12, scale: 2 }, nullable: true },
  columnSpec('share', 'float64', true),
  columnSpec('lines', 'int32', true),
  columnSpec('is_voided', 'boolean', true),
  columnSpec('raw', 'binary', true),
  columnSpec('sold_at', 'timestamp'),
  columnSpec('sale_date', 'date'),
];

export type Row = Readonly<Record<string, unknown>>;

export function openSales(
  deps: UpkeepDeps,
  path: string,
  columns = SALE_COLUMNS,
  more: Readonly<Record<string, string>> = {},
): Promise<DeltaTable> {
  const properties = { 'gondola.environment': environment, ...more };
  const spec = { path, columns, partitionBy: 'sale_date', properties };
  return openTable(deps.store, spec, deps.clock, readCheckpoint, {
    writeCheckpoint,
    log: silentLog,
  });
}

/** Writes a data file without committing it. */
export async function putFile(
  { store, encoder, clock }: UpkeepDeps,
  path: string,
  date: string,
  rows: readonly Row[],
  columns = SALE_COLUMNS,
) {
  const partitionValues = { sale_date: date };
  const file = await encoder.encode([tableOf(rows, columns)]);
  const name = dataFilePath(partitionValues, `part-${randomUUID()}.parquet`);
  await store.put(`${path}/${name}`, file.bytes);
  return addFileOf(name, file, partitionValues, clock.nowMs());
}

function tableOf(rows: readonly Row[], columns: readonly ColumnSpec[]): ColumnTable {
  const stored = columns.filter(({ name }) => name !== 'sale_date');
  return {
    rows: rows.length,
    columns: stored.map((spec) => ({ spec, values: rows.map((row) => row[spec.name] ?? null) as never })),
  };
}

export async function appendRows(
  deps: UpkeepDeps,
  table: DeltaTable,
  path: string,
  date: string,
  rows: readonly Row[],
  columns = SALE_COLUMNS,
): Promise<void> {
  const file = await putFile(deps, path, date, rows, columns);
  await table.append({ files: [file], transactions: [], operation: 'WRITE' });
}

/** The rows of a table in the order of its files, with their date; of an older version if one is given. */
export async function rowsOf(
  { store }: UpkeepDeps,
  path: string,
  at: { version?: number } = {},
): Promise<readonly Row[]> {
  const snapshot = await readSnapshot(store, path, readCheckpoint, at);
  const rows: Row[] = [];
  for (const file of snapshot?.files ?? []) {
    const bytes = await store.get(`${path}/${file.path}`);
    if (!bytes) throw new Error(`${file.path} is gone`);
    for (const row of await readParquet(bytes)) rows.push({ ...row, ...file.partitionValues });
  }
  return rows;
}

/** Comparable whatever the order: texts, sorted. */
export const asSet = (rows: readonly Row[]): string[] => rows.map(textOf).sort();

function textOf(row: Row): string {
  return JSON.stringify(
    Object.entries(row)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => [name, exact(value)]),
  );
}

function exact(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

export const neverAborted = new AbortController().signal;

/** The methods of a store, to override some. */
export const methodsOf = (store: ObjectStore): ObjectStore => ({
  address: store.address,
  get: (path) => store.get(path),
  list: (folder, startAfter) => store.list(folder, startAfter),
  listAll: (folder) => store.listAll(folder),
  delete: (path) => store.delete(path),
  put: (path, bytes) => store.put(path, bytes),
  putIfAbsent: (path, bytes) => store.putIfAbsent(path, bytes),
});

/** A store that lets something else happen right before the first commit that goes through it. */
export function beforeFirstCommit(store: ObjectStore, act: () => Promise<void>): ObjectStore {
  let isFirst = true;
  return {
    ...methodsOf(store),
    putIfAbsent: async (path, bytes) => {
      if (isFirst) {
        isFirst = false;
        await act();
      }
      return store.putIfAbsent(path, bytes);
    },
  };
}
