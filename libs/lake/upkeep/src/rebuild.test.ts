import { addFileOf, dataFilePath, openTable } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint } from '@gondola/lake-parquet';
import { columnSpec, HEADERS_TYPE, type ColumnSpec, type ObjectStore } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import {
  beforeFirstCommit,
  createLake,
  depsOf,
  environment,
  neverAborted,
  NOW_MS,
  rowsOf,
  type Row,
} from '../test/support.js';
import { rebuild } from './rebuild.js';
import { reconcile } from './reconcile.js';
import { ALL_DATES } from './upkeep-deps.js';

const STREAM = 'events';
const DATE = '2026-11-23';
const BRONZE = `${environment}/bronze/${STREAM}`;
const SALES = `${environment}/silver/sales`;
const LINES = `${environment}/silver/lines`;
const QUARANTINE = `${environment}/quarantine`;
const BRONZE_COLUMNS: readonly ColumnSpec[] = [
  columnSpec('source', 'string'),
  columnSpec('partition', 'string'),
  columnSpec('position', 'int64'),
  columnSpec('key', 'binary', true),
  columnSpec('value', 'binary', true),
  { name: 'headers', type: HEADERS_TYPE, nullable: false },
  columnSpec('broker_time', 'timestamp'),
  columnSpec('ingest_time', 'timestamp'),
  columnSpec('ingest_date', 'date'),
];
const ANSWER_COLUMNS: readonly ColumnSpec[] = [
  columnSpec('source_stream', 'string'),
  columnSpec('source_partition', 'string'),
  columnSpec('source_position', 'int64'),
  columnSpec('sale_date', 'date'),
];
const WITH_NOTE = [...ANSWER_COLUMNS, columnSpec('note', 'string', true)];

const bronzeAt = (positions: readonly bigint[]): Row[] =>
  positions.map((position) => ({
    source: 'kafka',
    partition: '0',
    position,
    headers: [],
    broker_time: Number(position),
    ingest_time: 0,
  }));
const answersAt = (positions: readonly bigint[], more: Row = {}): Row[] =>
  positions.map((position) => ({
    source_stream: STREAM,
    source_partition: '0',
    source_position: position,
    ...more,
  }));
const span = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => BigInt(from + index));

describe('tables of which bronze has lost records in the middle', () => {
  let lake: ReturnType<typeof newLake>;
  const newLake = () => createLake(createLocalDiskStore, createManualClock(NOW_MS));
  beforeEach(async () => {
    lake = newLake();
    await append(BRONZE, BRONZE_COLUMNS, bronzeAt(span(0, 5)));
    await append(BRONZE, BRONZE_COLUMNS, bronzeAt([...span(10, 13), 14n]));
    await append(SALES, ANSWER_COLUMNS, answersAt(span(0, 15)));
    const quarantine = await open(QUARANTINE, ANSWER_COLUMNS);
    const transactions = [{ appId: `${STREAM}/0`, expected: null, version: 20n }];
    await quarantine.append({ files: [], transactions, operation: 'WRITE' });
  });
  afterEach(() => lake.remove());

  const open = (path: string, columns: readonly ColumnSpec[]) => {
    const properties = { 'gondola.environment': environment };
    const partitionBy = columns.find(({ type }) => type.kind === 'date')?.name ?? null;
    return openTable(lake.store, { path, columns, partitionBy, properties }, lake.clock, readCheckpoint);
  };

  async function put(path: string, columns: readonly ColumnSpec[], rows: readonly Row[]) {
    const date = columns.find(({ type }) => type.kind === 'date');
    const stored = columns
      .filter((spec) => spec !== date)
      .map((spec) => ({ spec, values: rows.map((row) => row[spec.name] ?? null) as never }));
    const file = await lake.deps.encoder.encode([{ rows: rows.length, columns: stored }]);
    const partitionValues = { [date?.name ?? '']: DATE };
    const name = dataFilePath(partitionValues, `part-${next++}.parquet`);
    await lake.store.put(`${path}/${name}`, file.bytes);
    return addFileOf(name, file, partitionValues, NOW_MS);
  }
  let next = 0;

  async function append(path: string, columns: readonly ColumnSpec[], rows: readonly Row[]): Promise<void> {
    const table = await open(path, columns);
    const files = [await put(path, columns, rows)];
    await table.append({ files, transactions: [], operation: 'WRITE' });
  }

  /** Nothing comes in the place of what goes. */
  const rebuildToNothing = (store: ObjectStore = lake.store) =>
    rebuild(depsOf(store, lake.clock), {
      stream: STREAM,
      dates: ALL_DATES,
      createPipeline: () => ({ process: async () => [], stages: [], sinks: [] }),
      withExpired: false,
      flush: { rowsMax: 100, bytesMax: 1 << 20 },
      signal: neverAborted,
    });
  const positionsOfSales = async () =>
    (await rowsOf(lake.deps, SALES)).map((row) => row['source_position'] as bigint).sort();

  it('keep the rows that cannot be judged anew', async () => {
    const { records, tables } = await rebuildToNothing();
    expect(records).toBe(9);
    expect(tables[SALES]).toMatchObject({ rowsRemoved: 9, rowsAdded: 0 });
    expect(await positionsOfSales()).toEqual([13n, ...span(5, 10)]);
  });

  it('keep the columns that another process adds while they are rebuilt', async () => {
    const store = beforeFirstCommit(lake.store, async () => {
      const table = await open(SALES, WITH_NOTE);
      const files = [await put(SALES, WITH_NOTE, answersAt(span(0, 15), { note: 'kept' }))];
      const removes = table.snapshot().files;
      await table.changeFiles({
        removes,
        files,
        dataChange: true,
        transactions: [],
        operation: 'UPDATE',
      });
    });
    await rebuildToNothing(store);
    const rows = await rowsOf(lake.deps, SALES);
    expect(rows.map((row) => row['note'])).toEqual(new Array(6).fill('kept'));
  });

  it('have one finding of these positions, however many rows they have', async () => {
    await append(SALES, ANSWER_COLUMNS, answersAt(span(5, 10).reverse()));
    await append(LINES, ANSWER_COLUMNS, answersAt([...span(7, 10), ...span(5, 7), ...span(5, 8)]));
    const { findings, positions } = await reconcile(lake.deps, {
      stream: STREAM,
      dates: ALL_DATES,
      subjects: [],
      createPipeline: null,
      kept: null,
      withExpired: false,
      signal: neverAborted,
    });
    const finding = { kind: 'silver_unexplained', partition: '0', hour: '1970-01-01T00' };
    expect(findings).toEqual([
      { ...finding, from: 5n, to: 9n },
      { ...finding, from: 13n, to: 13n },
    ]);
    expect(positions).toEqual({ silver_unexplained: 6 });
  });
});
